"""The memory of `score` does not depend on the length of a file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Read by the process itself: what wait4 tells begins with the peak of the process that started it. The loops
# are waited for: a short file may be done before they are ready, and its peak would be without them.
CODE = """
import atexit, sys
from pathlib import Path
from hotline_nlp.batch.memory import save_memory
from hotline_nlp.cli import main
from hotline_nlp.engines.compiled import COMPILER
save_memory()
COMPILER.wait()
atexit.register(lambda: sys.stderr.write(Path("/proc/self/status").read_text()))
main()
"""


def peak(folder: Path, rows: int, suffix: str) -> float:
    """Score a CSV into a format; return the peak of memory in MiB."""
    source, out = folder / "in.csv", folder / f"out.{suffix}"
    source.write_text(
        "text\n" + "".join(f"{i}号楼停水两天没人管，请尽快处理\n" for i in range(rows)), "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-c", CODE, "score", source, "--out", out, "--batch-size", "1024"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip
    found = re.search(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert found is not None and out.exists()
    return int(found[1]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_constant_in_the_length(tmp_path: Path) -> None:
    short = peak(tmp_path, 10_000, "parquet")
    long = peak(tmp_path, 50_000, "jsonl")
    assert long < short + 30
    assert long < 350  # some 280 here; compiling, where it was never done, takes 30 more
