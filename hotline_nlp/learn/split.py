"""Hold rows out for measuring and deal the rest into calibration folds, so that nothing leaks."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dates import day

Rows = NDArray[np.int64]
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Split:
    """Part of each row, shape (rows,): 0 fit to, 1 held out, 2 left out as a copy of a fitted one."""

    part: NDArray[np.int8]
    how: str

    def rows(self, part: int) -> Rows:
        """Return the numbers of a part's rows."""
        return np.flatnonzero(self.part == part)


def merge_ids(groups: Rows, ids: Sequence[str]) -> Rows:
    """Return groups in which rows of the same id stand together too."""
    first: dict[str, int] = {}
    parent = np.arange(int(groups.max(initial=-1)) + 1)

    def root(g: int) -> int:
        while parent[g] != g:
            parent[g] = parent[parent[g]]
            g = int(parent[g])
        return g

    for row, value in enumerate(ids):
        if value:
            a, b = root(int(groups[row])), root(int(groups[first.setdefault(value, row)]))
            parent[max(a, b)] = min(a, b)
    return np.array([root(int(g)) for g in groups], np.int64)


def by_time(dates: NDArray[np.float64], groups: Rows, share: float) -> Split | None:
    """Hold out the newest whole days that make up about `share` of the dated rows.

    A row without a date is fitted to; a held-out row with a near-copy among the fitted ones is not measured.
    Returns None where the dates can't be cut: fewer than two days, less than half of the rows dated, or a day
    so full that more than twice the share would be held out.
    """
    known = ~np.isnan(dates)
    days = np.floor(dates[known] / _DAY)
    if known.mean() < 0.5 or len(np.unique(days)) < 2:
        return None
    cut = float(np.quantile(days, 1 - share, method="higher"))
    cut = max(cut, float(days.min()) + 1)
    late = np.zeros(len(dates), bool)
    late[known] = days >= cut
    if late.sum() > 2 * share * known.sum():
        return None
    part = late.astype(np.int8)
    part[late & np.isin(groups, groups[~late])] = 2
    first, last = day(cut * _DAY), day(float(dates[known].max()))
    undated = int((~known).sum())
    more = f" and to {undated:,} rows without a date, some perhaps as new" if undated else ""
    return Split(part, f"by time: {first} to {last}, fitted to what came before{more}")


def by_hash(texts: Sequence[str], groups: Rows, labels: Sequence[str], share: float) -> Split:
    """Hold out `share` of the groups of near-copies, within each label, those with the lowest hash.

    The hash is of the group's own text, so a row that was held out once is likely to be held out again when
    the table has grown: two models stay comparable. A label with fewer than 1 / share groups is not held out.
    """
    part = np.zeros(len(texts), np.int8)
    members, order, starts = _by_group(groups)
    first = order[starts[:-1]]
    hashes = np.array([zlib.crc32(texts[row].encode("utf-8", "replace")) for row in first], np.int64)
    number: dict[str, int] = {}
    code = np.array([number.setdefault(labels[row], len(number)) for row in first], np.int64)
    ranked = np.lexsort((hashes, code))
    count = np.bincount(code)
    rank = np.arange(len(code)) - np.repeat(np.cumsum(count) - count, count)
    held = np.zeros(len(code), bool)
    held[ranked] = rank < (count * share).astype(np.int64)[code[ranked]]
    if not held.any():
        held[np.argsort(hashes, kind="stable")[: max(1, int(len(hashes) * share))]] = True
    if not held.all():
        part[held[members]] = 1
    few = math.ceil(1 / share)
    return Split(
        part, f"at random: {share:.0%} of each label with {few} rows or more, near-copies kept together"
    )


def folds(groups: Rows, codes: NDArray[np.int32], count: int, seed: int) -> NDArray[np.int64]:
    """Deal groups into folds, each label evenly; return each row's fold, shape (rows,).

    With fewer groups than two a fold, rows are dealt instead.
    """
    if len(np.unique(groups)) < 2 * count:
        groups = np.arange(len(groups))
    members, order, starts = _by_group(groups)
    label = codes[order[starts[:-1]]]
    tie = np.random.default_rng(seed).permutation(len(label))
    dealt = np.empty(len(label), np.int64)
    dealt[np.lexsort((tie, label))] = np.arange(len(label)) % count
    return np.asarray(dealt[members])


def _by_group(groups: Rows) -> tuple[Rows, Rows, Rows]:
    """Return each row's group as 0.., the rows sorted by group, and where each group starts among them."""
    _, members = np.unique(groups, return_inverse=True)
    order = np.argsort(members, kind="stable")
    starts = np.searchsorted(members[order], np.arange(int(members.max()) + 2))
    return members, order, starts
