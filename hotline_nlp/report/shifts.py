"""Which counts changed by more than chance, from one month to another.

A label's counts in two months are compared by the conditional test of two Poisson rates (Przyborowski and
Wilenski 1940, "Homogeneity of results in testing samples from Poisson series", Biometrika 31): given their
sum, the count of the second month is binomial. Counts of a hotline vary more than Poisson counts do, so the
test is repeated with the variance enlarged by the dispersion of the days (Pearson's X² by its degrees of
freedom, quasi-likelihood; McCullagh and Nelder 1989, "Generalized Linear Models", 4.5) against Student's t,
and the larger p-value counts.

A label is tested twice: by day, each day weighted by how busy its weekday is, so that a fifth Sunday is no
fall; and by the number of all requests, so that a label that only moves with the total is none of its own.
It must pass both (intersection-union test; Berger 1982, Technometrics 24): again the larger p-value counts.
All labels of a bulletin are corrected together by the false discovery rate (Benjamini and Hochberg 1995,
J. R. Statist. Soc. B 57).
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
Tested = tuple[str, str, str, int, int, float, float]
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
    """Return (factor, p-value) of each label's rate, both of shape (labels,).

    before, now: counts by day, shape (labels, days); exposure: what a rate is by, shape (days,) each. The
    factor is infinite for a label that is new. The p-values are two-sided.
    """
    from scipy.special import bdtr, bdtrc, stdtr

    first, second = before.sum(axis=1), now.sum(axis=1)
    e0, e1 = exposure[0].sum(), exposure[1].sum()
    share, both = e1 / (e0 + e1), first + second
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (second / e1) / (first / e0)
    above = np.where(second > 0, bdtrc(np.maximum(second - 1, 0), both, share), 1.0)
    exact = np.minimum(2 * np.minimum(bdtr(second, both, share), above), 1.0)
    counts = np.concatenate([before, now], axis=1)
    mean = np.concatenate([np.outer(first / e0, exposure[0]), np.outer(second / e1, exposure[1])], axis=1)
    days = int((exposure[0] > 0).sum() + (exposure[1] > 0).sum())
    freedom = max(days - _FITTED, 1)
    residual = np.divide((counts - mean) ** 2, mean, out=np.zeros(mean.shape), where=mean > 0)
    dispersion = np.maximum(residual.sum(axis=1) / freedom, 1.0)
    spread = np.sqrt(np.maximum(dispersion * both * share * (1 - share), 1e-12))
    quasi = 2 * stdtr(freedom, -np.abs(second - both * share) / spread)
    return factor, np.maximum(exact, quasi)


def discovery_rates(p: Sequence[float]) -> list[float]:
    """Return p-values corrected by the step-up procedure of Benjamini and Hochberg."""
    values = np.asarray(p, np.float64)
    order = np.argsort(values)[::-1]
    ranks = np.arange(len(values), 0, -1)
    corrected = np.empty(len(values))
    corrected[order] = np.minimum.accumulate(np.minimum(values[order] * len(values) / ranks, 1.0))
    found: list[float] = corrected.tolist()
    return found


def find_shifts(
    ledger: Ledger, bases: Mapping[str, NDArray[np.bool_]], against: Sequence[tuple[str, int]]
) -> tuple[tuple[Shift, ...], int]:
    """Return the notable changes, the total first and then the surest, and how many changes were tested.

    bases: for each coded column of KINDS, the rows that are counted. against: (name, months back).
    """
    tested: list[Tested] = []
    for name, back in against:
        tested += _against(ledger, bases, name, back)
    corrected = discovery_rates([row[-1] for row in tested])
    found = [
        Shift(*row, q)
        for row, q in zip(tested, corrected, strict=True)
        if q < LEVEL and (row[5] >= SIZE or row[5] <= 1 / SIZE)
    ]
    return tuple(sorted(found, key=lambda s: (s.kind != TOTAL, s.q, -abs(s.now - s.before)))), len(tested)


def _against(ledger: Ledger, bases: Mapping[str, NDArray[np.bool_]], name: str, back: int) -> list[Tested]:
    other = ledger.month.shift(-back)
    days = {0: _days(ledger, 0, ledger.month), -back: _days(ledger, -back, other)}
    rows = {shift: ledger.rows(shift) for shift in days}
    if not rows[-back].any():
        return []
    one = np.zeros(len(rows[0]), np.int32)
    totals = {shift: _daily(one, 1, rows[shift], days[shift])[0] for shift in days}
    by_day = exposures(totals[-back], totals[0], (_weekdays(other), _weekdays(ledger.month)))
    sets = {TOTAL: (one, ["全部诉求"], np.ones(len(one), bool))}
    sets |= {KINDS[column]: (*ledger.coded(column), base) for column, base in bases.items()}
    found: list[Tested] = []
    for kind, (codes, labels, base) in sets.items():
        before, now = (_daily(codes, len(labels), rows[shift] & base, days[shift]) for shift in (-back, 0))
        enough = before.sum(axis=1) + now.sum(axis=1) >= LEAST
        some = np.array([i for i, label in enumerate(labels) if label and enough[i]], np.int64)
        if not len(some):
            continue
        factor, p = compare_rates(before[some], now[some], by_day)
        if kind != TOTAL:
            by_total = (before.sum(axis=0).astype(np.float64), now.sum(axis=0).astype(np.float64))
            relative, own = compare_rates(before[some], now[some], by_total)
            p = np.where((factor > 1) == (relative > 1), np.maximum(p, own), 1.0)
        for k, row in enumerate(some.tolist()):
            counts = int(before[row].sum()), int(now[row].sum())
            found.append((kind, labels[row], name, *counts, float(factor[k]), float(p[k])))
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
