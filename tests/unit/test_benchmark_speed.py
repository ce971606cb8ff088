from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import profile, tables_speed
from benchmarks.__main__ import main
from benchmarks.text import LANGUAGES

RATE = {"rows": 40_000, "repeats": 5, "per_second": 101_234, "slowest": 98_765, "fastest": 112_345}
COLUMNS = ("list", "arrow", "dispatch", "all_with_formulas", "all_with_formulas_dispatch", "one_core")
SPEED: dict[str, Any] = {
    "machine": {"cpu": "a processor", "cores": 2},
    "texts": {"mean_characters": 109.6},
    "columns": dict.fromkeys(COLUMNS, RATE),
    "numpy": {"columns": RATE},
    "results": RATE,
    "peers": {"svc": RATE, "fasttext": RATE, "fasttext_one_head": RATE},
    "ratios": {"svc_one_core": 16.5, "fasttext_one_core": 1.75},
    "single": {"probabilities": {"median_ms": 0.31}, "classify": {"median_ms": 0.52}},
    "start": {
        "import_load_first_answer_seconds": 0.412,
        "peak_mib_after_20000_texts": {
            "alone": 251.4,
            "beside": 301.6,
            "command_line": 207.2,
        },
    },
    "compile_seconds": 0.6,
    "roofline": {
        "ngrams_per_text": 331.2,
        "bytes_gathered_per_text": 42_400,
        "int8_additions_per_text": 31_800,
        "bound_by_gathers_per_second": 150_000,
        "bound_by_bandwidth_per_second": 400_000,
        "fraction_of_bound": 0.43,
    },
}


def frame(name: str, file: str = "hotline_nlp/columns.py") -> dict[str, Any]:
    return {"name": name, "file": file, "line": 1}


def recorded(weights: list[float]) -> dict[str, Any]:
    frames = [
        frame("<module>", "<string>"),
        frame("measured", "<string>"),
        frame("find", "/somewhere/hotline_nlp/engines/compiled_kernels.py"),
        frame("Condition.wait", "/opt/lib/python3.11/threading.py"),
        frame("take", "/opt/lib/python3.11/site-packages/numpy/core.py"),
    ]
    samples = [[0, 1, 2], [0, 1, 3], [0, 1, 2], [0, 1, 4]]
    return {"shared": {"frames": frames}, "profiles": [{"samples": samples, "weights": weights}]}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_rate_that_was_measured_has_a_row(language: str) -> None:
    words = LANGUAGES[language]
    page = tables_speed.speed(SPEED, words)
    assert page.count("101,234") == len(words["speed_rows"]) == 11
    assert all(found in page for found in ("0.31", "0.412", "251", "207", "16.5", "150,000", "43%"))


def test_growth_is_drawn_the_same_from_the_same_figures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    steps = [{"rows": 10**n, "seconds": 10.0 ** (n - 5), "peak_mib": 200 + n} for n in range(3, 8)]
    result = {"columns_labels": {"steps": steps}, "files": {"steps": steps[:4]}}
    first = tables_speed.draw(result, tmp_path).read_bytes()
    assert first.startswith(b"\x89PNG")
    assert tables_speed.draw(result, tmp_path).read_bytes() == first


def test_a_profile_keeps_the_measured_work_and_names_no_machine() -> None:
    made = profile.cleaned(recorded([0.5, 9.0, 0.25, 0.25]), "columns")
    assert [f["file"] for f in made["shared"]["frames"]] == [
        "<string>",
        "<string>",
        "hotline_nlp/engines/compiled_kernels.py",
        "numpy/core.py",
    ]
    data = made["profiles"][0]
    assert (data["samples"], data["weights"], data["endValue"]) == ([[0, 1, 2], [0, 1, 3]], [0.75, 0.25], 1.0)
    assert profile.shares(made, ("find", "take")) == {"find": 0.75, "take": 0.25}


def test_a_profile_that_is_too_large_loses_its_rarest_stacks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = profile.cleaned(recorded([0.5, 9.0, 0.25, 0.001]), "columns")
    assert len(whole["profiles"][0]["samples"]) == 2
    monkeypatch.setattr(profile, "MOST", len(json.dumps(whole, separators=(",", ":"))))
    assert len(profile.cleaned(recorded([0.5, 9.0, 0.25, 0.001]), "columns")["profiles"][0]["samples"]) == 1


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/home/me/hotline/hotline_nlp/route/router.py", "hotline_nlp/route/router.py"),
        ("C:\\x\\site-packages\\pyarrow\\lib.py", "pyarrow/lib.py"),
        ("/usr/lib/python3.12/threading.py", "threading.py"),
        ("/tmp/some/script.py", "script.py"),
        ("hotline_nlp/columns.py", "hotline_nlp/columns.py"),
        ("<string>", "<string>"),
    ],
)
def test_paths_are_relative(path: str, wanted: str) -> None:
    assert profile.relative(path) == wanted


def test_the_kept_profiles_are_small_and_hold_neither_paths_nor_texts() -> None:
    kept = sorted(profile.PROFILES.glob("*.json"))
    assert {path.name.split(".")[0] for path in kept} == set(profile.KINDS)
    for path in kept:
        raw = path.read_text("utf-8")
        assert len(raw) < profile.MOST
        assert raw.isascii()
        found = json.loads(raw)
        assert not [f for f in found["shared"]["frames"] if f["file"].startswith("/") or ":" in f["file"]]
        assert sum(found["profiles"][0]["weights"]) > 0.5


def test_without_py_spy_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(RuntimeError, match="pip install py-spy"):
        profile.program()


def test_speed_and_profile_are_run_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("benchmarks.speed.run", lambda *given: asked.append(given))
    monkeypatch.setattr("benchmarks.profile.run", lambda *given: asked.append(given))
    main(["speed", "--repeats", "1", "--rows", "1000"])
    main(["profile", "--seconds", "0.5"])
    assert asked == [(1, 1000), (0.5,)]
