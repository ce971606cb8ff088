from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotline_nlp import Classifier

ROOT = Path(__file__).resolve().parents[2]
WHAT = ["路灯坏了", "停水两天没人管", "公司欠薪", "烧烤店油烟太大", "想问医保怎么报销", "要表扬公交司机"]
ROWS = 1500
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")


def command(source: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "hotline_nlp", "score", str(source), "--out", str(out), "--batch-size", "8"]


def heed_interrupts() -> None:
    """Undo what a suite run in the background passes on: interrupts that are ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def start(source: Path, out: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(source, out), env=env, stdout=pipe, stderr=pipe, preexec_fn=heed_interrupts
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "requests.csv"
    lines = (
        f"{i},{i % 90}号楼{WHAT[i % 6]}{'，请快点处理' * (i % 4)}" if i % 50 else f"{i}," for i in range(ROWS)
    )
    path.write_text("编号,text\n" + "\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_killed_at_random_moments_it_ends_with_the_same_bytes(
    source: Path, tmp_path: Path, kind: str
) -> None:
    whole, out = tmp_path / f"whole.{kind}", tmp_path / f"out.{kind}"
    Classifier.load("linear").score_batch(source, out=whole, batch_size=8)
    journal, chance = Path(f"{out}.parts") / "journal.json", random.Random(12345)
    killed = 0
    for _ in range(3):
        before = journal.stat().st_mtime_ns if journal.exists() else 0
        process = start(source, out)
        while process.poll() is None and not (journal.exists() and journal.stat().st_mtime_ns > before):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        assert not out.exists() or out.read_bytes() == whole.read_bytes()
    assert killed >= 2
    process = start(source, out)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    assert out.read_bytes() == whole.read_bytes()
    assert Path(f"{out}.rejects.csv").read_bytes() == Path(f"{whole}.rejects.csv").read_bytes()
    assert not journal.parent.exists()


def test_an_interrupt_says_how_to_go_on(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    process = start(source, out)
    while not (tmp_path / "out.csv.parts" / "part-00000.parquet").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.decode() == (
        f"interrupted: what is done is kept in {out}.parts, run the same command again to go on.\n"
    )
    again = start(source, out)
    printed, _ = again.communicate()
    assert again.returncode == 0 and "taken over from the unfinished job" in printed.decode()
