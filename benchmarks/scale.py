"""How time and memory grow with the number of texts: columns in memory, files of any length, more processes.

Each figure comes from a process of its own, the file jobs from the command line itself. Texts are a block of
generated ones, turned and repeated, so that any number of them costs no memory here.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import machine
from .scale_files import SUFFIXES, write
from .speed_clock import load
from .speed_texts import make

if TYPE_CHECKING:
    import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
REPEATED = 100_000
"""Sizes up to this one are measured three times."""
FORMATS, SPREAD = 100_000, 400_000
"""Rows for comparing file formats, and for comparing one process with two."""
BLOCK = 20_000
PARTS = 16
Say = Callable[[str], None]
# A process's peak begins with that of the one that starts it: this one is small, a test's is not.
_STARTER = """
import os, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as peak:
    peak.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""
_COLUMNS = """
import json, sys, time
from benchmarks.scale import blocks
from hotline_nlp import Classifier
from hotline_nlp.engines.compiled import COMPILER
rows, dispatch = int(sys.argv[1]), sys.argv[2] == "dispatch"
clf = Classifier.load()
COMPILER.wait()
clf.score_columns(next(blocks(4096)), dispatch=dispatch)
began = time.perf_counter()
done = sum(clf.score_columns(block, dispatch=dispatch).num_rows for block in blocks(rows))
print(json.dumps({"rows": done, "seconds": time.perf_counter() - began}))
"""
_RAY = """
import json, sys
from hotline_nlp.batch.ray import score_parquet
import ray
ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=256 * 1024 * 1024)
print(json.dumps(score_parquet(sys.argv[1], sys.argv[2], workers=int(sys.argv[3])).to_dict()))
"""


def blocks(rows: int) -> Iterator[pa.Array]:
    """Yield arrow arrays of generated texts, `rows` in all: one block of texts, turned by its number."""
    import pyarrow as pa

    texts = make(min(BLOCK, rows))
    for start in range(0, rows, BLOCK):
        size = min(BLOCK, rows - start)
        turn = start // BLOCK * 37 % len(texts)
        yield pa.array((texts[turn:] + texts[:turn])[:size])


def run(most: int = SIZES[-1], *, ray: bool = True, say: Say = print) -> dict[str, Any]:
    """Measure up to `most` texts and write results/scale.json."""
    sizes = [size for size in SIZES if size <= most]
    result: dict[str, Any] = {**machine.context(()), "load_before": load()}
    _columns(sizes[0], "labels")  # compiles the loops where that was never done here
    for what in ("labels", "dispatch"):
        found = [_said(f"columns, {what}", _columns(size, what), say) for size in sizes]
        result[f"columns_{what}"] = {"steps": found, **_growth(found)}
    with tempfile.TemporaryDirectory(dir=machine.RESULTS) as name:
        folder = Path(name)
        found = [_said("file", _job(folder, size), say) for size in sizes]
        result["files"] = {"steps": found, **_growth(found)}
        result["formats"] = {
            suffix: _said(f"file, {suffix}", _job(folder, min(most, FORMATS), suffix), say)
            for suffix in SUFFIXES
        }
        result["workers"] = _spread("workers", lambda n: _job(folder, min(most, SPREAD), workers=n), say)
        if ray:
            parts = _parts(folder / "parts", min(most, SPREAD))
            result["ray"] = _spread("ray workers", lambda n: _ray(parts, folder / f"ray-{n}", n), say)
    result["load_after"] = load()
    say(f"written: {machine.write('scale', result).name}")
    return result


def _columns(rows: int, what: str) -> dict[str, Any]:
    return _repeated(rows, lambda: _process([sys.executable, "-c", _COLUMNS, str(rows), what]))


def _job(folder: Path, rows: int, suffix: str = "parquet", workers: int = 1) -> dict[str, Any]:
    """Measure `hotline-nlp score` on a file, the answers going into one of the same format."""
    source, out = folder / f"in.{suffix}", folder / f"out.{suffix}"
    _make(source, rows)
    command = [sys.executable, "-m", "hotline_nlp", "score", str(source), "--out", str(out), "--json"]
    found = _repeated(rows, lambda: _process([*command, "--workers", str(workers)]))
    found["mib_in"], found["mib_out"] = (round(path.stat().st_size / 2**20, 1) for path in (source, out))
    source.unlink()
    out.unlink()
    return found


def _ray(parts: Path, out: Path, workers: int) -> dict[str, Any]:
    return _summed([_process([sys.executable, "-c", _RAY, str(parts), str(out), str(workers)])])


def _parts(folder: Path, rows: int) -> Path:
    """Return a folder of Parquet files for a cluster."""
    folder.mkdir()
    for k in range(PARTS):
        _make(folder / f"{k:02}.parquet", max(rows // PARTS, 1))
    return folder


def write_rows(path: str, rows: int) -> None:
    """Write a file of generated texts."""
    write(Path(path), blocks(rows))


def _make(path: Path, rows: int) -> None:
    """Write a file elsewhere: a process is told to have had the memory of the one that started it."""
    writer = get_context("spawn").Process(target=write_rows, args=(str(path), rows))
    writer.start()
    writer.join()
    if writer.exitcode:
        raise RuntimeError(f"{path} could not be written.")


def _process(command: Sequence[str]) -> dict[str, Any]:
    """Run a process that ends with JSON; return its rows and seconds, and the peak of its largest process."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile() as peak:
        started = [sys.executable, "-S", "-c", _STARTER, peak.name, *command]
        process = subprocess.run(started, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, check=False)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"a measured process failed: {errors.read().decode()[-2000:]}")
        highest = int(peak.read())
    printed = process.stdout.decode()
    begin = re.search(r"^\{", printed, re.MULTILINE)  # Ray writes lines of its own around it
    said, _ = json.JSONDecoder().raw_decode(printed, begin.start() if begin else 0)
    scale = 1024 if sys.platform != "darwin" else 1 << 20
    return {
        "rows": said["rows"],
        "seconds": said["seconds"],
        "process_seconds": time.perf_counter() - began,
        "peak_mib": highest / scale,
    }


def _repeated(rows: int, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return _summed([measure() for _ in range(3 if rows <= REPEATED else 1)])


def _summed(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of runs, the slowest and fastest, and the highest peak."""
    rows, seconds = runs[0]["rows"], [run["seconds"] for run in runs]
    return {
        "rows": rows,
        "repeats": len(runs),
        "seconds": round(statistics.median(seconds), 3),
        "process_seconds": round(statistics.median(run["process_seconds"] for run in runs), 3),
        "per_second": round(rows / statistics.median(seconds)),
        "slowest": round(rows / max(seconds)),
        "fastest": round(rows / min(seconds)),
        "peak_mib": round(max(run["peak_mib"] for run in runs), 1),
    }


def _growth(steps: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the exponent with which seconds grow (1: linearly) and how peaks do, from 100,000 texts on."""
    large = [step for step in steps if step["rows"] >= REPEATED]
    if len(large) < 2:
        return {}
    rows, seconds = (np.log([step[name] for step in large]) for name in ("rows", "seconds"))
    return {
        "exponent": round(float(np.polyfit(rows, seconds, 1)[0]), 3),
        "peak_growth_mib": round(large[-1]["peak_mib"] - large[0]["peak_mib"], 1),
    }


def _spread(name: str, measure: Callable[[int], dict[str, Any]], say: Say) -> dict[str, Any]:
    """Measure one process and two; the efficiency is their rates' ratio over 2."""
    one, two = (_said(f"{name}: {n}", measure(n), say) for n in (1, 2))
    return {"1": one, "2": two, "efficiency": round(two["per_second"] / one["per_second"] / 2, 3)}


def _said(name: str, found: dict[str, Any], say: Say) -> dict[str, Any]:
    rate, peak = found["per_second"], found["peak_mib"]
    say(f"{name:20} {found['rows']:>12,} rows {rate:>9,} a second, peak {peak:,.0f} MiB")
    return found
