"""Fit every head of a linear engine, calibrate it on texts that it was not fitted to, and quantise it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..artefact import Tensors, libraries
from ..calibrate import best_thresholds, fit_softmax, fit_temperature_binary
from ..decide import Policy, choose_policy
from ..engines.base import Floats, Head, Kind
from ..engines.linear import KIND, quantise
from ..features import HashSpec, featurise, prepared, to_csr, word_rows
from .margins import mixed
from .softmax import fit, rarity

Array = NDArray[Any]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class HeadData:
    """What is known of one head: targets (texts, labels), hard or soft; a row of weight 0 is unknown.

    `l2` is the head's own penalty and `rare` its own power of rarity, in the place of the configuration's.
    `margins` is the share of a fit by squared hinge loss in its mean with that by log-loss; see margins.py.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    targets: Array
    weight: Array
    l2: float | None = None
    rare: float | None = None
    margins: float = 0.0


@dataclass(frozen=True)
class FitConfig:
    """How to fit: features, penalty, class balance (0 none, 1 full), error rate of `auto`, seed.

    rare: power of the inverse document frequency that a row is multiplied by; the more, the cheaper are rare
    rows to use. word_weight: what the rows of words are multiplied by beside those of n-grams.
    adjust: how much of a label's log share is taken off its logit; see `adjusted`.
    noise: share of labels known to be wrong, for the calibration.
    """

    spec: HashSpec = field(default_factory=HashSpec)
    l2: float = 0.1
    balance: float = 0.5
    rare: float = 1.0
    word_weight: float = 1.0
    adjust: float = 0.0
    noise: float = 0.0
    error_rate: float = 0.1
    delta: float = 0.05
    max_iterations: int = 80
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest."""
        names = (
            "l2",
            "balance",
            "rare",
            "word_weight",
            "adjust",
            "noise",
            "error_rate",
            "delta",
            "max_iterations",
            "seed",
        )
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Fitted:
    """A fitted engine's manifest parts and tensors, and the held-out logits that it was calibrated on."""

    heads: tuple[Head, ...]
    policy: Policy
    tensors: Tensors
    held_out: dict[str, Floats]
    config: FitConfig

    def manifest(self, **more: Any) -> dict[str, Any]:
        """Return the manifest, with what the caller adds (name, version, data, metrics)."""
        return {
            "kind": KIND,
            **more,
            "features": self.config.spec.to_dict(),
            "heads": [head.to_dict() for head in self.heads],
            "decision": self.policy.to_dict(),
            "fit": self.config.to_dict(),
            "libraries": libraries(),
        }


def balanced(head: HeadData, power: float) -> Array:
    """Return row weights that lift rare classes: (class share) ** -power, with a mean of 1."""
    if head.kind == "sigmoid" or power == 0:
        return head.weight
    known = head.weight > 0
    share = head.targets[known].sum(axis=0) + 1e-6
    factor = head.targets[known] @ (share / share.sum()) ** -power
    out = np.zeros(len(head.weight))
    out[known] = (
        head.weight[known] * factor * (head.weight[known].sum() / (head.weight[known] * factor).sum())
    )
    return out


def fit_heads(
    rows: Any,
    heads: Sequence[HeadData],
    config: FitConfig,
    *,
    words: Array | None = None,
    only: Array | None = None,
    start: dict[str, tuple[Array, Array]] | None = None,
    progress: Progress | None = None,
) -> dict[str, tuple[Floats, Floats]]:
    """Return each head's weights (rows, labels) and bias, fitted on the texts where `only` is true.

    words: the rows that stand for words, for `word_weight`. A head's rarity is that among its own texts.
    """
    lift = np.ones(rows.shape[1], np.float32)
    if words is not None:
        lift[words] = config.word_weight
    out = {}
    for head in heads:
        weight = balanced(head, config.balance)
        own = weight > 0
        idf = rarity(rows if own.all() else rows[np.flatnonzero(own)])
        known = np.flatnonzero(own if only is None else own & only)
        found = fit(
            rows[known],
            head.targets[known],
            kind=head.kind,
            weight=weight[known],
            l2=config.l2 if head.l2 is None else head.l2,
            scale=idf ** (config.rare if head.rare is None else head.rare) * lift,
            start=(start or {}).get(head.name),
            max_iterations=config.max_iterations,
        )
        out[head.name] = found.weights, found.bias
        if progress is not None:
            progress(f"{head.name}: {len(known):,} rows, {found.iterations} iterations")
    return out


def cross_fit(
    rows: Any,
    heads: Sequence[HeadData],
    fold: Array,
    config: FitConfig,
    *,
    words: Array | None = None,
    start: dict[str, tuple[Array, Array]] | None = None,
    progress: Progress | None = None,
) -> dict[str, Floats]:
    """Return logits of the rows with fold >= 0, each from a fit that left its fold out; other rows are 0."""
    out = {h.name: np.zeros((rows.shape[0], len(h.labels)), np.float32) for h in heads}
    for number in range(int(fold.max()) + 1):
        here = fold == number
        found = fit_heads(rows, heads, config, words=words, only=~here, start=start, progress=progress)
        for name, (weights, bias) in found.items():
            out[name][here] = rows[here] @ weights + bias
        if progress is not None:
            progress(f"fold {number + 1} of {int(fold.max()) + 1} done")
    return out


def calibrated(head: HeadData, logits: Floats, rows: Array, noise: float = 0.0) -> Head:
    """Return the head with its temperature, slope and thresholds, from held-out logits of the rows given."""
    rows = rows & (head.weight > 0)
    if head.kind == "softmax":
        t, slope = fit_softmax(logits[rows], head.targets[rows].argmax(axis=1), noise=noise)
        return Head(head.name, head.kind, head.labels, round(t, 4), slope=round(slope, 4))
    t = fit_temperature_binary(logits[rows], head.targets[rows]) if rows.any() else 1.0
    plain = Head(head.name, head.kind, head.labels, round(t, 4))
    return replace(plain, thresholds=best_thresholds(plain.probabilities(logits[rows]), head.targets[rows]))


def fit_linear(
    texts: Sequence[str],
    heads: Sequence[HeadData],
    fold: Array,
    config: FitConfig,
    *,
    words: Array | None = None,
    start: dict[str, tuple[Array, Array]] | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
) -> Fitted:
    """Fit, calibrate and quantise a linear engine on normalised texts.

    fold: shape (texts,), the fold in which a row is held out for calibration, or -1 for a row (soft or
    auxiliary) that is only fitted to. `decision` follows the unit head, else the last softmax head. With
    jobs >= 2 the fits for calibration and for use run at the same time, without progress.
    """
    config = replace(config, spec=prepared(texts, config.spec))
    rows = to_csr(featurise(texts, config.spec), config.spec)
    words = word_rows(texts, config.spec)
    held, final = _both(rows, heads, fold, config, words, start, progress, jobs)
    if any(head.margins for head in heads) and (fold >= 0).any():
        held, final = mixed(texts, heads, fold, config, held, final)
    if config.adjust:
        held, final = adjusted(heads, fold, config.adjust, held, final)
    weights, step = quantise(np.concatenate([final[h.name][0] for h in heads], axis=1))
    bias = np.concatenate([final[h.name][1] for h in heads]).astype(np.float32)
    done = tuple(calibrated(h, held[h.name], fold >= 0, config.noise) for h in heads)
    tensors: Tensors = {"weights": weights, "step": step, "bias": bias}
    tensors.update(config.spec.tensors())
    return Fitted(done, policy(heads, done, held, fold, config), tensors, held, config)


def adjusted(
    heads: Sequence[HeadData],
    fold: Array,
    power: float,
    held: dict[str, Floats],
    final: dict[str, tuple[Floats, Floats]],
) -> tuple[dict[str, Floats], dict[str, tuple[Floats, Floats]]]:
    """Return held-out logits and weights with `power` times the log share taken off each exclusive label.

    Menon et al. 2021, "Long-tail learning via logit adjustment": few rows leave a rare label too low.
    """
    held, final = dict(held), dict(final)
    for head in heads:
        known = head.weight > 0
        if head.kind == "softmax" and known.any():
            lift = -power * np.log(head.targets[known].mean(axis=0) + 1e-5).astype(np.float32)
            weights, bias = final[head.name]
            held[head.name] = held[head.name] + (fold >= 0)[:, None] * lift
            final[head.name] = weights, bias + lift
    return held, final


def _both(
    rows: Any,
    heads: Sequence[HeadData],
    fold: Array,
    config: FitConfig,
    words: Array,
    start: dict[str, tuple[Array, Array]] | None,
    progress: Progress | None,
    jobs: int,
) -> tuple[dict[str, Floats], dict[str, tuple[Floats, Floats]]]:
    """Return the held-out logits and the final weights, at once in two processes where jobs allow."""
    if jobs < 2:
        options: dict[str, Any] = {"words": words, "start": start, "progress": progress}
        return cross_fit(rows, heads, fold, config, **options), fit_heads(rows, heads, config, **options)
    from joblib import Parallel, delayed

    tasks = (cross_fit, (rows, heads, fold, config)), (fit_heads, (rows, heads, config))
    held, final = Parallel(n_jobs=2)(delayed(task)(*given, words=words, start=start) for task, given in tasks)
    return held, final


def policy(
    data: Sequence[HeadData], heads: Sequence[Head], held: dict[str, Floats], fold: Array, config: FitConfig
) -> Policy:
    """Choose when to act, from held-out logits: by the unit head, else by the last softmax head."""
    pairs = [(d, h) for d, h in zip(data, heads, strict=True) if h.kind == "softmax"]
    head_data, head = next((pair for pair in pairs if pair[1].name == "unit"), pairs[-1])
    rows = (fold >= 0) & (head_data.weight > 0)
    p = head.probabilities(held[head.name][rows])
    right = p.argmax(axis=1) == head_data.targets[rows].argmax(axis=1)
    return choose_policy(
        p.max(axis=1), right, head=head.name, error_rate=config.error_rate, delta=config.delta
    )
