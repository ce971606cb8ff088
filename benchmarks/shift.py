"""Draw months with a city's known shares from gold dev, and measure what correcting for them gains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.calibrate import calibration_error
from hotline_nlp.classifier import Classifier
from hotline_nlp.engines.shares import corrected, from_pack, known_shares, pack_counts, prior_of
from hotline_nlp.learn import shift
from hotline_nlp.learn.adapt import month_shares
from hotline_nlp.pack import load_pack

from . import machine
from .corpora import Corpus, load
from .engines import fit
from .metrics import spread

ROWS = 1000
Array = NDArray[Any]


def run(seeds: int, *, city: str = "xiangtan") -> dict[str, Any]:
    """Measure none, known shares, EM and BBSE for types and topics over `seeds` drawn months."""
    corpus, shares = load("gold"), load_pack(city).shares
    result: dict[str, Any] = {
        "benchmark": "shift",
        **machine.context(("gold.csv",)),
        "city": city,
        "period": shares["period"],
        "months": seeds,
        "rows_a_month": ROWS,
        "source_shares": {},
        "target_shares": {},
        "heads": {},
        "packaged": packaged(corpus, shares, seeds),
    }
    for head, (counts, total) in pack_counts(shares).items():
        labels = corpus.labels(head)
        found, source, target = one(corpus, head, counts, total, seeds)
        result["heads"][head] = found
        result["source_shares"][head] = _named(labels, source)
        result["target_shares"][head] = _named(labels, target)
        machine.write("shift", result)
        print(
            f"{head}: " + ", ".join(f"{m} {f['accuracy']['mean']:.3f}" for m, f in found.items()), flush=True
        )
    return result


def one(
    corpus: Corpus, head: str, counts: Mapping[str, float], total: float | None, seeds: int
) -> tuple[dict[str, Any], Array, Array]:
    """Fit one head, draw the months, and return each correction's figures and the shares before and after."""
    engine, fitted = fit(corpus.train_texts, {head: corpus.train_labels[head]})
    labels = engine.heads[0].labels
    number = {label: k for k, label in enumerate(labels)}
    held = np.flatnonzero(fitted.held_out[head].any(axis=1))
    truth = np.array([number[corpus.train_labels[head][i]] for i in held])
    correction = shift.fit_bias(fitted.held_out[head][held], truth)
    before = correction.probabilities(fitted.held_out[head][held])
    p = correction.probabilities(engine.logits(corpus.test_texts)[head])
    source = shift.shares_of(truth, len(labels))
    target = known_shares(counts, labels, source, total=total)
    dev = np.array([number[value] for value in corpus.test_labels[head]])
    runs = [measure(p, dev, before, truth, source, target, seed) for seed in range(seeds)]
    return {method: spread([run[method] for run in runs]) for method in runs[0]}, source, target


def _named(labels: tuple[str, ...], shares: Array) -> dict[str, float]:
    return {label: round(float(share), 4) for label, share in zip(labels, shares, strict=True)}


def packaged(corpus: Corpus, shares: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    """Return what the packaged model gains as a user corrects it: by a city pack's shares, or by EM."""
    engine = Classifier.load("linear").engine
    heads, logits = {head.name: head for head in engine.heads}, engine.logits(corpus.test_texts)
    known = {head.name: head for head in corrected(engine, from_pack(engine, shares)).heads}
    out: dict[str, Any] = {}
    for name in pack_counts(shares):
        head, number = heads[name], {label: k for k, label in enumerate(heads[name].labels)}
        dev = np.array([number[value] for value in corpus.test_labels[name]])
        prior, target = prior_of(head), np.array(known[name].shares)
        runs = []
        for seed in range(seeds):
            rows = draw(dev, target, seed)
            right, month = dev[rows], head.probabilities(logits[name][rows])
            true = shift.shares_of(right, len(prior))
            found = {
                "none": prior,
                "known": target,
                "em": shift.em_shares(month, prior),
                "map": month_shares(month, prior),
                "oracle": true,
            }
            moved = {m: replace(head, prior=tuple(prior), shares=tuple(s)) for m, s in found.items()}
            runs.append(
                {
                    m: _figures(h.probabilities(logits[name][rows]), right, found[m], true)
                    for m, h in moved.items()
                }
            )
        out[name] = {method: spread([run[method] for run in runs]) for method in runs[0]}
    return out


def draw(dev: Array, target: Array, seed: int, size: int = ROWS) -> Array:
    """Draw the rows of a month by the target shares, with replacement within each label.

    A label of which dev has no row can't be drawn; its share goes to the others.
    """
    rng = np.random.default_rng(seed)
    have = Counter(dev.tolist())
    possible = np.array([target[k] if have[k] else 0.0 for k in range(len(target))])
    drawn = rng.choice(len(target), size, p=possible / possible.sum())
    return np.array([rng.choice(np.flatnonzero(dev == k)) for k in drawn])


def measure(
    p: Array, dev: Array, before: Array, truth: Array, source: Array, target: Array, seed: int
) -> dict[str, dict[str, float]]:
    """Draw one month by the target shares and try every correction."""
    rows = draw(dev, target, seed)
    month, right = p[rows], dev[rows]
    true = shift.shares_of(right, len(target))
    estimates = {
        "none": source,
        "known": target,
        "em": shift.em_shares(month, source),
        "map": month_shares(month, source),
        "bbse": shift.bbse_shares(before, truth, month),
        "oracle": true,
    }
    return {
        name: _figures(shift.reweight(month, source, est), right, est, true)
        for name, est in estimates.items()
    }


def _figures(p: Array, right: Array, estimate: Array, true: Array) -> dict[str, float]:
    """Return accuracy, mean recall of the labels drawn, log-loss, ECE and the total error of the shares."""
    hit = p.argmax(axis=1) == right
    own = p[np.arange(len(right)), right]
    return {
        "accuracy": float(hit.mean()),
        "balanced_accuracy": float(np.mean([hit[right == k].mean() for k in np.unique(right)])),
        "log_loss": float(-np.log(np.maximum(own, 1e-6)).mean()),
        "ece": calibration_error(p.max(axis=1), hit),
        "share_error": float(np.abs(estimate - true).sum()),
    }
