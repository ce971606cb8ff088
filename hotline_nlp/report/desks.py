"""Tickets of the special desks (专席): by the input's own column, or by the city pack's trigger words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..route.tags import Tagger
from .figures import Breakdown, Line
from .ledger import Ledger
from .shares import share

_BETWEEN = re.compile(r"[、,;|，；/]+")


def desks_of(tagger: Tagger, columns: Mapping[str, Any], rows: NDArray[np.bool_]) -> Any:
    """Return an arrow array of the desks whose words stand in the texts of some rows, joined; else ""."""
    import pyarrow as pa

    found = [""] * len(rows)
    at = np.flatnonzero(rows).tolist()
    texts, topics = (columns[name].filter(pa.array(rows)).to_pylist() for name in ("text", "topic"))
    for row, text, topic in zip(at, texts, topics, strict=True):
        found[row] = "、".join(dict.fromkeys(hit.desk for hit in tagger.desks(text, topic)))
    return pa.array(found, pa.string())


def count_desks(ledger: Ledger) -> Breakdown | None:
    """Return the tickets of each special desk; one ticket may belong to several. None where nothing tells."""
    if "desk" not in ledger.roles:
        return None
    found = {shift: _given(ledger, shift) for shift in (0, -1, -12)}
    whole = int(ledger.rows().sum())
    known = {shift for shift in found if ledger.rows(shift).any()}
    lines = [
        Line(
            label,
            count,
            share(count, whole),
            found[-1][label] if -1 in known else None,
            found[-12][label] if -12 in known else None,
        )
        for label, count in sorted(found[0].items(), key=lambda item: (-item[1], item[0]))
    ]
    return Breakdown(tuple(lines), whole)


def _given(ledger: Ledger, shift: int) -> Counter[str]:
    codes, labels = ledger.coded("desk")
    counts = np.bincount(codes[ledger.rows(shift)], minlength=len(labels)).tolist()
    found = Counter[str]()
    for label, count in zip(labels, counts, strict=True):
        for desk in {part.strip() for part in _BETWEEN.split(label)} - {""}:
            found[desk] += count
    return +found
