"""Give a fitted model room for n-grams and words that only the new texts hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..engines.linear import LinearEngine
from ..features import frequent, with_rarity
from ..vocabulary import LIMIT

LEAST = 2
"""An n-gram that only one new text holds teaches nothing about another."""
MOST = 200_000
"""Rows that are added at most."""


def extended(engine: LinearEngine, texts: Sequence[str]) -> LinearEngine:
    """Return an engine of the same answers with rows of zeros for what is new in normalised texts.

    Without a vocabulary every n-gram has its row already, and the engine comes back as it is. What the new
    rows add to a text's length lowers its scores a little, for the old heads too.
    """
    spec = engine.spec
    if spec.vocabulary is None:
        return engine
    hashes = frequent(texts, spec, LEAST)
    hashes = hashes[spec.vocabulary.rows(hashes) < 0][: min(MOST, LIMIT - spec.known)]
    vocabulary, added = spec.vocabulary.extended(hashes, spec.known)
    wider = replace(spec, vocabulary=vocabulary, known=spec.known + added)
    tensors = {"step": engine.step, "bias": engine.bias}
    if spec.rarity is not None:
        fresh = with_rarity(texts, wider).rarity
        assert fresh is not None  # the weighting is TF-IDF
        wider = replace(wider, rarity=np.concatenate([spec.rarity, fresh[spec.known :]]))
    zeros = np.zeros((added, engine.weights.shape[1]), np.int8)
    tensors |= {"weights": np.concatenate([engine.weights, zeros]), **wider.tensors()}
    return LinearEngine(engine.manifest, tensors)
