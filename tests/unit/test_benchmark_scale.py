"""`python -m benchmarks scale` from beginning to end, on a few texts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks import machine, scale
from benchmarks.__main__ import main
from benchmarks.scale_files import SUFFIXES
from hotline_nlp.batch.inputs import open_source


@pytest.mark.skipif(sys.platform == "win32", reason="has no wait4")
def test_scale_runs_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(scale, "REPEATED", 0)
    monkeypatch.setattr(scale, "SUFFIXES", ("csv",))
    main(["scale", "--most", "1000", "--no-ray"])
    assert [path.name for path in tmp_path.iterdir()] == ["scale.json"]
    found = json.loads((tmp_path / "scale.json").read_text("utf-8"))
    steps = [*found["columns_labels"]["steps"], *found["columns_dispatch"]["steps"], *found["files"]["steps"]]
    formats = found["formats"]
    for step in (*steps, *formats.values(), found["workers"]["1"], found["workers"]["2"]):
        assert step["rows"] == 1000 and step["per_second"] > 0
        assert 50 < step["peak_mib"] < 2000
        assert step["process_seconds"] >= step["seconds"] > 0
    assert formats["csv"]["mib_out"] > formats["csv"]["mib_in"] > 0.2
    assert found["workers"]["efficiency"] > 0
    assert "ray" not in found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_hold_the_texts(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"in.{suffix}"
    scale.write_rows(str(path), 7)
    source = open_source(path)
    texts = [text for chunk in source.chunks("text", 4, 0) for text in pa.array(chunk.texts).to_pylist()]
    assert source.schema.names == ["id", "text"] and texts == next(scale.blocks(7)).to_pylist()


def test_blocks_are_as_many_texts_as_asked_for() -> None:
    for rows in (1, 999, scale.BLOCK, 2 * scale.BLOCK + 7):
        found = list(scale.blocks(rows))
        assert sum(map(len, found)) == rows and all(isinstance(block, pa.Array) for block in found)
    first, second = list(scale.blocks(2 * scale.BLOCK))
    assert first[37] == second[0] and first[0] == second[scale.BLOCK - 37]


def test_growth_is_told_from_the_large_steps() -> None:
    steps = [
        {"rows": 1_000, "seconds": 9.0, "peak_mib": 100.0},
        {"rows": 100_000, "seconds": 2.0, "peak_mib": 200.0},
        {"rows": 1_000_000, "seconds": 20.0, "peak_mib": 201.5},
    ]
    assert scale._growth(steps) == {"exponent": 1.0, "peak_growth_mib": 1.5}
    assert scale._growth(steps[:2]) == {}


def test_a_failed_process_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"a measured process failed: .*no such thing"):
        scale._process([sys.executable, "-c", "raise SystemExit('no such thing')"])
