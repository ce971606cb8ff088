"""The Haikou tickets before June as training rows: their own units and topics, mapped to ours by a model.

Their labels are Haikou's own. What a model fitted to gold answers on average for one of theirs maps it to
ours, and a ticket's target is the model's answer for its text times that of its own label, over the mean of
all (naive Bayes of the text and the label, taken to be independent given ours).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.calibrate import log_softmax
from hotline_nlp.features import featurise, to_csr
from hotline_nlp.learn.linear import FitConfig
from hotline_nlp.normalise import normalise_many
from training import data

OWN = {"topic": ("topic2", "topic3"), "unit": ("unit",)}
WEIGHT, SMOOTHING = 0.5, 5.0
"""What a ticket weighs beside a gold row, and how many average tickets each of their labels is given."""
Array = NDArray[Any]


def linked(p: Array, own: NDArray[np.integer[Any]]) -> Array:
    """Return targets, shape (tickets, labels), of answers p of that shape and their own labels' numbers."""
    mean = p.mean(axis=0)
    sums = np.zeros((int(own.max()) + 1, p.shape[1]))
    np.add.at(sums, own, p)
    link = (sums + SMOOTHING * mean) / (np.bincount(own)[:, None] + SMOOTHING)
    out = p * link[own] / np.maximum(mean, 1e-9)
    return np.asarray(out / out.sum(axis=1, keepdims=True), np.float32)


def tickets(
    config: FitConfig, weights: dict[str, tuple[Array, Array]]
) -> tuple[list[str], dict[str, Array], dict[str, Array]]:
    """Return the tickets' texts, and a target and a weight a head; types, which have none, weigh nothing."""
    tests = data.test_openings()
    rows = [
        r
        for r in data.read("haikou_units.csv")
        if r["split"] == "train" and r["stripped"][: data.OPENING] not in tests
    ]
    texts = normalise_many([r["stripped"] for r in rows])
    features = to_csr(featurise(texts, config.spec), config.spec)
    targets, weight = {}, {}
    for head, (w, b) in weights.items():
        p = np.exp(log_softmax(np.asarray(features @ w + b, np.float64)))
        names = ["/".join(r[column] for column in OWN.get(head, ())) for r in rows]
        own = np.unique(names, return_inverse=True)[1]
        targets[head] = linked(p, own)
        weight[head] = np.full(len(rows), WEIGHT if head in OWN else 0, np.float32)
    return texts, targets, weight
