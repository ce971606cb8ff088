"""Draw months with a city's known shares from gold dev, and measure what correcting for them gains."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.calibrate import calibration_error
from hotline_nlp.learn import shift
from hotline_nlp.pack import load_pack

from . import machine
from .corpora import load
from .engines import fit
from .metrics import spread

ROWS = 1000
Array = NDArray[Any]


def run(seeds: int, *, city: str = "xiangtan") -> dict[str, Any]:
    """Measure none, known shares, EM and BBSE for types and topics over `seeds` drawn months."""
    corpus, shares = load("gold"), load_pack(city).shares
    heads = {head: corpus.train_labels[head] for head in ("type", "topic")}
    engine, fitted = fit(corpus.train_texts, heads)
    held = [i for i, row in enumerate(fitted.held_out["type"]) if row.any()]
    logits = engine.logits(corpus.test_texts)
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
    }
    for head in engine.heads:
        number = {label: k for k, label in enumerate(head.labels)}
        truth = np.array([number[heads[head.name][i]] for i in held])
        correction = shift.fit_bias(fitted.held_out[head.name][held], truth)
        source = shift.shares_of(truth, len(head.labels))
        total = shares["requests"] if head.name == "topic" else None
        target = shift.known_shares(shares[f"{head.name}s"], head.labels, source, total=total)
        dev = np.array([number[value] for value in corpus.test_labels[head.name]])
        before = correction.probabilities(fitted.held_out[head.name][held])
        month = correction.probabilities(logits[head.name])
        runs = [measure(month, dev, before, truth, source, target, seed) for seed in range(seeds)]
        result["heads"][head.name] = {m: spread([r[m] for r in runs]) for m in runs[0]}
        result["source_shares"][head.name] = _named(head.labels, source)
        result["target_shares"][head.name] = _named(head.labels, target)
    path = machine.write("shift", result)
    for name, methods in result["heads"].items():
        print(
            f"{path.name} {name}: "
            + ", ".join(f"{m} {f['accuracy']['mean']:.3f}" for m, f in methods.items())
        )
    return result


def _named(labels: tuple[str, ...], shares: Array) -> dict[str, float]:
    return {label: round(float(share), 4) for label, share in zip(labels, shares, strict=True)}


def measure(
    p: Array, dev: Array, before: Array, truth: Array, source: Array, target: Array, seed: int
) -> dict[str, dict[str, float]]:
    """Draw one month by the target shares, with replacement within each label, and try every correction.

    A label of which dev has no row can't be drawn; its share goes to the others.
    """
    rng = np.random.default_rng(seed)
    have = Counter(dev.tolist())
    possible = np.array([target[k] if have[k] else 0.0 for k in range(len(target))])
    drawn = rng.choice(len(target), ROWS, p=possible / possible.sum())
    rows = np.array([rng.choice(np.flatnonzero(dev == k)) for k in drawn])
    month, right = p[rows], dev[rows]
    true = shift.shares_of(right, len(target))
    estimates = {
        "none": source,
        "known": target,
        "em": shift.em_shares(month, source),
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
