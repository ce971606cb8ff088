"""Propose the next requests worth labelling: those that the model doubts, spread over the pool.

Doubt is the margin between the two best labels (Scheffer, Decomain and Wrobel 2001; Settles 2009, "Active
learning literature survey"). Spread is the greedy k-centre choice of core-set selection (Sener and Savarese
2018, "Active learning for convolutional neural networks: a core-set approach"), in the space of the engine's
own hashed n-grams. Each step takes the text with the largest doubt x distance to what was chosen already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..features import HashSpec, featurise, to_csr
from ..normalise import Normalised, reject_reason

_POOL, _EACH = 2000, 50
_SAME = 1e-4  # single precision leaves equal texts up to 1e-5 apart
_FLOOR = 1e-3  # where the model doubts nothing, spread alone decides


@dataclass(frozen=True, slots=True)
class Pick:
    """One text to label next: its position, the doubt in [0, 1] and its distance to the picks before it."""

    row: int
    doubt: float
    distance: float


def doubt(probabilities: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return 1 - (best - second best), the mean over the heads, shape (texts,), in [0, 1].

    probabilities: shape (texts, labels) a head of exclusive labels. Raises InputError without any head of two
    labels or more.
    """
    margins = []
    for p in probabilities.values():
        if p.shape[1] >= 2:
            top = np.partition(p, -2, axis=1)[:, -2:]
            margins.append(1 - (top[:, 1] - top[:, 0]).astype(np.float64))
    if not margins:
        raise InputError("no head has two labels to be in doubt between: choose another model or head.")
    return np.asarray(np.mean(margins, axis=0))


def pick(
    texts: Sequence[str],
    doubts: NDArray[Any],
    count: int,
    *,
    labelled: Sequence[str] = (),
    spec: HashSpec | None = None,
) -> list[Pick]:
    """Choose up to `count` of the normalised texts, in the order to label them in.

    doubts: shape (texts,), from `doubt`; labelled: normalised texts that are labelled already, which the
    choice keeps away from. Texts that are rejected and copies of what was chosen are never proposed; of a
    large pool only the most doubtful are compared. The same input gives the same choice. Raises InputError
    for a count below 1.
    """
    if count < 1:
        raise InputError(f"--count is {count}: ask for 1 row or more.")
    spec = spec or HashSpec(order=2, bits=16)
    able = np.array([i for i, text in enumerate(texts) if _able(text)], np.int64)
    ranked = able[np.argsort(-doubts[able], kind="stable")][: max(_POOL, count * _EACH)]
    if not len(ranked):
        return []
    rows, weight = _unit_rows([texts[i] for i in ranked], spec), np.asarray(doubts)[ranked]
    near = np.ones(len(ranked))
    for start in range(0, len(labelled), 512):
        block = _unit_rows(labelled[start : start + 512], spec)
        near = np.minimum(near, 1 - (rows @ block.T).max(axis=1).toarray()[:, 0])
    chosen: list[Pick] = []
    for _ in range(min(count, len(ranked))):
        best = int(np.argmax((weight + _FLOOR) * near))
        if near[best] <= _SAME:
            break
        chosen.append(Pick(int(ranked[best]), float(weight[best]), float(near[best])))
        near = np.minimum(near, 1 - (rows @ rows[best].T).toarray()[:, 0])
        near[best] = 0
    return chosen


def _able(text: str) -> bool:
    """Say whether the classifier reads a normalised text."""
    return reject_reason(Normalised(text, ())) is None


def _unit_rows(texts: Sequence[str], spec: HashSpec) -> Any:
    """Return hashed n-gram rows of length 1, so that 1 - dot is the cosine distance."""
    from sklearn.preprocessing import normalize

    return normalize(to_csr(featurise(texts, spec), spec))
