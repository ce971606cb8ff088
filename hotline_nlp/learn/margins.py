"""Mix the fit by log-loss with one by squared hinge loss: two linear models whose mean is one weight matrix.

Their errors differ, as those of an ensemble's members do (Dietterich 2000, "Ensemble methods in machine
learning"), and the mean of linear models scores as fast as one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..calibrate import fit_temperature
from .labels import Target
from .sgd import Floats, SgdConfig, fit_sgd, spans

if TYPE_CHECKING:
    from .linear import FitConfig, HeadData

_PASSES = 10


def mixed(
    texts: Sequence[str],
    heads: Sequence[HeadData],
    fold: NDArray[Any],
    config: FitConfig,
    held: Mapping[str, Floats],
    final: Mapping[str, tuple[Floats, Floats]],
) -> tuple[dict[str, Floats], dict[str, tuple[Floats, Floats]]]:
    """Return held-out logits and weights of the mean of both fits, each over its temperature.

    held, final: those of the fit by log-loss; fold: which rows it left out for `held`, -1 for none. The hinge
    loss takes the likeliest label of a soft target, and no row that weighs less than half of a plain one;
    heads without a share of it stay as they are.
    """
    exclusive = [head for head in heads if head.margins]
    codes = [np.where(h.weight >= 0.5, h.targets.argmax(axis=1), -1).astype(np.int32) for h in exclusive]
    targets = [Target(h.name, h.labels, c) for h, c in zip(exclusive, codes, strict=True)]
    sgd = SgdConfig(l2=config.l2, balance=config.balance, passes=_PASSES, seed=config.seed)
    apart, every = np.flatnonzero(fold < 0), np.arange(len(texts))
    probe, found = (fit_sgd(texts, targets, rows, config.spec, sgd) for rows in (apart, every))
    left = np.flatnonzero(fold >= 0)
    margins = probe.logits([texts[i] for i in left.tolist()], config.spec)
    out, weighed = dict(held), dict(final)
    for head, right, columns in zip(exclusive, codes, spans(targets), strict=True):
        known = right[left] >= 0
        plain, own = held[head.name][left], margins[:, columns]
        t, u = (fit_temperature(z[known], right[left][known]) for z in (plain, own))
        a, b = (1 - head.margins) / t, head.margins / u
        out[head.name] = held[head.name].copy()
        out[head.name][left] = a * plain + b * own
        weights, bias = final[head.name]
        weighed[head.name] = a * weights + b * found.weights[:, columns], a * bias + b * found.bias[columns]
    return out, weighed
