"""Estimate from a month's unlabelled texts in which shares its labels come, by EM (Saerens et al. 2002).

The shares that the model was fitted to count for ten texts a label beside the month's: without them a rare
label that a model gives a little more probability than its share can take a large part of a month.

When not to use it. Few texts say little: fewer than 200 are refused, a thousand are better, and of many
labels the estimate is mostly what was fitted to until there are more than ten texts for each. On months of
1,000 drawn from labelled requests, by `python -m benchmarks care`, it took the accuracy of types from 0.864
to 0.890 where their shares had moved and from 0.882 to 0.883 where not; that of the 46 topics from 0.814 to
0.824 and from 0.823 to 0.816, that of the 36 units from 0.821 to 0.831 and from 0.825 to 0.826. So many
labels pay only where shares have moved, and known shares are better. An estimate far above what the model
answers, as of many copies of one text, is refused. And it sees moved shares only: where requests of one
label read differently than they used to (a new city, a new form of words, see `hotline-nlp drift`), it takes
the difference for other shares, and only new labels help.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import keeps_formulas
from ..engines.shares import prior_of
from ..errors import InputError
from ..normalise import normalise, reject_reason
from .evaluate import probabilities
from .shift import em_shares, shares_of

if TYPE_CHECKING:
    from ..classifier import Classifier
    from ..engines.base import Head

FEWEST, MOST = 200, 100_000
"""Texts below which nothing is estimated, and texts that are read at most, spread evenly."""
STEADY = 10
"""Texts that the fitted shares count for beside the month's, for each label; chosen on drawn months."""
MANY, TIMES, POINTS = 10, 2, 0.05
"""Labels above which a head is named as one of many; how far above its answers an estimate may stand."""
Floats = NDArray[np.float64]


def estimated(clf: Classifier, texts: Sequence[str], head: str = "type") -> dict[str, float]:
    """Return the share of each label of a head among raw texts, {label: share}, summing to 1.

    Shares that the classifier answers for now make no difference. Texts that are rejected, without a
    Chinese character, are left out. Raises InputError for a head that the model lacks or whose labels do not
    exclude each other, for fewer than 200 texts, and where the estimate gives a label far more than the
    model's answers do.
    """
    mine = next((h for h in clf.engine.heads if h.name == head), None)
    if mine is None:
        raise InputError(f"the model has no head {head!r}: choose one of {', '.join(clf.labels)}.")
    prior = prior_of(mine)
    picked = np.linspace(0, len(texts) - 1, min(len(texts), MOST)).astype(int).tolist()
    whole = keeps_formulas(clf.engine)
    read = (normalise(texts[i], formulas=whole) for i in picked)
    plain = [found.text for found in read if reject_reason(found) is None]
    if len(plain) < FEWEST:
        raise InputError(
            f"only {len(plain)} texts can be read: give {FEWEST} or more, better a month, or known shares."
        )
    # A share of 0 that is answered for now would stay 0, so the search begins from the fitted shares.
    engine = copy.copy(clf.engine)
    engine.heads = tuple(replace(h, shares=()) for h in engine.heads)
    p = probabilities(engine, plain)[head]
    shares = month_shares(p, prior)
    check(mine, shares, shares_of(p.argmax(axis=1), len(prior)), prior)
    return dict(zip(mine.labels, shares.tolist(), strict=True))


def month_shares(p: NDArray[Any], prior: Floats) -> Floats:
    """Return the shares of labels, (labels,), that a month's probabilities, (texts, labels), speak for."""
    return em_shares(p, prior, strength=STEADY * len(prior))


def many(head: str, labels: Sequence[str]) -> list[str]:
    """Return a sentence of caution for a head of many labels, none for one of few."""
    if len(labels) <= MANY:
        return []
    return [
        f"{head} has {len(labels)} labels, and shares estimated for many labels can make answers worse: "
        "measure with evaluate on labelled rows before you use it, or give known shares."
    ]


def above(shares: Floats, answered: Floats, source: Floats) -> tuple[Floats, Floats]:
    """Return how many times and how far shares exceed those of the answers, or of the fitted rows if more."""
    usual = np.maximum(np.maximum(answered, source), 1e-12)
    return shares / usual, shares - usual


def check(head: Head, shares: Floats, answered: Floats, source: Floats) -> None:
    """Raise InputError for shares, shape (labels,), that the model's answers do not bear out."""
    # On drawn months (`python -m benchmarks care`) types come to at most 1.2 times the answers, topics to 1.3
    # and units to 7.8, by at most 0.021 of the month: none is refused.
    times, points = above(shares, answered, source)
    over = np.where(times > TIMES, points, 0)
    worst = int(over.argmax())
    if over[worst] > POINTS:
        raise InputError(
            f"the shares of {head.name!r} can't be estimated from these texts: {head.labels[worst]!r} would "
            f"come to {shares[worst]:.1%}, yet the model answers it on {answered[worst]:.1%} of them: give "
            "known shares, or leave this head as it is."
        )
