"""Make probabilities mean what they say, and measure whether they do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_FLOOR = 0.05
"""Nats that are added to an entropy, so that its powers stay finite."""
_STEEPEST = 0.3
"""The largest slope: up to here, of two texts the one with the larger logit of two stays the surer one."""
_ENOUGH = 500
"""From this many rows on a slope is fitted beside the temperature."""


def log_softmax(logits: Array) -> Array:
    """Return log-probabilities of logits of shape (texts, labels)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def entropy(logits: Array) -> Array:
    """Return the entropy of the softmax of logits of shape (texts, labels), in nats, shape (texts,)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    odds = np.exp(shifted)
    total = odds.sum(axis=1)
    return np.asarray(np.log(total) - np.einsum("ij,ij->i", odds, shifted) / total)


def tempered(logits: Array, temperature: float, slope: float = 0.0) -> Array:
    """Return logits over the temperature, and over the entropy of that to the power of `slope`; see Head."""
    out = logits * (1 / temperature)
    if slope:
        out *= ((entropy(out) + _FLOOR) ** -slope)[:, None]
    return np.asarray(out)


def brier(logits: Array, labels: NDArray[np.integer[Any]], temperature: float, slope: float) -> float:
    """Return the mean squared distance of the answers' confidence from whether they are right."""
    sure = np.exp(log_softmax(tempered(logits, temperature, slope)).max(axis=1))
    return float(np.square(sure - (logits.argmax(axis=1) == labels)).mean())


def fit_temperature(logits: Array, labels: NDArray[np.integer[Any]], *, noise: float = 0.0) -> float:
    """Return the temperature that minimises the log-loss of held-out logits (Guo et al. 2017).

    logits: shape (texts, labels); labels: shape (texts,), numbers of the right labels; noise: the share of
    labels known to be wrong, taken to fall on any label alike (forward correction, Patrini et al. 2017):
    without it, wrong labels make a model look less sure than it should be.
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        log_p = log_softmax(logits / np.exp(log_temperature))[rows, labels]
        if noise:
            log_p = np.log((1 - noise) * np.exp(log_p) + noise / logits.shape[1])
        return -float(log_p.mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def fit_softmax(
    logits: Array, labels: NDArray[np.integer[Any]], *, noise: float = 0.0
) -> tuple[float, float]:
    """Return the temperature and the slope of a softmax head; no slope for few rows, or noisy ones.

    Without rows they are 1 and 0.
    """
    if not len(labels):
        return 1.0, 0.0
    if noise or len(labels) < _ENOUGH:
        return fit_temperature(logits, labels, noise=noise), 0.0
    return fit_slope(logits, labels)


def fit_slope(logits: Array, labels: NDArray[np.integer[Any]]) -> tuple[float, float]:
    """Return temperature and slope of the entropy that minimise the Brier score of the answers' confidence.

    Entropy-based temperature scaling (Balanya, Ramos and Maroñas 2024; see Head), fitted to what decisions
    hang on: whether the likeliest label is right. logits, labels: as in `fit_temperature`.
    """
    from scipy.optimize import minimize

    def loss(found: Array) -> float:
        return brier(logits, labels, float(np.exp(found[0])), float(found[1]))

    first = np.array([np.log(fit_temperature(logits, labels)), 0])
    best = minimize(loss, first, method="Nelder-Mead", bounds=((-5, 5), (-_STEEPEST, _STEEPEST))).x
    return float(np.exp(best[0])), float(best[1])


def fit_temperature_binary(logits: Array, targets: Array) -> float:
    """Return the temperature for independent labels; logits and targets have shape (texts, labels)."""
    from scipy.optimize import minimize_scalar

    signs = np.where(targets > 0.5, -1.0, 1.0)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0, signs * logits / np.exp(log_temperature)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def best_thresholds(probabilities: Array, targets: Array) -> tuple[float, ...]:
    """Return, for each independent label, the threshold with the best F1 on held-out answers."""
    out = []
    for p, y in zip(probabilities.T, targets.T > 0.5, strict=True):
        order = np.argsort(-p, kind="stable")
        hits = np.cumsum(y[order])
        f1 = 2 * hits / (np.arange(1, len(p) + 1) + max(int(y.sum()), 1))
        out.append(round(float(p[order[int(f1.argmax())]]), 4) if y.any() else 1.01)
    return tuple(out)


def calibration_error(confidence: Array, correct: Array, *, bins: int = 15) -> float:
    """Return the expected calibration error over equal-width bins (Naeini et al. 2015), in [0, 1]."""
    where = np.clip((confidence * bins).astype(int), 0, bins - 1)
    gaps = [
        abs(float(confidence[where == b].mean()) - float(correct[where == b].mean()))
        * float((where == b).mean())
        for b in range(bins)
        if (where == b).any()
    ]
    return float(sum(gaps))
