"""Measure how far probabilities can be trusted on gold dev, and the hardest pair of types."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.calibrate import calibration_error
from hotline_nlp.classifier import Classifier
from hotline_nlp.decide import Policy
from hotline_nlp.engines.base import Head
from training.distil import level

from . import machine
from .corpora import HEADS, Corpus, load
from .engines import scores
from .metrics import Scores, interval

PAIR = ("求助", "投诉")
BINS, FOLDS = 15, 5
_STEPS = (*range(5, 101, 5), 87.9)
Array = NDArray[Any]


def run(model: str) -> dict[str, Any]:
    """Measure a packaged engine or a model folder on gold dev, write the JSON and draw the pictures."""
    corpus = load("gold")
    engine = Classifier.load(model).engine
    found = scores(engine, corpus.test_texts)
    heads = {head: of_head(found[head], corpus.test_labels[head]) for head in HEADS if head in found}
    logits = engine.logits(corpus.test_texts)
    for head in engine.heads:
        if head.name in heads:
            right = np.array([head.labels.index(label) for label in corpus.test_labels[head.name]])
            heads[head.name]["ece_cross_fitted"] = round(cross_fitted(head, logits[head.name], right), 4)
    result = {
        "benchmark": "calibration",
        **machine.context(("gold.csv",)),
        "model": engine.name,
        "rows": len(corpus.test_texts),
        "heads": heads,
        "decision": of_decision(Policy.from_dict(engine.manifest["decision"]), found, corpus),
        "pair": of_pair(found["type"], corpus.test_labels["type"]),
    }
    path = machine.write("calibration", result)
    print(f"{path}: " + ", ".join(f"{h} ECE {f['ece']:.3f}" for h, f in result["heads"].items()))
    from .figures import draw

    draw(result, Path(machine.RESULTS))
    return result


def of_head(found: Scores, truth: list[str]) -> dict[str, Any]:
    """Return the calibration error, the reliability bins and the accuracy-coverage curve of a head."""
    sure = found.sureness()
    hit = np.array([a == t for a, t in zip(found.answers(), truth, strict=True)])
    order = np.argsort(-sure, kind="stable")
    right = np.cumsum(hit[order])
    counts = [max(round(step / 100 * len(hit)), 1) for step in sorted(_STEPS)]
    return {
        "accuracy": round(float(hit.mean()), 4),
        "mean_confidence": round(float(sure.mean()), 4),
        "ece": round(calibration_error(sure, hit, bins=BINS), 4),
        "ece_of_perfect_calibration": round(chance_error(sure), 4),
        "reliability": reliability(sure, hit),
        "coverage": [
            [round(step / 100, 4), round(float(right[n - 1] / n), 4)]
            for step, n in zip(sorted(_STEPS), counts, strict=True)
        ],
    }


def cross_fitted(head: Head, logits: Array, right: Array) -> float:
    """Return the calibration error where each fifth of the rows has the temperature of the others.

    A packaged model's temperatures are those of all rows of gold dev, so that its own error there is a lower
    bound. logits: shape (texts, labels); right: numbers of the right labels, shape (texts,).
    """
    sure, fold = np.empty(len(right)), np.arange(len(right)) % FOLDS
    for k in range(FOLDS):
        here = fold == k
        other = replace(head, temperature=level(head, logits[~here], right[~here]))
        sure[here] = other.probabilities(logits[here]).max(axis=1)
    return calibration_error(sure, logits.argmax(axis=1) == right, bins=BINS)


def chance_error(sure: Array, *, draws: int = 200, seed: int = 0) -> float:
    """Return the mean ECE that perfectly calibrated answers of these confidences would show by chance.

    Binned ECE is biased upwards on few rows (Roelofs et al. 2022, "Mitigating bias in calibration error
    estimation"), so it is never 0; this is what it would be if nothing were wrong.
    """
    rng = np.random.default_rng(seed)
    return float(
        np.mean([calibration_error(sure, rng.random(len(sure)) < sure, bins=BINS) for _ in range(draws)])
    )


def reliability(sure: Array, hit: Array) -> list[dict[str, float]]:
    """Return mean confidence, share right with its 95% interval, and rows of each band of confidence."""
    where = np.clip((sure * BINS).astype(int), 0, BINS - 1)
    out = []
    for band in range(BINS):
        here = where == band
        if here.any():
            low, high = interval(hit[here])
            out.append(
                {
                    "confidence": round(float(sure[here].mean()), 4),
                    "accuracy": round(float(hit[here].mean()), 4),
                    "low": round(low, 4),
                    "high": round(high, 4),
                    "rows": int(here.sum()),
                }
            )
    return out


def of_decision(policy: Policy, found: dict[str, Scores], corpus: Corpus) -> dict[str, Any]:
    """Return the policy, and on dev its coverage and error rate."""
    head = found[policy.head]
    acted = head.values.max(axis=1) >= policy.threshold
    hit = np.array([a == t for a, t in zip(head.answers(), corpus.test_labels[policy.head], strict=True)])
    return {
        **policy.to_dict(),
        "dev_coverage": round(float(acted.mean()), 4),
        "dev_error_rate": round(float(1 - hit[acted].mean()), 4) if acted.any() else 0.0,
    }


def of_pair(found: Scores, truth: list[str]) -> dict[str, Any]:
    """Return how 求助 and 投诉 are confused: with all types to choose from, and with these two alone."""
    from sklearn.metrics import roc_auc_score

    answers = found.answers()
    rows = [i for i, t in enumerate(truth) if t in PAIR]
    counts = Counter((truth[i], answers[i]) for i in rows)
    a, b = (found.values[rows, found.labels.index(label)] for label in PAIR)
    margin, second = b - a, np.array([truth[i] == PAIR[1] for i in rows])
    swapped = sum(counts[x, y] for x, y in (PAIR, PAIR[::-1]))
    wrong = [float(found.values[i].max()) for i in rows if answers[i] in PAIR and answers[i] != truth[i]]
    return {
        "rows": len(rows),
        "confusion": {t: {x: counts[t, x] for x in found.labels} for t in PAIR},
        "swapped": swapped,
        "rate": round(swapped / len(rows), 4),
        "accuracy": round(float(((margin > 0) == second).mean()), 4),
        "auc": round(float(roc_auc_score(second, margin)), 4),
        "mean_confidence_when_swapped": round(float(np.mean(wrong)), 4) if wrong else 0.0,
    }
