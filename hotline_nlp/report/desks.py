"""Tickets of the special desks (专席): by the input's own column, or by the city pack's trigger words."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from ..pack import CityPack
from ..route.tags import Tagger
from .figures import Breakdown, Line
from .ledger import Ledger
from .shares import share

_BETWEEN = re.compile(r"[、,;|，；/]+")


def count_desks(ledger: Ledger, pack: CityPack) -> Breakdown | None:
    """Return the tickets of each special desk; one ticket may belong to several. None where nothing tells."""
    if "desk" in ledger.roles:
        found = {shift: _given(ledger, shift) for shift in (0, -1, -12)}
    elif "text" in ledger.roles and pack.tags:
        tagger = Tagger(pack.tags)
        found = {shift: _tagged(ledger, shift, tagger) for shift in (0, -1, -12)}
    else:
        return None
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


def _tagged(ledger: Ledger, shift: int, tagger: Tagger) -> Counter[str]:
    import pyarrow as pa

    rows = ledger.rows(shift)
    texts = ledger.table.column("text").filter(pa.array(rows)).to_pylist()
    codes, topics = ledger.coded("topic")
    found = Counter[str]()
    for text, code in zip(texts, codes[rows].tolist(), strict=True):
        found.update({hit.desk for hit in tagger.desks(text, topics[code])})
    return found
