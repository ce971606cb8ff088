"""Softmax, sigmoid and squared hinge loss with a penalty on sparse rows, with hard or soft targets.

Soft targets are what a teacher's probabilities are poured in by (Hinton et al. 2015, "Distilling the
knowledge in a neural network"); scikit-learn's solvers take hard labels only, hence this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Solution:
    """Weights of shape (buckets, labels) and bias of shape (labels,), float32, and how the solver ended."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    iterations: int
    loss: float


def rarity(rows: Any) -> NDArray[np.float32]:
    """Return the smoothed inverse document frequency of each bucket, shape (buckets,)."""
    seen = np.bincount(rows.indices, minlength=rows.shape[1])
    return np.asarray(np.log((1 + rows.shape[0]) / (1 + seen)) + 1, np.float32)


def _residual(kind: str, scores: Array, targets: Array, weight: Array) -> tuple[float, Array]:
    """Return the summed loss and its gradient by the scores, both weighted by row."""
    if kind == "softmax":
        shifted = scores - scores.max(axis=1, keepdims=True)
        exp = np.exp(shifted)
        total = exp.sum(axis=1, keepdims=True)
        loss = float((weight * (np.log(total)[:, 0] - (targets * shifted).sum(axis=1))).sum(dtype=np.float64))
        return loss, (exp / total - targets) * weight[:, None]
    if kind == "hinge":  # one label against all others; targets are 0 or 1
        short = np.where(targets > 0, np.minimum(scores - 1, 0), np.maximum(scores + 1, 0)) * weight[:, None]
        return 0.5 * float((short**2 / np.maximum(weight, 1e-12)[:, None]).sum(dtype=np.float64)), short
    # A NaN target means that this label is unknown for this row.
    known = ~np.isnan(targets)
    filled = np.where(known, targets, 0)
    loss_each = np.where(known, np.logaddexp(0, scores) - filled * scores, 0)
    grad = np.where(known, 1 / (1 + np.exp(-scores)) - filled, 0)
    return float((weight[:, None] * loss_each).sum(dtype=np.float64)), grad * weight[:, None]


def fit(
    rows: Any,
    targets: Array,
    *,
    kind: Literal["softmax", "sigmoid", "hinge"] = "softmax",
    weight: Array | None = None,
    l2: float = 1.0,
    scale: Array | None = None,
    start: tuple[Array, Array] | None = None,
    max_iterations: int = 80,
) -> Solution:
    """Minimise weighted log-loss, or half the squared hinge loss, + l2 / 2 * |W - start|^2 by L-BFGS (scipy).

    rows: CSR matrix (texts, buckets); targets: (texts, labels), rows summing to 1 for softmax;
    scale: (buckets,), multiplies each bucket, so that rare ones cost less to use; start: weights and bias
    that the penalty pulls towards (what a packaged model knows), else zeros.
    """
    from scipy.optimize import minimize

    used = np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]))
    x = rows[:, used].astype(np.float32)
    factor = np.ones(len(used), np.float32) if scale is None else scale[used].astype(np.float32)
    x.data *= factor[x.indices]
    xt = x.T.tocsr()
    labels = targets.shape[1]
    weight = np.ones(len(targets), np.float32) if weight is None else weight.astype(np.float32)
    targets = targets.astype(np.float32)
    size = len(used) * labels
    base = np.zeros((rows.shape[0], labels), np.float32)
    if start is not None:
        base = np.asarray(rows @ start[0].astype(np.float32) + start[1].astype(np.float32))

    def objective(flat: Array) -> tuple[float, Array]:
        w = flat[:size].reshape(len(used), labels)
        scores = base + x @ w.astype(np.float32) + flat[size:].astype(np.float32)
        loss, residual = _residual(kind, scores, targets, weight)
        grad = np.empty_like(flat)
        grad[:size] = np.asarray(xt @ residual).ravel()
        grad[:size] += l2 * flat[:size]
        grad[size:] = residual.sum(axis=0)
        return loss + 0.5 * l2 * float(flat[:size] @ flat[:size]), grad

    found = minimize(
        objective,
        np.zeros(size + labels),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iterations, "maxcor": 6, "ftol": 1e-6},
    )
    weights = np.zeros((rows.shape[1], labels), np.float32)
    weights[used] = found.x[:size].reshape(len(used), labels) * factor[:, None]
    bias = found.x[size:].astype(np.float32)
    if start is not None:
        weights, bias = weights + start[0], bias + start[1]
    return Solution(weights, bias, int(found.nit), float(found.fun))
