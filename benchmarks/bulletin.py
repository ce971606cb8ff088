"""Time and memory from raw tickets to a finished bulletin, in processes of their own."""

from __future__ import annotations

import csv
import datetime as dt
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import machine
from .speed_clock import load
from .speed_texts import make

MONTH, YEAR = 30_000, 400_000
CHANNELS = ("12345热线电话", "微信", "湘易办", "市长信箱", "省级转派", "中国政府网", "省长信箱")
_MEASURE = """
import json, resource, sys, time
began = time.perf_counter()
from hotline_nlp.report import make_bulletin
made = make_bulletin(sys.argv[1], "2024-11")
made.save(sys.argv[2])
took = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_SELF)
scale = 1024 if sys.platform != "darwin" else 1024 * 1024
peak = used.ru_maxrss / scale
cpu = used.ru_utime + used.ru_stime
told = {"requests": made.figures.requests.count, "by_model": dict(made.figures.by_model)}
print(json.dumps({"seconds": took, "cpu_seconds": cpu, "peak_mib": peak, **told}))
"""


def write_tickets(path: Path, rows: int, *, first: dt.date, last: dt.date, seed: int = 0) -> None:
    """Write raw tickets to a CSV: number, time, channel, caller and text, and no label at all."""
    rng, texts = random.Random(seed), make(rows, seed=seed)
    days = (last - first).days + 1
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("工单编号", "受理时间", "受理渠道", "来电号码", "诉求内容"))
        for i, text in enumerate(texts):
            moment = dt.datetime.combine(first, dt.time()) + dt.timedelta(
                days=rng.randrange(days), seconds=rng.randrange(8 * 3600, 20 * 3600)
            )
            channel = rng.choices(CHANNELS, (90, 3, 2, 2, 1, 1, 1))[0]
            caller = f"1{rng.randrange(30, 100)}****{rng.randrange(10_000):04d}"
            writer.writerow((f"T{i:08d}", moment.strftime("%Y-%m-%d %H:%M:%S"), channel, caller, text))


def measure(tickets: Path, repeats: int) -> dict[str, Any]:
    """Make the bulletin of a file so many times, each in a new process; return the median and all times."""
    import json

    found = []
    for _ in range(repeats):
        command = [sys.executable, "-c", _MEASURE, str(tickets), str(tickets.with_suffix(".docx"))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    times = [run["seconds"] for run in found]
    return {
        "median_seconds": round(statistics.median(times), 2),
        "seconds": [round(value, 2) for value in times],
        "cpu_seconds": round(statistics.median(run["cpu_seconds"] for run in found), 2),
        "peak_mib": round(max(run["peak_mib"] for run in found), 1),
        "requests": found[0]["requests"],
        "labels_by_model": found[0]["by_model"],
        "file_mib": round(tickets.stat().st_size / 2**20, 1),
    }


def run(
    rows: int = MONTH, year_rows: int = YEAR, repeats: int = 3, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Measure a month and a year of raw tickets; write results/bulletin.json."""
    result: dict[str, Any] = {**machine.context(()), "load_before": load()}
    spans = {
        "month": (rows, dt.date(2024, 11, 1), repeats),
        "year": (year_rows, dt.date(2023, 12, 1), 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (count, first, times) in spans.items():
            tickets = Path(folder) / f"{name}.csv"
            write_tickets(tickets, count, first=first, last=dt.date(2024, 11, 30))
            result[name] = {"rows": count, **measure(tickets, times)}
            took, peak = result[name]["median_seconds"], result[name]["peak_mib"]
            say(f"{name:6} {count:>8,} tickets {took:>7.1f} s {peak:>7.0f} MiB")
    result["load_after"] = load()
    say(f"written: {machine.write('bulletin', result).name}")
    return result
