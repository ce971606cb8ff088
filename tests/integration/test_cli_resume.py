"""`score` is interrupted or killed outright: it says how to go on, and leaves no process behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = 3_000
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")


def heed_interrupts() -> None:
    """Undo what a suite run in the background passes on: interrupts that are ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def start(source: Path, out: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "hotline_nlp", "score", source, "--out", out, "--batch-size", "8"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*command, *options], env=env, stdout=pipe, stderr=pipe, preexec_fn=heed_interrupts
    )


def wait_for_a_part(process: subprocess.Popen[bytes], out: Path) -> None:
    """Wait until the journal counts a part; nearly all of the work is still to come then."""
    journal = Path(f"{out}.parts") / "journal.json"
    while not journal.exists() or json.loads(journal.read_bytes())["position"]["parts"] == 0:
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        time.sleep(0.01)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "requests.csv"
    path.write_text("text\n" + "".join(f"{i}号楼停水两天没人管\n" for i in range(ROWS)), "utf-8")
    return path


def test_an_interrupt_says_how_to_go_on(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    process = start(source, out)
    wait_for_a_part(process, out)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.decode() == (
        f"interrupted: what is done is kept in {out}.parts, run the same command again to go on.\n"
    )
    again = start(source, out)
    printed, _ = again.communicate()
    assert again.returncode == 0 and "taken over from the unfinished job" in printed.decode()


def test_workers_end_when_the_main_process_is_killed(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    process = start(source, out, "--workers", "2")
    wait_for_a_part(process, out)
    process.kill()
    process.communicate(timeout=40)  # returns once no process holds the pipes; loky's own limit is 60 s
    assert process.returncode == -signal.SIGKILL and not out.exists()
