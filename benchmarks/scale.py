"""How time and memory grow with the number of texts: columns in memory, files of any length, Ray workers."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import machine
from .speed_clock import load
from .speed_texts import make

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
BLOCK = 20_000
_COLUMNS = """
import json, resource, sys, time
from benchmarks.scale import blocks
from hotline_nlp import Classifier
from hotline_nlp.engines.compiled import COMPILER
clf = Classifier.load()
COMPILER.wait()
clf.score_columns(next(blocks(4096)))
began, rows = time.perf_counter(), 0
for block in blocks(int(sys.argv[1])):
    rows += clf.score_columns(block, dispatch=False).num_rows
seconds = time.perf_counter() - began
print(json.dumps([rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
_FILES = """
import json, resource, sys, time
from hotline_nlp import Classifier
clf = Classifier.load()
began = time.perf_counter()
columns = ["type", "topic", "unit", "decision", "lead_unit"]
report = clf.score_batch(sys.argv[1], out=sys.argv[2], columns=columns)
seconds = time.perf_counter() - began
print(json.dumps([report.rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
_RAY = """
import json, sys
from hotline_nlp.batch.ray import score_parquet
import ray
ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=256 * 1024 * 1024)
report = score_parquet(sys.argv[1], sys.argv[2], workers=int(sys.argv[3]))
print(json.dumps([report.rows, report.seconds, 0]))
"""


def blocks(rows: int) -> Any:
    """Yield arrow arrays of generated texts, `rows` in all: one block of texts, turned by its number."""
    import pyarrow as pa

    texts = make(min(BLOCK, rows))
    for start in range(0, rows, BLOCK):
        size = min(BLOCK, rows - start)
        turn = start // BLOCK * 37 % len(texts)
        yield pa.array((texts[turn:] + texts[:turn])[:size])


def run(
    most: int = SIZES[-1], files: int = 1_000_000, ray: bool = True, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Measure each size in a process of its own and write results/scale.json."""
    result: dict[str, Any] = {**machine.context(()), "load_before": load(), "columns": [], "files": []}
    for size in SIZES:
        if size <= most:
            result["columns"].append(_step("columns", _COLUMNS, [str(size)], say))
    with tempfile.TemporaryDirectory(dir=machine.RESULTS) as folder:
        for size in (s for s in SIZES if 10_000 <= s <= files):
            source = Path(folder) / "in.parquet"
            write_parquet(source, size)
            out = Path(folder) / f"out-{size}.parquet"
            result["files"].append(_step("files", _FILES, [str(source), str(out)], say))
            out.unlink()
        if ray:
            result["ray"] = [
                _step(
                    f"ray, {n} workers", _RAY, [str(_parts(Path(folder))), f"{folder}/ray-{n}", str(n)], say
                )
                for n in (1, 2)
            ]
    result["load_after"] = load()
    machine.write("scale", result)
    return result


def write_parquet(path: Path, rows: int) -> None:
    """Write a Parquet file of generated texts with row numbers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    done = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for block in blocks(rows):
            numbers = pa.array(range(done, done + len(block)), pa.int64())
            writer.write_table(pa.Table.from_arrays([numbers, block], schema=schema))
            done += len(block)


def _parts(folder: Path) -> Path:
    """Return a folder of 16 Parquet files for the cluster, written once."""
    parts = folder / "parts"
    if not parts.is_dir():
        parts.mkdir()
        for k in range(16):
            write_parquet(parts / f"{k:02}.parquet", BLOCK)
    return parts


def _step(name: str, code: str, arguments: list[str], say: Callable[[str], None]) -> dict[str, Any]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=machine.RESULTS.parents[1],
    )
    rows, seconds, peak = json.loads(done.stdout.strip().splitlines()[-1])
    found = {
        "rows": rows,
        "seconds": round(seconds, 3),
        "process_seconds": round(time.perf_counter() - began, 3),
        "per_second": round(rows / seconds),
        "peak_mib": round(peak, 1),
    }
    say(f"{name:16} {rows:>12,} rows {found['per_second']:>9,} a second, peak {found['peak_mib']:,} MiB")
    return found
