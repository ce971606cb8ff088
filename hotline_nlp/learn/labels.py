"""Decide which labels of a column can be learned, name the rest, and suggest what a typo may have meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..taxonomy import load_taxonomy

LEAST = 2
"""A label with fewer rows to fit to than this can't be learned: calibration must hold one out."""
WHAT = ("kept, but hardly learned", "left out")
_CUTOFF, _CANDIDATES = 0.75, 200
_TIMES = 5
"""A label is taken for a typo of one that comes at least so many times as often."""
_SERIES = frozenset(
    "0123456789０１２３４５６７８９零一二三四五六七八九十甲乙丙丁东南西北中上下前后左右ABCDEFabcdef"
)
"""Characters by which labels of one series differ, such as 一中队 and 二中队: no typos."""


@dataclass(frozen=True, slots=True)
class Rare:
    """A label with few rows: its count, whether it was left out, the frequent label it may be a typo of.

    fitted: how many of its rows are fitted to, the others being held out; None for all.
    """

    label: str
    count: int
    dropped: bool
    suggestion: str = ""
    fitted: int | None = None

    def sentence(self) -> str:
        """Say what was done."""
        hint = f"; did it mean {self.suggestion!r}?" if self.suggestion else ""
        part = f", {self.fitted} of them to fit to" if self.parted() else ""
        return (
            f"{self.label!r} has {self.count} row{'s' * (self.count != 1)}{part}: {WHAT[self.dropped]}{hint}"
        )

    def parted(self) -> bool:
        """Say whether rows that were held out are why it was left out."""
        return self.dropped and self.fitted not in (None, self.count)

    def short(self) -> str:
        """Return the label with its count, and how many of these are fitted to where that matters."""
        return f"{self.label!r} ({f'{self.fitted} of ' if self.parted() else ''}{self.count})"


@dataclass(frozen=True, slots=True)
class Target:
    """What one head is to learn: its labels in order and each row's label number, -1 where it has none."""

    name: str
    labels: tuple[str, ...]
    codes: NDArray[np.int32]
    rare: tuple[Rare, ...] = ()

    def take(self, rows: NDArray[np.int64]) -> Target:
        """Return some of the rows."""
        return Target(self.name, self.labels, self.codes[rows], self.rare)


def choose_labels(name: str, values: Sequence[str], fitted: NDArray[np.bool_], few: int) -> Target | None:
    """Return what a head can learn from its labels, or None where fewer than two labels can be learned.

    fitted: shape (rows,), true for the rows that will be fitted to; few: labels with fewer rows of them are
    named as rare. Labels are ordered by frequency, then by name, so the same table gives the same order.
    """
    counts = Counter(value for value, here in zip(values, fitted, strict=True) if here and value)
    known = sorted((label for label, n in counts.items() if n >= LEAST), key=lambda v: (-counts[v], v))
    if len(known) < 2:
        return None
    number = {label: i for i, label in enumerate(known)}
    codes = np.fromiter((number.get(value, -1) for value in values), np.int32, len(values))
    return Target(name, tuple(known), codes, rare_labels(Counter(filter(None, values)), number, few, counts))


def rare_labels(
    counts: Counter[str], known: dict[str, int], few: int, fitted: Counter[str]
) -> tuple[Rare, ...]:
    """Return the labels with fewer than `few` rows or not among the known ones, rarest first.

    counts: rows of each label; fitted: those of them that are fitted to.
    """
    rare = sorted((n, label) for label, n in counts.items() if n < few or label not in known)
    often = [(label, n) for label, n in counts.most_common(_CANDIDATES) if n >= few]
    return tuple(
        Rare(label, n, label not in known, _meant(label, n, often), fitted[label]) for n, label in rare
    )


def _meant(label: str, count: int, often: Sequence[tuple[str, int]]) -> str:
    return nearest(label, [other for other, n in often if n >= _TIMES * count])


def rare_notes(name: str, rare: Sequence[Rare]) -> list[str]:
    """Return a sentence for each rare label that may be a typo, and one for all others of each kind."""
    notes = [f"{name}: {label.sentence()}" for label in rare if label.suggestion]
    for dropped in (True, False):
        rest = [label for label in rare if label.dropped == dropped and not label.suggestion]
        if len(rest) < 4:
            notes += [f"{name}: {label.sentence()}" for label in rest]
            continue
        named = ", ".join(label.short() for label in rest)
        less = "too few rows to fit to" if dropped else "too few rows"
        notes.append(f"{name}: {len(rest):,} labels have {less}, {WHAT[dropped]}: {named}")
    return notes


def nearest(label: str, likely: Sequence[str]) -> str:
    """Return the likely label that a label may be a typo of, "" where none is near.

    Near are labels that differ in one character, and longer ones that are alike by three quarters. A label of
    the packaged taxonomy is no typo, and neither is another of the same series.
    """
    if label in real_labels():
        return ""
    others = [other for other in likely if other != label and not _of_one_series(label, other)]
    found = get_close_matches(label, others, n=1, cutoff=_CUTOFF)
    return next(iter(found), "") or next((other for other in others if _one_off(label, other)), "")


@lru_cache(maxsize=1)
def real_labels() -> frozenset[str]:
    """Return all labels of the packaged taxonomy."""
    sets = load_taxonomy()
    return frozenset(found.label for found in (*sets.types, *sets.topics, *sets.unit_functions))


def _differing(one: str, other: str) -> list[tuple[str, str]]:
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]


def _one_off(one: str, other: str) -> bool:
    """Say whether two labels of one length differ in one character, or in the order of two."""
    if len(one) != len(other) or len(one) < 2:
        return False
    pairs = _differing(one, other)
    return len(pairs) == 1 or (len(pairs) == 2 and pairs[0] == pairs[1][::-1])


def _of_one_series(one: str, other: str) -> bool:
    return len(one) == len(other) and all(a in _SERIES and b in _SERIES for a, b in _differing(one, other))
