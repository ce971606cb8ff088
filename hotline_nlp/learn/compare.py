"""Compare a new model with the one before it, on rows that neither was fitted to as far as can be known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engines.base import keeps_formulas
from ..engines.linear import LinearEngine
from ..errors import InputError
from .dates import day, seconds
from .evaluate import probabilities
from .known import Marks, known_rows
from .measure import measure_head
from .table import Tickets

LEAST = 30
"""With fewer rows than this after the old model's last one, all held-out rows are compared."""
_MOVED = 8


@dataclass(frozen=True, slots=True)
class Change:
    """One head: accuracy before and after on the same rows, rows set right and broken, F1 by label."""

    head: str
    rows: int
    before: float
    after: float
    gained: int
    lost: int
    labels: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new model against an old one.

    `note` says how far the old one may have known the rows; the comparison is `fair` where it knew none.
    """

    previous: str
    changes: tuple[Change, ...]
    note: str
    fair: bool = True

    def old(self) -> float:
        """Return the old model's mean accuracy over the heads that both have."""
        return float(np.mean([change.before for change in self.changes]))

    def new(self) -> float:
        """Return the new model's mean accuracy over the heads that both have."""
        return float(np.mean([change.after for change in self.changes]))

    def worse(self) -> bool:
        """Say whether the old model is the better one."""
        return bool(self.changes) and self.new() < self.old()

    def sentence(self) -> str:
        """State both models' figures."""
        if not self.changes:
            return f"{self.previous} answers none of the heads trained here, so there is nothing to compare."
        each = ", ".join(f"{c.head} {c.before:.1%} -> {c.after:.1%}" for c in self.changes)
        note = f"; {self.note}" if self.note else ""
        return (
            f"{self.previous} -> new, right on the same {self.changes[0].rows:,} held-out rows: {each}{note}"
        )


Answers = Mapping[str, tuple[Sequence[str], Any]]


def compare(previous: LinearEngine, answers: Answers, tickets: Tickets) -> Comparison:
    """Compare an engine with new answers, (labels, probabilities) a head, on held-out tickets.

    One that was trained without operators' formulas reads the tickets without them. Raises InputError for
    one that was trained with them where the tickets have none.
    """
    check_comparable(previous, tickets.bodies is not None)
    if not keeps_formulas(previous):
        tickets = tickets.without_formulas()
    if previous.fitted is None:
        rows, note, fair = _newer_rows(previous.manifest, tickets)
    else:
        rows, note, fair = _unknown_rows(previous.fitted, tickets)
    tickets = tickets.take(rows)
    p = probabilities(previous, tickets.texts)
    mine = {head.name: head for head in previous.heads}
    changes = []
    for name, (labels, new) in answers.items():
        if name in mine:
            made = _change(name, (mine[name].labels, p[name]), (labels, new[rows]), tickets.labels[name])
            changes += [made] if made else []
    return Comparison(previous.name, tuple(changes), note, fair)


def check_comparable(previous: LinearEngine, formulas: bool) -> None:
    """Raise InputError where an engine reads operators' formulas and the tickets to compare on have none."""
    if keeps_formulas(previous) and not formulas:
        raise InputError(
            f"{previous.name} reads operators' formulas, so a model without can't be compared with it: train "
            "with --formulas and from nothing or from it, or give another --out, or --force."
        )


def _change(
    name: str, old: tuple[Sequence[str], Any], new: tuple[Sequence[str], Any], truth: Sequence[str]
) -> Change | None:
    before, after = measure_head(name, *old, truth), measure_head(name, *new, truth)
    if before is None or after is None:
        return None
    was, now = (
        np.array([labels[i] == t for i, t in zip(p.argmax(axis=1), truth, strict=True)])
        for labels, p in (old, new)
    )
    known = np.array([t != "" for t in truth])
    f1 = {row.label: row.f1 for row in before.classes}
    moved = [(row.label, f1[row.label], row.f1) for row in after.classes if row.f1 != f1[row.label]]
    moved.sort(key=lambda item: (-abs(item[2] - item[1]), item[0]))
    return Change(
        name,
        after.rows,
        before.accuracy,
        after.accuracy,
        int((now & ~was & known).sum()),
        int((was & ~now & known).sum()),
        tuple(moved[:_MOVED]),
    )


def _unknown_rows(fitted: Marks, tickets: Tickets) -> tuple[Any, str, bool]:
    """Return the rows that the old model was not fitted to, where these are enough."""
    everything = np.arange(len(tickets.texts))
    known = known_rows(tickets.texts, fitted)
    if not known.any():
        return everything, "", True
    if len(known) - known.sum() >= LEAST:
        return everything[~known], "those of them that the old model was not fitted to", True
    return (
        everything,
        f"the old model was fitted to {known.sum():,} of the {len(known):,} rows held out, so its figures "
        "are too good",
        False,
    )


def _newer_rows(manifest: Mapping[str, Any], tickets: Tickets) -> tuple[Any, str, bool]:
    """Return the rows that are newer than what the old model was fitted to, where that is known."""
    everything = np.arange(len(tickets.texts))
    data = manifest.get("data") or {}
    until = seconds(data.get("until"))
    if tickets.dates is not None and not np.isnan(until):
        newer = np.flatnonzero(tickets.dates >= until + 86_400)
        if len(newer) >= LEAST:
            return (
                newer,
                f"compared on rows after {day(until)}, the last day that the old model was fitted to",
                True,
            )
    if data.get("refit"):
        return everything, "the old model was fitted to all of its rows, so it may know some of these", False
    told = "the old model does not say which rows it was fitted to, so it may know some of these"
    return everything, told, False
