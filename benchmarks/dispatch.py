"""Dispatch measured: places found on composed addresses, unit functions with and without routing, speed.

python -m benchmarks dispatch [--part speed|gold] [--repeats N] writes results/dispatch.json; a part that is
not asked for keeps its figures. Speed is told per second of wall clock, which other work on the machine
slows, and per second of processor time, which it hardly does. `gold` needs the labelled requests.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hotline_nlp import Classifier
from hotline_nlp.engines.compiled import COMPILER

from . import machine
from .speed_clock import latency, load, timed
from .speed_texts import make

ROWS, RESULTS, SINGLE = 40_000, 8_000, 500
PARTS = ("speed", "gold")


def run(parts: Sequence[str] = PARTS, repeats: int = 5, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure the parts asked for and write results/dispatch.json."""
    clf = Classifier.load()
    old = machine.read("dispatch") or {}
    result = {**{part: old[part] for part in PARTS if part in old}, **machine.context(())}
    if "speed" in parts:
        result["speed"] = speed(clf, repeats)
        for name, found in result["speed"].items():
            if "per_second" in found:
                core = f"{found['per_cpu_second']:>9,} a second of one core"
                say(f"{name:24} {found['per_second']:>9,} a second, {core}")
    if "gold" in parts:
        result["gold"] = gold(clf)
        found = result["gold"]["all"]
        share = f"{found['model']:.4f} by the model, {found['routed']:.4f} routed"
        say(f"unit function right of {found['rows']} dev requests: {share}")
    machine.write("dispatch", result)
    return result


@contextmanager
def one_core() -> Iterator[None]:
    """Let the columnar path use one core."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        del os.environ["OMP_NUM_THREADS"]
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


def rate(call: Callable[[], Any], rows: int, repeats: int) -> dict[str, Any]:
    """Return rows a second of the median repeat, of the fastest, and by processor time of the best one."""
    call()
    walls, cores = [], []
    for _ in range(repeats):
        wall, core = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
    return {
        "rows": rows,
        "repeats": repeats,
        "per_second": round(rows / statistics.median(walls)),
        "fastest": round(rows / min(walls)),
        "per_cpu_second": round(rows / min(cores)),
    }


def speed(clf: Classifier, repeats: int, rows: int = ROWS) -> dict[str, Any]:
    """Time the place resolver, columns with and without dispatch, Results and one text at a time."""
    import pyarrow as pa

    COMPILER.wait()
    busy, texts = load(), make(rows)
    array, few = pa.array(texts), texts[: min(RESULTS, rows)]
    resolve = clf.router.places.resolve
    found: dict[str, Any] = {"load_before": busy}
    found["places, one core"] = rate(lambda: [resolve(text) for text in texts], rows, repeats)
    with one_core():
        found["columns, one core"] = rate(lambda: clf.score_columns(array, dispatch=False), rows, repeats)
        found["dispatch, one core"] = rate(lambda: clf.score_columns(array, dispatch=True), rows, repeats)
    found["dispatch, all cores"] = rate(lambda: clf.score_columns(array, dispatch=True), rows, repeats)
    found["Result objects"] = rate(lambda: sum(1 for _ in clf.iter_results(few)), len(few), repeats)
    seconds = [timed(lambda text=text: clf.classify(text), repeats=1, warm=0)[0] for text in texts[:SINGLE]]  # type: ignore[misc]
    found["single"] = latency(seconds)
    found["load_after"] = load()
    return found


def gold(clf: Classifier) -> dict[str, Any]:
    """Return the accuracy of the unit function on gold dev, as the model says it and as the lead has it."""
    from training import data

    rows = [row for row in data.read("gold.csv") if row["split"] == "dev"]
    results = list(clf.iter_results(map(data.request, rows)))
    hits: dict[str, Counter[str]] = {"all": Counter()}
    procedures = Counter(result.dispatch.procedure for result in results)
    for row, result in zip(rows, results, strict=True):
        model = result.unit.label if result.unit else ""
        routed = clf.router.units.function_of(result.dispatch.lead) if result.dispatch.lead else ""
        for name in ("all", row["unit"]):
            tally = hits.setdefault(name, Counter())
            tally["rows"] += 1
            tally["model"] += model == row["unit"]
            tally["routed"] += routed == row["unit"]
            tally["answered"] += bool(routed)
    return {
        **{
            name: {
                "rows": tally["rows"],
                "answered": tally["answered"],
                "model": round(tally["model"] / tally["rows"], 4),
                "routed": round(tally["routed"] / tally["rows"], 4),
            }
            for name, tally in sorted(hits.items(), key=lambda item: (-item[1]["rows"], item[0]))
        },
        "procedures": dict(procedures.most_common()),
    }
