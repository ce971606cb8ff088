"""Time a function: warm-up, repeats, median and spread."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any


def timed(call: Callable[[], Any], *, repeats: int = 5, warm: int = 1) -> list[float]:
    """Return the seconds of each repeat after `warm` calls that don't count."""
    for _ in range(warm):
        call()
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return found


def rate(seconds: list[float], rows: int) -> dict[str, Any]:
    """Return rows a second: of the median repeat, of the slowest and the fastest."""
    return {
        "rows": rows,
        "repeats": len(seconds),
        "per_second": round(rows / statistics.median(seconds)),
        "slowest": round(rows / max(seconds)),
        "fastest": round(rows / min(seconds)),
    }


def latency(seconds: list[float]) -> dict[str, Any]:
    """Return the median, the 95th percentile and the maximum in milliseconds."""
    ordered = sorted(seconds)
    return {
        "calls": len(ordered),
        "median_ms": round(1e3 * statistics.median(ordered), 4),
        "p95_ms": round(1e3 * ordered[int(0.95 * (len(ordered) - 1))], 4),
        "max_ms": round(1e3 * ordered[-1], 4),
    }


def load() -> dict[str, Any]:
    """Return how busy the machine was: the load averages, which should be near 0 before a run."""
    one, five, fifteen = os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0)
    return {"1min": round(one, 2), "5min": round(five, 2), "15min": round(fifteen, 2)}
