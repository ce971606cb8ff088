"""`score` is killed at random moments; the same command goes on and ends with the same bytes."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline_nlp import Classifier

ROOT = Path(__file__).resolve().parents[2]
WHAT = ["路灯坏了", "停水两天没人管", "公司欠薪", "烧烤店油烟太大", "想问医保怎么报销", "要表扬公交司机"]
ROWS, BATCH, KILLS = 2000, 8, 10
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL and no fork")

# The imports are made once; each command is a process of its own, forked before it has done anything.
FORKS = """
import json, os, sys
import openpyxl, pyarrow.compute, pyarrow.parquet, rich.table
import hotline_nlp.batch.job, hotline_nlp.classifier, hotline_nlp.cli, hotline_nlp.cli.view_score
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        sys.argv[1:] = json.loads(line)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        hotline_nlp.cli.main()
    print(child, flush=True)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    print("ended", flush=True)
    sys.stdin.readline()
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Commands:
    """Starts commands one after the other."""

    def __init__(self) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        pipe = subprocess.PIPE
        self._forks = subprocess.Popen(
            [sys.executable, "-c", FORKS], bufsize=0, stdin=pipe, stdout=pipe, env=env
        )

    def start(self, *args: str | Path | int) -> int:
        """Start a command; return its process id, which stays its own until the status is asked for."""
        return int(self._ask(json.dumps([str(arg) for arg in args])))

    def ended(self, seconds: float) -> bool:
        """Wait for so long at most; say whether the command has ended."""
        return bool(select.select([self._forks.stdout], [], [], seconds)[0])

    def status(self) -> int:
        """Wait for the command's end; return how it ended, as waitpid says it."""
        assert self._forks.stdout is not None and self._forks.stdout.readline() == b"ended\n"
        return int(self._ask(""))

    def _ask(self, line: str) -> bytes:
        assert self._forks.stdin is not None and self._forks.stdout is not None
        self._forks.stdin.write(line.encode() + b"\n")
        return self._forks.stdout.readline()

    def end(self) -> None:
        self._forks.communicate()


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    made = Commands()
    yield made
    made.end()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "requests.csv"
    lines = (
        f"{i},{i % 90}号楼{WHAT[i % 6]}{'，请快点处理' * (i % 4)}" if i % 50 else f"{i}," for i in range(ROWS)
    )
    path.write_text("编号,text\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


def kill(commands: Commands, process: int, folder: Path, delay: float, moment: str) -> bool:
    """Kill a command so long after its start, a new file of that name or any; say whether that ended it."""
    before = names(folder)
    while moment != "start" and not any(name.startswith(moment) for name in names(folder) - before):
        if commands.ended(0.001):
            break
    time.sleep(delay)
    os.kill(process, signal.SIGKILL)
    return commands.status() == signal.SIGKILL


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_killed_at_random_moments_it_ends_with_the_same_bytes(
    commands: Commands, source: Path, tmp_path: Path, kind: str
) -> None:
    whole, out = tmp_path / f"whole.{kind}", tmp_path / f"out.{kind}"
    Classifier.load("linear").score_batch(source, out=whole, batch_size=BATCH)
    command = ["score", source, "--out", out, "--batch-size", BATCH]
    folder, chance, killed = Path(f"{out}.parts"), random.Random(20_000), 0
    moments = [("start", 0.4), ("part-", 0.1), ("part-", 0.1), ("output", 0.01), ("", 0.02)]
    for turn in range(50):
        moment, longest = moments[turn % len(moments)]
        process = commands.start(*command)
        killed += kill(commands, process, folder, chance.uniform(0, longest), moment)
        if out.exists():  # it came to the end before it was killed, or was killed right after
            assert out.read_bytes() == whole.read_bytes()
            out.unlink()
        if killed == KILLS:
            break
    assert killed == KILLS
    commands.start(*command)
    assert commands.status() == 0
    assert out.read_bytes() == whole.read_bytes()
    assert Path(f"{out}.rejects.csv").read_bytes() == Path(f"{whole}.rejects.csv").read_bytes()
    assert not folder.exists()
