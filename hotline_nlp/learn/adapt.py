"""Estimate from a month's unlabelled texts in which shares its labels come, by EM (Saerens et al. 2002).

When not to use it. With few texts the estimate is mostly chance, so fewer than 200 are refused, and a
thousand are better. With many labels it does harm: on months drawn from labelled requests it raised the
accuracy of types and lowered that of the 46 topics (`python -m benchmarks shift`); give known shares there,
or leave them. And it sees moved shares only: where requests of one label read differently than they used to
(a new city, a new form of words, see `hotline-nlp drift`), it takes the difference for other shares, and only
new labels help.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..engines.shares import prior_of
from ..errors import InputError
from ..normalise import has_content, normalise
from .evaluate import probabilities
from .shift import em_shares

if TYPE_CHECKING:
    from ..classifier import Classifier

FEWEST, MOST = 200, 100_000
"""Texts below which nothing is estimated, and texts that are read at most, spread evenly."""


def estimated(clf: Classifier, texts: Sequence[str], head: str = "type") -> dict[str, float]:
    """Return the share of each label of a head among raw texts, {label: share}, summing to 1.

    The shares that the classifier answers for now are where the search begins. Texts without words are left
    out. Raises InputError for a head that the model lacks or whose labels do not exclude each other, and for
    fewer than 200 texts.
    """
    mine = next((h for h in clf.engine.heads if h.name == head), None)
    if mine is None:
        raise InputError(f"the model has no head {head!r}: choose one of {', '.join(clf.labels)}.")
    prior = prior_of(mine)
    picked = np.linspace(0, len(texts) - 1, min(len(texts), MOST)).astype(int).tolist()
    plain = [found.text for found in (normalise(texts[i]) for i in picked) if has_content(found)]
    if len(plain) < FEWEST:
        raise InputError(
            f"only {len(plain)} texts can be read: give {FEWEST} or more, better a month, or known shares."
        )
    shares = em_shares(probabilities(clf.engine, plain)[head], np.array(mine.shares or prior))
    return dict(zip(mine.labels, shares.tolist(), strict=True))
