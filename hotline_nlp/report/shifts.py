"""Which counts changed by more than chance, from one month to another.

A label's count in two months is compared by the conditional test of two Poisson rates (Przyborowski and
Wilenski 1940, "Homogeneity of results in testing samples from Poisson series", Biometrika 31): given their
sum, the count of the second month is binomial. The months' exposures are their days, each weighted by how
busy its weekday is, so that a fifth Sunday is no fall. Counts of a hotline vary more than Poisson counts do,
so the test is repeated with the variance enlarged by the dispersion of the days (Pearson's X² by its degrees
of freedom, quasi-likelihood; McCullagh and Nelder 1989, "Generalized Linear Models", 4.5) against Student's
t, and the larger p-value counts. All labels of a bulletin are corrected together by the false discovery rate
(Benjamini and Hochberg 1995, J. R. Statist. Soc. B 57).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .figures import Shift
from .ledger import Ledger
from .period import Month

Counts = NDArray[np.int64]
Weights = NDArray[np.float64]
LEVEL, LEAST, SIZE = 0.05, 10, 1.1
"""LEVEL: false discovery rate. LEAST: tickets in both months below which no change could be told from chance.
SIZE: the factor below which a change is too small to report, however sure it is."""
KINDS = {
    "type": "诉求类型",
    "topic": "热点事项",
    "unit": "承办单位",
    "district": "区域",
    "channel": "受理渠道",
}
TOTAL = "总量"
_FITTED = 8
"""Parameters behind the expected counts: two rates and six weekdays."""


def exposures(before: Counts, now: Counts, weekdays: tuple[Counts, Counts]) -> tuple[Weights, Weights]:
    """Return each day's exposure, shape (days,), for two months of daily totals.

    A day counts as much as days of its weekday do on average over both months; a day without any ticket,
    for which the input evidently has no data, counts nothing.
    """
    totals, days = np.concatenate([before, now]), np.concatenate(weekdays)
    used = totals > 0
    sums = np.bincount(days[used], totals[used], 7)
    weights = sums / np.maximum(np.bincount(days[used], minlength=7), 1)
    found = np.where(used, weights[days], 0.0)
    return found[: len(before)], found[len(before) :]


def compare_rates(before: Counts, now: Counts, exposure: tuple[Weights, Weights]) -> tuple[Weights, Weights]:
    """Return (factor, p-value) of each label's daily rate, both of shape (labels,).

    before, now: counts by day, shape (labels, days). The factor is infinite for a label that is new.
    """
    from scipy.stats import binomtest, t

    first, second = before.sum(axis=1), now.sum(axis=1)
    e0, e1 = exposure[0].sum(), exposure[1].sum()
    share = e1 / (e0 + e1)
    both = first + second
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (second / e1) / (first / e0)
    pairs = zip(second.tolist(), both.tolist(), strict=True)
    exact = np.array([binomtest(k, n, share).pvalue if n else 1.0 for k, n in pairs])
    counts = np.concatenate([before, now], axis=1)
    mean = np.concatenate([np.outer(first / e0, exposure[0]), np.outer(second / e1, exposure[1])], axis=1)
    days = int((exposure[0] > 0).sum() + (exposure[1] > 0).sum())
    freedom = max(days - _FITTED, 1)
    residual = np.divide((counts - mean) ** 2, mean, out=np.zeros(mean.shape), where=mean > 0)
    dispersion = np.maximum(residual.sum(axis=1) / freedom, 1.0)
    spread = np.sqrt(np.maximum(dispersion * both * share * (1 - share), 1e-12))
    quasi = 2 * t.sf(np.abs(second - both * share) / spread, freedom)
    return factor, np.maximum(exact, quasi)


def find_shifts(
    ledger: Ledger, bases: Mapping[str, NDArray[np.bool_]], against: Sequence[tuple[str, int]]
) -> tuple[tuple[Shift, ...], int]:
    """Return the notable changes, the surest first, and how many changes were tested.

    bases: for each coded column of KINDS, the rows that are counted. against: (name, months back).
    """
    from scipy.stats import false_discovery_control

    tested: list[tuple[str, str, str, int, int, float, float]] = []
    for name, back in against:
        tested += _against(ledger, bases, name, back)
    if not tested:
        return (), 0
    corrected = false_discovery_control([row[-1] for row in tested], method="bh").tolist()
    found = [
        Shift(*row, q)
        for row, q in zip(tested, corrected, strict=True)
        if q < LEVEL and (row[5] >= SIZE or row[5] <= 1 / SIZE)
    ]
    return tuple(sorted(found, key=lambda s: (s.q, -abs(s.now - s.before)))), len(tested)


def _against(
    ledger: Ledger, bases: Mapping[str, NDArray[np.bool_]], name: str, back: int
) -> list[tuple[str, str, str, int, int, float, float]]:
    other = ledger.month.shift(-back)
    days = {0: _days(ledger, 0, ledger.month), -back: _days(ledger, -back, other)}
    rows = {shift: ledger.rows(shift) for shift in days}
    if not rows[-back].any():
        return []
    one = np.zeros(len(rows[0]), np.int32)
    total = {shift: _daily(one, 1, rows[shift], days[shift]) for shift in days}
    weekdays = (_weekdays(other), _weekdays(ledger.month))
    exposure = exposures(total[-back][0], total[0][0], weekdays)
    found = []
    sets = {TOTAL: (one, [""], np.ones(len(one), bool))}
    sets |= {KINDS[column]: (*ledger.coded(column), base) for column, base in bases.items()}
    for kind, (codes, labels, base) in sets.items():
        before, now = (_daily(codes, len(labels), rows[shift] & base, days[shift]) for shift in (-back, 0))
        some = np.flatnonzero(before.sum(axis=1) + now.sum(axis=1) >= LEAST)
        some = some if kind == TOTAL else np.array([i for i in some if labels[i]], np.int64)
        factor, p = compare_rates(before[some], now[some], exposure)
        for k, row in enumerate(some.tolist()):
            counts = int(before[row].sum()), int(now[row].sum())
            found.append((kind, labels[row] or "全部诉求", name, *counts, float(factor[k]), float(p[k])))
    return found


def _days(ledger: Ledger, shift: int, month: Month) -> tuple[NDArray[np.int64], int]:
    start = np.datetime64(f"{month.year:04d}-{month.month:02d}-01")
    dates = ledger.numbers("date").astype("datetime64[s]").astype("datetime64[D]")
    return np.clip((dates - start).astype(np.int64), 0, month.days - 1), month.days


def _daily(
    codes: NDArray[np.int32], labels: int, rows: NDArray[np.bool_], days: tuple[NDArray[np.int64], int]
) -> Counts:
    """Return counts of shape (labels, days) over some rows."""
    cells = codes[rows].astype(np.int64) * days[1] + days[0][rows]
    return np.bincount(cells, minlength=labels * days[1]).reshape(labels, days[1]).astype(np.int64)


def _weekdays(month: Month) -> Counts:
    first = np.datetime64(f"{month.year:04d}-{month.month:02d}-01").astype(np.int64)
    return (int(first) + 3 + np.arange(month.days, dtype=np.int64)) % 7
