"""Fine-tuning: a run that was killed goes on to the same weights; what it leaves is published and loaded."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
from tiny_encoder import CHARACTERS, encoder_folder

from training import data

pytestmark = pytest.mark.transformer
ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ["--epochs", "2", "--batch", "4", "--accumulate", "2", "--save-every", "5", "--device", "cpu"]


def gold(count: int) -> list[dict]:
    """Return made-up rows whose unit follows from their characters."""
    rng = random.Random(0)
    rows = []
    for i in range(count):
        lift = i % 2
        body = "".join(rng.choices(CHARACTERS[:20], k=rng.randint(4, 24)))
        answers = ("投诉", "物业管理", "市住建局") if lift else ("咨询", "公共交通", "市交通运输局")
        rows.append({
            "id": f"R{i}", "split": "dev" if i % 5 == 4 else "train", "city": "haikou", "channel": "hotline",
            "title": "", "text": ("电梯坏了" if lift else "公交车司机") + body,
            **dict(zip(("type", "topic", "unit"), answers, strict=True)),
            "urgent": str(i % 3 // 2), "flags": "举报" if i % 4 == 0 else "-", "agreed": "1",
        })  # fmt: skip
    return rows


def tickets() -> list[dict]:
    names = ("甲局", "乙局")
    return [
        {"id": f"H{i}", "date": "2018-05-01", "split": "test" if i % 6 == 5 else "train",
         "text": f"{CHARACTERS[i % 9:]}没人维修", "stripped": f"{CHARACTERS[i % 9:]}没人", "topic1": "a",
         "topic2": f"题{i % 2}", "topic3": "", "topic4": "", "unit_raw": names[i % 2], "unit": names[i % 2]}
        for i in range(60)
    ]  # fmt: skip


def pool() -> list[dict]:
    """Return texts of the pool: 20 of gold dev, 30 that the project has labels of, 30 that it has none of."""
    rng, ours = random.Random(1), [*data.pool_labels()][:40]
    dev = [row["text"] for row in gold(300) if row["split"] == "dev"][:20]
    other = ["".join(rng.choices(CHARACTERS[:20], k=rng.randint(6, 30))) for _ in range(60)]
    names = [*ours[:10], *(f"X{k}" for k in range(10)), *ours[10:], *(f"Y{k}" for k in range(30))]
    return [
        {"id": name, "city": "haikou", "title": "", "text": text}
        for name, text in zip(names, [*dev, *other], strict=True)
    ]


def write(path: Path, rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("data")
    write(folder / "gold.csv", gold(300))
    write(folder / "haikou_units.csv", tickets())
    write(folder / "unlabelled.csv", pool())
    encoder = encoder_folder(folder / "encoder")
    return {
        **os.environ, "HOTLINE_DATA": str(folder), "HOTLINE_ENCODER": str(encoder), "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub"),
    }  # fmt: skip


def command(out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "training.transformer", *OPTIONS, "--out", str(out), *more]


def finish(out: Path, env: dict[str, str], *more: str) -> str:
    done = subprocess.run(command(out, *more), env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kill_midway(out: Path, env: dict[str, str], *more: str, after: int = 20) -> None:
    """Start a run and kill it once it is past a saved step, in the middle of an epoch."""
    run = subprocess.Popen(command(out, *more), env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    for line in run.stdout:
        if " step " in line and int(line.split(" step ")[1].split("/")[0]) >= after:
            run.send_signal(signal.SIGKILL)
            break
    run.stdout.close()
    assert run.wait() == -signal.SIGKILL


def same(whole: Path, cut: Path) -> None:
    """Assert that two runs ended in the same weights and scores."""
    import torch

    a, b = (torch.load(folder / "model.pt", weights_only=True)["model"] for folder in (whole, cut))
    assert a.keys() == b.keys()
    for name, value in a.items():
        assert torch.equal(value, b[name]), name
    for path in whole.glob("*.npz"):
        one, other = np.load(path), np.load(cut / path.name)
        assert {"type", "topic", "unit", "haikou_unit"} <= set(one.files)
        for head in one.files:
            assert np.array_equal(one[head], other[head])


def gone_on(out: Path, env: dict[str, str], *more: str) -> None:
    """Assert that the run in a folder was killed in an epoch, and finish it."""
    import torch

    saved = torch.load(out / "checkpoint.pt", weights_only=True)["run"]
    assert saved["step"] > 0
    assert not (out / "about.json").exists()
    said = finish(out, env, *more)
    assert f"going on from epoch {saved['epoch'] + 1}, step {saved['step']}" in said


@pytest.fixture(scope="module")
def first(place: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the first checkpoint, trained without a break."""
    out = tmp_path_factory.mktemp("first")
    assert "ETA" in finish(out, place)
    return out


def test_a_killed_run_goes_on_to_the_same_weights(place: dict[str, str], first: Path, tmp_path: Path) -> None:
    kill_midway(tmp_path, place)
    gone_on(tmp_path, place)
    same(first, tmp_path)
    found = {path.stem for path in first.glob("*.npz")}
    assert found == {"dev", "unlabelled", "haikou_test", "haikou_test_raw"}


def test_a_second_checkpoint_goes_on_from_the_first_with_the_pool(
    place: dict[str, str], first: Path, tmp_path: Path
) -> None:
    whole, cut, both = tmp_path / "whole", tmp_path / "cut", tmp_path / "both" / "model.pt"
    more = ["--start", str(first / "model.pt"), "--pool", "--teachers", str(first), "--soft", "0.5",
            "--no-pools"]  # fmt: skip
    said = finish(whole, place, *more)
    assert "ETA" in said
    assert "new heads" not in said
    about = json.loads((whole / "about.json").read_text("utf-8"))
    assert about["rows"]["labelled"] == 30, "those that open like gold dev are left out"
    assert 15 <= about["rows"]["soft"] <= 30
    before = json.loads((first / "about.json").read_text("utf-8"))
    assert about["rows"]["haikou"] == before["rows"]["haikou"] > 0, "what the start was trained on counts"
    assert about["files"] == ["gold.csv", "haikou_units.csv", "unlabelled.csv"]
    assert about["settings"]["frozen"] == 4
    kill_midway(cut, place, *more, after=10)
    gone_on(cut, place, *more)
    same(whole, cut)
    done = subprocess.run(
        [sys.executable, "-m", "training.average", str(first / "model.pt"), str(whole / "model.pt"),
         "--out", str(both)],
        env=place, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(both.with_name("about.json").read_text("utf-8"))["rows"]["haikou"] > 0


@pytest.mark.parametrize("text", ["stripped", "raw"])
def test_a_checkpoint_goes_on_to_a_citys_own_units(
    place: dict[str, str], first: Path, tmp_path: Path, text: str
) -> None:
    options = ["--text", text, "--start", str(first / "model.pt"), "--out", str(tmp_path), "--epochs", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "training.haikou", *options, "--device", "cpu"],
        env=place, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "50 tickets" in done.stdout
    june = json.loads((tmp_path / "june.json").read_text("utf-8"))
    logits = np.load(tmp_path / "june.npz")["logits"]
    assert logits.shape == (10, 2)
    assert june["text"] == text
    right = sorted({row["unit"] for row in tickets()}).index("乙局")  # the unit of every ticket of June
    assert june["accuracy"] == (logits.argmax(axis=1) == right).mean()


def test_a_long_raw_ticket_keeps_its_opening_and_its_directive() -> None:
    from training.haikou import END, OPENING, ends

    text = "路" * 500 + "请城管局处理"
    assert ends(text) == "路" * (OPENING + END - 6) + "请城管局处理"
    assert ends("路灯不亮，请城管局处理") == "路灯不亮，请城管局处理"


def test_wrong_teachers_are_one_sentence(
    place: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.pool import pool_rows
    from training.transformer import parse

    with pytest.raises(SystemExit):
        parse(["--teachers"])
    assert "add --pool" in capsys.readouterr().err
    monkeypatch.setenv("HOTLINE_DATA", place["HOTLINE_DATA"])
    with pytest.raises(SystemExit, match="teacher's scores can't be read"):
        pool_rows({tmp_path: 1.0})
    shapes = {name: (7, len(labels)) for name, labels in data.head_labels().items()}
    np.savez(tmp_path / "unlabelled.npz", **{name: np.zeros(shape) for name, shape in shapes.items()})
    with pytest.raises(SystemExit, match="of another pool"):
        pool_rows({tmp_path: 1.0})
    np.savez(tmp_path / "unlabelled.npz", unit=np.zeros((80, 36)))
    with pytest.raises(SystemExit, match="no teacher scores 'type'"):
        pool_rows({tmp_path: 1.0})
    assert {row.kind for row in pool_rows({})} == {"labelled"}


def test_a_checkpoint_is_published_and_loaded(place: dict[str, str], tmp_path: Path) -> None:
    from hotline_nlp import Classifier

    out, model = tmp_path / "run", tmp_path / "transformer"
    finish(out, place, "--hold", "6", "--no-pools", "--rdrop", "0.5")
    held = np.load(out / "held.npz")
    assert 0 < len(held["ids"]) < 240
    done = subprocess.run(
        [sys.executable, "-m", "training.publish", str(out / "model.pt"), "--held", str(out / "held.npz"),
         "--out", str(model)],
        env=place, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    about = json.loads((model / "manifest.json").read_text("utf-8"))
    assert about["rows"]["gold"] == 240 - len(held["ids"])
    assert about["recipe"]["settings"]["accumulate"] == 2
    assert "held out" in about["calibrated_on"]
    assert set(about["steps"]) >= {"float32", "bf16"}
    clf = Classifier.load(model)
    assert clf.labels["unit"] == Classifier.load("linear").labels["unit"]
    result = clf.classify("小区电梯坏了没人维修", explain=True)
    assert result.unit is not None
    assert result.evidence
    for name in ("type", "topic", "unit"):
        assert f"{about['metrics']['gold_dev'][name]['accuracy']:.3f}" in (model / "README.md").read_text(
            "utf-8"
        )


@pytest.mark.parametrize(("base", "words"), [("nowhere/at/all", "no encoder"), (".", "lacks config.json")])
def test_a_missing_encoder_is_one_sentence(base: str, words: str) -> None:
    from training.encoder import base_model

    with pytest.raises(SystemExit, match=words):
        base_model(base)


def test_the_hub_is_not_asked_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub.constants

    from training.encoder import base_model

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(SystemExit, match="can't be had from the model hub"):
        base_model("intfloat/multilingual-e5-small")
