"""Correct probabilities for label shift: a place or a month where the same labels come in other shares.

The premise is that requests of one label read alike everywhere, p(x | y) fixed, and only the shares p(y)
differ. Then p'(y | x) is p(y | x) * p'(y) / p(y), scaled to sum to 1; where p'(y) is not known, it is
estimated from the probabilities of an unlabelled month (EM or BBSE). Classifier.adapted uses EM, and a Head
applies what was found (hotline_nlp.engines.shares).

Sources: Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
probabilities"; Lipton, Wang and Smola 2018, "Detecting and correcting for label shift with black box
predictors"; Alexandari, Kundaje and Shrikumar 2020, "Maximum likelihood with bias-corrected calibration is
hard-to-beat at label shift adaptation".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibrate import log_softmax
from ..errors import InputError

Array = NDArray[Any]
Floats = NDArray[np.float64]
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class BiasCorrection:
    """A temperature and a bias a label, shape (labels,), that make mean probabilities equal label shares.

    A model fitted with class weights, or regularised hard, carries shares of its own in its probabilities;
    the corrections of this module need the true ones.
    """

    temperature: float
    bias: Floats

    def probabilities(self, logits: Array) -> Floats:
        """Return probabilities of logits, both of shape (texts, labels)."""
        return np.asarray(np.exp(log_softmax(logits / self.temperature + self.bias)))


def fit_bias(logits: Array, labels: NDArray[np.integer[Any]], *, l2: float = 1e-3) -> BiasCorrection:
    """Fit bias-corrected temperature scaling (Alexandari et al. 2020) to held-out logits.

    logits: shape (texts, labels); labels: shape (texts,), numbers of the right labels. A slight penalty on
    the bias, `l2` a text, keeps labels that no text has in bounds. Raises InputError where there is no text.
    """
    from scipy.optimize import minimize

    if len(labels) == 0:
        raise InputError("no held-out answers were given: a correction needs some to be fitted to.")
    rows, count = np.arange(len(labels)), logits.shape[1]
    hits = np.bincount(labels, minlength=count)
    scores = logits.astype(np.float64)

    def loss(free: Array) -> tuple[float, Array]:
        scaled = scores * np.exp(-free[0])
        log_p = log_softmax(scaled + free[1:])
        p = np.exp(log_p)
        by_score = p.copy()
        by_score[rows, labels] -= 1
        grad = np.concatenate([[-(by_score * scaled).sum()], p.sum(axis=0) - hits]) / len(labels)
        grad[1:] += l2 * free[1:]
        return float(-log_p[rows, labels].mean() + l2 / 2 * (free[1:] ** 2).sum()), grad

    found = minimize(
        loss, np.zeros(count + 1), jac=True, method="L-BFGS-B", bounds=[(-3, 3)] + [(-9, 9)] * count
    )
    return BiasCorrection(float(np.exp(found.x[0])), found.x[1:] - found.x[1:].mean())


def shares_of(labels: NDArray[np.integer[Any]], count: int) -> Floats:
    """Return the share of each of `count` labels, shape (count,); labels: shape (texts,), numbers."""
    seen = np.bincount(labels, minlength=count).astype(np.float64)
    return np.asarray(seen / max(seen.sum(), 1))


def reweight(probabilities: Array, source: Array, target: Array) -> Floats:
    """Return probabilities, shape (texts, labels), as they stand where labels come in the target shares.

    source, target: shape (labels,), shares behind the probabilities given and behind those wanted. A text
    whose labels all have a target share of 0 keeps its probabilities.
    """
    scaled = probabilities * (target / np.maximum(source, _TINY))
    total = scaled.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > _TINY, scaled / np.maximum(total, _TINY), probabilities), np.float64)


def em_shares(
    probabilities: Array,
    source: Array,
    *,
    strength: float = 0.0,
    iterations: int = 1000,
    tolerance: float = 1e-7,
) -> Floats:
    """Estimate a month's label shares, shape (labels,), from its unlabelled texts (Saerens et al. 2002).

    probabilities: shape (texts, labels), calibrated for shares `source`. The estimate climbs to the maximum
    of the month's likelihood. strength: so many texts the shares before count beside the month's; it climbs
    to the mode of the posterior then, under a Dirichlet prior around them (a prior on shares as in Sulc and
    Matas 2019, "Improving CNN classifiers by estimating test-time priors"), which few texts or many labels
    need. Raises InputError where there is no text.
    """
    if len(probabilities) == 0:
        raise InputError("no texts were given: shares can't be estimated from nothing.")
    shares = np.asarray(source, np.float64)
    before = strength * shares / shares.sum()
    for _ in range(iterations):
        seen = reweight(probabilities, source, shares).sum(axis=0)
        update = (seen + before) / (len(probabilities) + strength)
        done = float(np.abs(update - shares).sum()) < tolerance
        shares = update
        if done:
            break
    return shares


def bbse_shares(
    held_out: Array, labels: NDArray[np.integer[Any]], month: Array, *, ridge: float = 1e-3
) -> Floats:
    """Estimate a month's label shares, shape (labels,), by black-box shift estimation (Lipton et al. 2018).

    held_out, labels: probabilities (texts, labels) and right labels (texts,) of texts the model was not
    fitted to; month: probabilities of the month's texts. Solves C w = m for the weight of each label, w >= 0,
    where C[i, j] is the joint mean of answering i and being j, with probabilities as soft answers. A small
    ridge towards w = 1 (no shift) steadies labels that are seldom seen (Azizzadenesheli et al. 2019). Raises
    InputError where either set is empty.
    """
    from scipy.optimize import nnls

    if len(held_out) == 0 or len(month) == 0:
        raise InputError("held-out answers and a month's texts are both needed to estimate shares.")
    count = held_out.shape[1]
    source = shares_of(labels, count)
    truth = np.zeros((len(labels), count))
    truth[np.arange(len(labels)), labels] = 1
    joint = held_out.T @ truth / len(labels)
    # The ridge's rows pull each weight to 1.
    left = np.concatenate([joint, ridge * np.eye(count)])
    weight, _ = nnls(left, np.concatenate([month.mean(axis=0), ridge * np.ones(count)]))
    shares = weight * source
    return np.asarray(shares / shares.sum() if shares.sum() > 0 else source)
