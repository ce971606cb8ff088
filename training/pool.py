"""The unlabelled pool as training rows: our own labels where a text has them, else the teachers' mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from . import data
from .rows import EVERY, EXCLUSIVE, UNKNOWN, Row, labelled_row
from .sources import mean_targets


def pool_rows(teachers: Mapping[Path, float]) -> list[Row]:
    """Return the pool's rows that open like no test text, those without a label only with teachers.

    `teachers` are folders with unlabelled.npz, and the weight of each in the mean of their probabilities.
    Raises SystemExit where a folder's scores are of another pool.
    """
    ours = data.pool_labels()
    rows, texts = data.read("unlabelled.csv"), data.pool_texts()
    keep = data.unlike_tests(rows)
    soft = mean_targets(teachers) if teachers else {}
    if any(len(p) != len(rows) for p in soft.values()):
        raise SystemExit(
            "error: the teachers' scores are of another pool than unlabelled.csv: make them again."
        )
    out = []
    for i, (r, text) in enumerate(zip(rows, texts, strict=True)):
        if not keep[i]:
            continue
        if r["id"] in ours:
            out.append(labelled_row(ours[r["id"]], text, "labelled"))
        elif soft:
            p = {head: part[i].tolist() for head, part in soft.items()}
            classes, means = dict.fromkeys(EVERY, UNKNOWN), {head: p[head] for head in EXCLUSIVE}
            out.append(Row(text, classes, p["urgent"][0], p["flags"], "soft", r["id"], soft=means))
    return out
