"""Turn labelled work orders into texts, labels and dates, and name what can't be used."""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, TrainingError
from ..normalise import MAX_CHARACTERS, Normalised, mask, normalise, reject_reason
from .dates import seconds
from .sources import Columns, Faults, as_text, iter_rows

KEPT = 1_000
"""Normalised characters kept of a text: more than any engine reads."""
_LISTED = 5
_LIKE_A_DATE = re.compile(r"(?=.*\d{4})[\d\s/.:：年月日号时点分秒TZ+-]{1,30}")


@dataclass(frozen=True)
class Tickets:
    """Labelled requests: normalised texts, labels a head ("" where there is none), dates (NaN) and ids.

    dates: shape (rows,), seconds since 1970, or None without a date column; notes: one sentence for each
    kind of row or cell that could not be used, with how many and where; bodies: the texts without operators'
    openings and closings, where `texts` keep these.
    """

    texts: list[str]
    labels: dict[str, list[str]]
    dates: NDArray[np.float64] | None
    ids: list[str]
    notes: tuple[str, ...]
    bodies: list[str] | None = None

    def take(self, rows: NDArray[Any]) -> Tickets:
        """Return some of the rows, by number."""
        return Tickets(
            [self.texts[i] for i in rows],
            {head: [values[i] for i in rows] for head, values in self.labels.items()},
            None if self.dates is None else self.dates[rows],
            [self.ids[i] for i in rows] if self.ids else [],
            self.notes,
            None if self.bodies is None else [self.bodies[i] for i in rows],
        )

    def without_formulas(self) -> Tickets:
        """Return the same with operators' openings and closings cut."""
        return self if self.bodies is None else replace(self, texts=self.bodies, bodies=None)


def read_tickets(
    source: Any, columns: Columns, *, sheet: str | None = None, formulas: bool = False
) -> Tickets:
    """Read a path (CSV, XLSX, JSONL, Parquet) or paths, a DataFrame, an Arrow table, or mappings.

    With `formulas` the texts keep operators' openings and closings. Rows without a usable text or without
    any label are left out and named. Raises ColumnError for a missing column, FileFormatError for a file that
    can't be read, TrainingError where no row is left.
    """
    if not columns.heads():
        raise InputError("no label column was named: name at least one with --type, --topic or --unit.")
    faults, texts, bodies, ids = Faults(), list[str](), list[str](), list[str]()
    labels: dict[str, list[str]] = {head: [] for head in columns.heads()}
    known: dict[str, str] = {}
    dates = array("d")
    for line, row in iter_rows(source, columns, sheet, faults):
        text = as_text(row["text"])
        found = {head: _label(row[head]) for head in labels}
        plain = normalise(text, formulas=formulas)
        fault = _unusable(plain, found)
        if fault:
            faults.add(fault, line)
            continue
        if len(text) > MAX_CHARACTERS:
            faults.add(f"texts longer than {MAX_CHARACTERS:,} characters, read to there", line)
        texts.append(plain.text[:KEPT])
        if formulas:
            bodies.append(normalise(text).text[:KEPT])
        for head, value in found.items():
            labels[head].append(known.setdefault(value, value))
        if columns.date is not None:
            dates.append(seconds(row["date"]))
            if math.isnan(dates[-1]):
                faults.add("dates that can't be read", line, _undated(as_text(row["date"])))
        if columns.id is not None:
            ids.append(as_text(row["id"]))
    if not texts:
        raise TrainingError(f"no row has both a text and a label: {'; '.join(faults.notes()) or 'no rows'}.")
    return Tickets(
        texts,
        labels,
        np.frombuffer(dates, np.float64) if columns.date is not None else None,
        ids,
        tuple(faults.notes() + _empty_labels(labels) + _double_ids(ids)),
        bodies if formulas else None,
    )


def _unusable(text: Normalised, labels: Mapping[str, str]) -> str | None:
    if reject_reason(text) is not None:
        return "rows without a usable text, left out"
    return None if any(labels.values()) else "rows without any label, left out"


def _empty_labels(labels: Mapping[str, list[str]]) -> list[str]:
    empty = {head: values.count("") for head, values in labels.items()}
    return [f"{head}: {n:,} rows have no label" for head, n in empty.items() if n]


def _double_ids(ids: Iterable[str]) -> list[str]:
    double = {value: n for value, n in Counter(filter(None, ids)).items() if n > 1}
    if not double:
        return []
    first = ", ".join(list(double)[:_LISTED])
    return [f"ids that stand in several rows, kept together in one part: {len(double):,} ({first})"]


def _undated(value: str) -> str:
    """Return what a note may show of a cell that is no date: what another column holds is not quoted."""
    if not value:
        return "empty"
    return repr(mask(value)) if _LIKE_A_DATE.fullmatch(value) else f"{len(value):,} characters"


def _label(value: object) -> str:
    return " ".join(as_text(value).split())
