"""Test whether something came up more often this month than in the months before, many things at once.

What a month counts is taken as negative binomial: Poisson counts whose rate is known from the past alone (a
Gamma posterior under Jeffreys' prior; Gelman et al. 2013, "Bayesian data analysis", section 2.6), widened by
how much the past months vary among themselves (quasi-likelihood, McCullagh and Nelder 1989, section
4.5). Where the past holds the same month of another year, the rise must hold against that month alone
too, so that what comes each winter is not news. p-values are corrected by Holm 1979, which holds
whatever their dependence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SHRINK = 6.0
"""Months that the common variation counts for when a word's own is estimated."""


def dispersion(past: Floats, sizes: Floats) -> Floats:
    """Return how much more than Poisson each row varies over the months, at least 1, shape (rows,).

    past: counts, shape (rows, months); sizes: tickets a month. A row's own figure is drawn towards the
    mean of all rows, since few months tell little.
    """
    months = past.shape[1]
    if months < 2:
        return np.ones(len(past))
    expected = past.sum(axis=1, keepdims=True) * (sizes / sizes.sum())
    usable = expected.min(axis=1) >= 1
    own = ((past - expected) ** 2 / np.maximum(expected, 0.5)).sum(axis=1) / (months - 1)
    common = max(float(own[usable].mean()), 1.0) if usable.any() else 1.0
    mixed = (own * (months - 1) + common * SHRINK) / (months - 1 + SHRINK)
    return np.maximum(np.where(usable, mixed, common), 1.0)


def rise(
    now: Floats, size: float, past: Floats, sizes: Floats, seasons: Sequence[int] = ()
) -> tuple[Floats, Floats]:
    """Return the expected counts and the p-values of the counts of this month, each of shape (rows,).

    now: counts, shape (rows,); size: tickets of this month; past: shape (rows, months); sizes: tickets
    of each past month; seasons: the past months that are this month of another year.
    """
    wide = dispersion(past, sizes)
    total, expected = past.sum(axis=1), past.sum(axis=1) * size / sizes.sum()
    p = _tail(now, total, size / (size + sizes.sum()), wide)
    for month in seasons:
        p = np.maximum(p, _tail(now, past[:, month], size / (size + sizes[month]), wide))
        expected = np.maximum(expected, past[:, month] * size / sizes[month])
    return expected, p


def _tail(now: Floats, before: Floats, share: float, wide: Floats) -> Floats:
    """Return P(count >= now) of a negative binomial, its counts divided by the dispersion."""
    from scipy.special import betainc

    return np.asarray(
        np.where(now > 0, betainc(np.maximum(now / wide, 1e-9), before / wide + 0.5, share), 1.0)
    )


def holm(p: Floats) -> Floats:
    """Return Holm-adjusted p-values, shape (tests,)."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * (len(p) - np.arange(len(p)))
    out = np.empty_like(p)
    out[order] = np.minimum(np.maximum.accumulate(scaled), 1.0) if len(p) else scaled
    return out


def counts(words: NDArray[Any], owners: NDArray[Any], known: int) -> Floats:
    """Return by how many owners each of `known` words is named, shape (known,); an owner counts once."""
    inside = words < known
    pairs = words[inside].astype(np.int64) + owners[inside].astype(np.int64) * known
    pairs.sort()  # np.unique's hash table takes several times the memory
    once = np.ones(len(pairs), bool)
    np.not_equal(pairs[1:], pairs[:-1], out=once[1:])
    return np.bincount(pairs[once] % known, minlength=known).astype(np.float64)
