"""Fit, calibrate and quantise a linear engine from targets, alone or from a model that is fitted already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..artefact import Tensors
from ..calibrate import fit_softmax
from ..decide import Policy, choose_policy
from ..engines.base import LEAST, Floats, Head
from ..engines.linear import LinearEngine, quantise
from ..features import TFIDF, HashSpec, prepared
from .extend import extended
from .labels import Target
from .prior import fit_prior
from .sgd import Progress, Rows, SgdConfig, Weights, fit_sgd, spans
from .split import folds

FOLDS = 4
MANY = 50_000
"""From this many rows on, one part is held out for calibration, and the model is the fit to the rest."""
ENOUGH = 2_000
"""From this many rows on, labels learn against all others also from a base."""
_CALIBRATION = 20_000
_WIDE, _WIDE_BITS = 200, 16
SPEC = HashSpec(bits=18, weighting=TFIDF, least=2)
"""The features of a model that starts from nothing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What to fit: normalised texts, a target a head, groups of near-copies, what to start from, features.

    known: shape (rows,), true for the rows that the base was fitted to: fitted to, not calibrated on.
    """

    texts: Sequence[str]
    targets: tuple[Target, ...]
    groups: Rows
    base: LinearEngine | None
    config: SgdConfig
    spec: HashSpec
    known: NDArray[np.bool_] | None = None

    @classmethod
    def pose(
        cls,
        texts: Sequence[str],
        targets: tuple[Target, ...],
        groups: Rows,
        base: LinearEngine | None,
        config: SgdConfig,
        rows: Rows,
        known: NDArray[np.bool_] | None = None,
        formulas: bool = False,
    ) -> Problem:
        """Choose the features by the rows to fit to: those of the base and what is new, else their own.

        From a base few rows are fitted to by softmax loss, as its logits were; more have their own margins.
        formulas: whether the texts keep operators' openings and closings; a base says so itself.
        """
        own = [texts[i] for i in rows]
        if base is not None:
            config = replace(config, loss="softmax" if len(rows) < ENOUGH else "hinge")
            base = extended(base, own)
            return cls(texts, targets, groups, base, config, base.spec, known)
        outputs = sum(len(target.labels) for target in targets)
        plain = replace(SPEC, bits=_WIDE_BITS) if outputs > _WIDE else SPEC
        return cls(texts, targets, groups, None, config, prepared(own, replace(plain, formulas=formulas)))

    def fit(self, rows: Rows, progress: Progress | None = None) -> Weights:
        """Fit to the rows given."""
        options: dict[str, Any] = {"progress": progress}
        if self.base is None:
            return fit_sgd(self.texts, self.targets, rows, self.spec, self.config, **options)
        prior = fit_prior(self.base, self.texts, self.targets, rows, self.config)
        found = fit_sgd(
            self.texts, self.targets, rows, self.spec, self.config, offset=prior.offset, **options
        )
        return prior.fold(found)

    def logits(self, found: Weights, rows: Rows) -> Floats:
        """Return logits of the rows, shape (rows, outputs)."""
        return found.logits([self.texts[i] for i in rows], self.spec)


@dataclass(frozen=True, slots=True)
class Built:
    """Heads with their temperatures, the decision, and the tensors of the engine."""

    heads: tuple[Head, ...]
    policy: Policy
    tensors: Tensors


def build(
    problem: Problem, rows: Rows, *, error_rate: float, delta: float, progress: Progress | None = None
) -> Built:
    """Fit to the rows given; calibrate and choose the decision on answers to rows that no fit had seen.

    The error rate of the decision holds by approximation: temperature and slope come from the same answers,
    and with fewer than MANY rows these are of fits to three quarters, while the model is fitted to all.
    """
    say = progress or (lambda line: None)
    new = np.ones(len(rows), bool) if problem.known is None else ~problem.known[rows]
    if len(rows) < MANY:
        held, logits = rows[new], _left_out(problem, rows, say)[new]
        say(f"final fit on {len(rows):,} rows")
        found = problem.fit(rows, progress)
    else:
        fresh = rows[new]
        held = fresh[_dealt(problem, fresh, FOLDS if len(fresh) < MANY else 10) == 0][:_CALIBRATION]
        fitted = np.setdiff1d(rows, held)
        say(f"fit on {len(fitted):,} rows, calibration on {len(held):,}")
        found = problem.fit(fitted, progress)
        logits = problem.logits(found, held)
    return assemble(problem, found, calibrate(problem, logits, held), held, logits, error_rate, delta)


def _dealt(problem: Problem, rows: Rows, count: int) -> NDArray[np.int64]:
    return folds(problem.groups[rows], problem.targets[-1].codes[rows], count, problem.config.seed)


def _left_out(problem: Problem, rows: Rows, say: Progress) -> Floats:
    """Return logits of the rows, each from a fit that left its fold out."""
    fold = _dealt(problem, rows, FOLDS)
    logits = np.zeros((len(rows), spans(problem.targets)[-1].stop), np.float32)
    for number in range(FOLDS):
        say(f"calibration fit {number + 1} of {FOLDS}")
        logits[fold == number] = problem.logits(problem.fit(rows[fold != number]), rows[fold == number])
    return logits


def calibrate(problem: Problem, logits: Floats, rows: Rows) -> tuple[Head, ...]:
    """Return the heads with temperatures, slopes and priors from logits of rows that were not fitted to.

    The prior is the mean probability there, which a balanced fit with a temperature moves from the shares of
    the labels: what corrects for other shares divides by what the probabilities hold. Without rows it is ().
    """
    heads = []
    for target, columns in zip(problem.targets, spans(problem.targets), strict=True):
        codes = target.codes[rows]
        known = codes >= 0
        scores = logits[known][:, columns]
        t, slope = fit_softmax(scores.astype(np.float64), codes[known])
        head = Head(target.name, "softmax", target.labels, round(t, 4), slope=round(slope, 4))
        if len(scores):
            head = replace(head, prior=stated(head.probabilities(scores).mean(axis=0)))
        heads.append(head)
    return tuple(heads)


def stated(shares: NDArray[Any]) -> tuple[float, ...]:
    """Return shares of labels as a manifest states them: to six digits, none of them 0."""
    return tuple(np.maximum(np.round(shares.astype(np.float64), 6), LEAST).tolist())


def assemble(
    problem: Problem,
    found: Weights,
    heads: tuple[Head, ...],
    held: Rows,
    logits: Floats,
    error_rate: float,
    delta: float,
) -> Built:
    """Join the parts; `decision` follows unit, also one that the base brings, else the last head."""
    target, columns = problem.targets[-1], spans(problem.targets)[-1]
    codes = target.codes[held]
    known = codes >= 0
    p = heads[-1].probabilities(logits[known][:, columns])
    right = np.asarray(p.argmax(axis=1) == codes[known])
    policy = choose_policy(
        p.max(axis=1),
        right,
        head=target.name,
        error_rate=error_rate,
        delta=delta,
        groups=problem.groups[held][known],
    )
    kept = others(problem)[0]
    if problem.base is not None and any(head.name == "unit" for head in kept):
        policy = Policy.from_dict(problem.base.manifest["decision"])
    return Built(heads + kept, policy, pack(problem, found))


def pack(problem: Problem, found: Weights) -> Tensors:
    """Quantise weights and put the base's other heads beside them, as they are."""
    weights, step = quantise(found.weights)
    bias = found.bias.astype(np.float32)
    kept, columns = others(problem)
    if problem.base is not None and kept:
        base = problem.base
        weights = np.concatenate([weights, base.weights[:, columns]], axis=1)
        step, bias = np.concatenate([step, base.step[columns]]), np.concatenate([bias, base.bias[columns]])
    table = problem.spec.tensors()
    return {"weights": weights, "step": step, "bias": bias, **table}


def others(problem: Problem) -> tuple[tuple[Head, ...], NDArray[np.int64]]:
    """Return the base's heads that are not trained anew, and their columns."""
    names = {target.name for target in problem.targets}
    kept, columns, start = list[Head](), list[int](), 0
    for head in problem.base.heads if problem.base is not None else ():
        stop = start + len(head.labels)
        if head.name not in names:
            kept.append(head)
            columns += range(start, stop)
        start = stop
    return tuple(kept), np.array(columns, np.int64)
