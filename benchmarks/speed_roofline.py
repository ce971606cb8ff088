"""The roofline of the linear engine: what a text must cost, what the machine can do, what is reached.

Williams, Waterman and Patterson 2009, doi:10.1145/1498765.1498785. A text of g n-grams must gather g rows of
`width` int8 weights at random and add them: the bound is the rate at which this machine gathers such rows, or
the bandwidth at which it reads memory in order, whichever is the lower.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .speed_clock import timed


def kernels() -> tuple[Any, Any]:
    """Return two compiled loops: read an array in order, and gather its rows by number."""
    import numba

    @numba.njit(nogil=True)
    def stream(data: Any) -> Any:
        total = np.uint64(0)
        for i in range(len(data)):
            total ^= data[i]
        return total

    @numba.njit(nogil=True)
    def gather(rows: Any, picks: Any) -> Any:
        total = np.uint64(0)
        for q in range(len(picks)):
            row = rows[picks[q]]
            for j in range(len(row)):
                total ^= row[j]
        return total

    return stream, gather


def machine(buckets: int, width: int) -> dict[str, float]:
    """Return one core's measured bytes a second in order, and rows a second gathered at random."""
    stream, gather = kernels()
    data = np.ones(1 << 25, np.uint64)
    rows = np.ones((buckets, -(-width // 64) * 8), np.uint64)
    picks = np.random.default_rng(0).integers(0, buckets, 1 << 21)
    in_order = min(timed(lambda: stream(data), repeats=5))
    at_random = min(timed(lambda: gather(rows, picks), repeats=5))
    return {
        "stream_bytes_per_second": data.nbytes / in_order,
        "gather_rows_per_second": len(picks) / at_random,
    }


def roofline(grams: float, characters: float, buckets: int, width: int, reached: float) -> dict[str, Any]:
    """Return the bound of one core for a text of so many n-grams, beside the texts a second it reached."""
    found = machine(buckets, width)
    lines = -(-width // 64) * 64
    gathers = found["gather_rows_per_second"] / grams
    reads = found["stream_bytes_per_second"] / (grams * lines)
    return {
        **{name: round(value) for name, value in found.items()},
        "ngrams_per_text": round(grams, 1),
        "characters_per_text": round(characters, 1),
        "bytes_gathered_per_text": round(grams * lines),
        "int8_additions_per_text": round(grams * width),
        "bound_by_gathers_per_second": round(gathers),
        "bound_by_bandwidth_per_second": round(reads),
        "reached_per_second_per_core": round(reached),
        "fraction_of_bound": round(reached / min(gathers, reads), 3),
    }
