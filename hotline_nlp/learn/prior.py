"""Start from a model that is already fitted, also where the labels are new: its answers are features.

A new head starts as a linear map of the old model's logits, fitted to the rows at hand, and then learns what
is left from the n-grams. Both steps are linear in the n-grams, so they fold into one weight matrix: the model
that comes out has the size and the speed of one that was fitted alone. It is the idea of stacked
generalisation (Wolpert 1992) and of a prior centred on another model's weights (Chelba and Acero 2006,
"Adaptation of maximum entropy capitalizer").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engines.linear import LinearEngine
from .labels import Target
from .sgd import Floats, Rows, SgdConfig, Weights, row_weights
from .softmax import fit

_ROWS = 20_000
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Prior:
    """What an old model knows of new heads: map of shape (old outputs, new outputs) and bias."""

    engine: LinearEngine
    map: Floats
    bias: Floats

    def offset(self, texts: Sequence[str]) -> Floats:
        """Return the new heads' logits as the old model alone would give them, shape (texts, outputs)."""
        return old_logits(self.engine, texts) @ self.map + self.bias

    def fold(self, found: Weights) -> Weights:
        """Return one set of weights that gives the old model's part and the found part added up."""
        w = found.weights
        for start in range(0, len(w), _BLOCK):
            block = slice(start, start + _BLOCK)
            w[block] += (self.engine.weights[block] * self.engine.step) @ self.map
        bias = found.bias + self.engine.bias @ self.map + self.bias
        return Weights(w, np.asarray(bias, np.float32))


def old_logits(engine: LinearEngine, texts: Sequence[str]) -> Floats:
    """Return all logits of an engine side by side, shape (texts, outputs)."""
    found = engine.logits(texts)
    return np.concatenate([found[head.name] for head in engine.heads], axis=1)


def fit_prior(
    engine: LinearEngine,
    texts: Sequence[str],
    targets: Sequence[Target],
    rows: Rows,
    config: SgdConfig,
    *,
    l2: float = 1.0,
) -> Prior:
    """Fit the map on at most 20,000 of the rows; it starts from what old and new labels have in common."""
    if len(rows) > _ROWS:
        rows = np.sort(np.random.default_rng(config.seed).choice(rows, _ROWS, replace=False))
    logits = old_logits(engine, [texts[i] for i in rows])
    size = max(float(np.sqrt((logits**2).mean())), 1e-6)
    maps, biases = [], []
    for target in targets:
        codes = target.codes[rows]
        start = same_labels(engine, target) * size
        known = np.flatnonzero(codes >= 0)
        found = _map(logits[known] / size, codes[known], target, start, config, l2)
        maps.append(found[0] / size)
        biases.append(found[1])
    return Prior(engine, np.concatenate(maps, axis=1), np.concatenate(biases))


def same_labels(engine: LinearEngine, target: Target) -> Floats:
    """Return ones where an old output and a new label have the same head and name, (old, new) outputs."""
    old = [(head.name, label) for head in engine.heads for label in head.labels]
    place = {pair: i for i, pair in enumerate(old)}
    out = np.zeros((len(old), len(target.labels)), np.float32)
    for j, label in enumerate(target.labels):
        if (target.name, label) in place:
            out[place[target.name, label], j] = 1
    return out


def _map(
    logits: Floats, codes: NDArray[np.int32], target: Target, start: Floats, config: SgdConfig, l2: float
) -> tuple[Floats, Floats]:
    from scipy.sparse import csr_matrix

    labels = len(target.labels)
    if not len(codes):
        return start, np.zeros(labels, np.float32)
    found = fit(
        csr_matrix(logits),
        np.eye(labels, dtype=np.float32)[codes],
        kind=config.loss,
        weight=row_weights(codes, labels, config.balance),
        l2=l2,
        start=(start, np.zeros(labels, np.float32)),
        max_iterations=60,
    )
    return found.weights, found.bias
