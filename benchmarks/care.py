"""Put wrong labels into tables drawn from gold train and audit them; adapt to months drawn from gold dev."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.classifier import Classifier
from hotline_nlp.engines.base import Engine
from hotline_nlp.learn import audit
from hotline_nlp.learn.duplicates import near_duplicates

from . import machine
from .care_months import months
from .corpora import HEADS, Corpus, load

SIZES = (400, 2_000)
"""Rows of a table."""
WRONG = 0.06
"""Share of the labels that are replaced by wrong ones."""
DRAWS = ("shares", "near")
"""Where a wrong label comes from: its share in gold train, or its probability for the very request."""
SURE = (0.0, 0.3, 0.4, audit.SURE, 0.6, 0.7, 0.8)
"""Least probabilities of a suggestion that are tried; 0 is confident learning alone."""
Array = NDArray[Any]


def spoil(codes: Array, weights: Array, seed: int) -> Array:
    """Return label numbers, a share of WRONG made others that are drawn by weights, shape (rows, labels)."""
    rng = np.random.default_rng(seed)
    out: Array = codes.copy()
    for i in rng.permutation(len(codes))[: round(WRONG * len(codes))]:
        odds = np.maximum(weights[i].astype(np.float64), 1e-12)
        odds[codes[i]] = 0
        out[i] = rng.choice(len(odds), p=odds / odds.sum())
    return out


def audited(plain: list[str], groups: Array, values: list[str], wrong: Array) -> dict[str, Any]:
    """Audit a column of labels as `audit` does, and count what is listed at each least probability.

    plain: normalised texts; groups: their near-copies; wrong: shape (rows,), which labels were replaced.
    """
    usable, _ = audit.learnable(values, audit.FOLDS)
    p, names = audit.out_of_fold(plain, values, usable, groups, audit.QUICK)
    found = audit.wrong_labels("", values, usable, p, names, sure=0)
    agreed = audit.agreement(values, usable, p, names)
    lists = {}
    for sure in SURE:
        rows = [f.row for f in found if f.confidence >= sure]
        lists[f"{sure:.1f}"] = {"listed": len(rows), "wrong": int(wrong[rows].sum())}
    return {
        "labels": len(names),
        "judged": len(usable),
        "wrong": int(wrong.sum()),
        "agreement": round(agreed, 4),
        "audit": lists[f"{audit.SURE:.1f}"] if agreed >= audit.AGREED else {"listed": 0, "wrong": 0},
        "lists": lists,
    }


def table(corpus: Corpus, engine: Engine, size: int, seed: int) -> list[dict[str, Any]]:
    """Draw a table of gold train, replace labels of each head in both ways, and audit each column."""
    rows = np.random.default_rng(seed).permutation(len(corpus.train_texts))[:size].tolist()
    plain = [corpus.train_texts[i] for i in rows]
    groups, logits = near_duplicates(plain), engine.logits(plain)
    out = []
    for head in (h for h in engine.heads if h.name in HEADS):
        number = {label: k for k, label in enumerate(head.labels)}
        everything = np.array([number[value] for value in corpus.train_labels[head.name]])
        codes, shares = everything[rows], np.bincount(everything, minlength=len(number))
        near = head.probabilities(logits[head.name])
        weights: dict[str, Array] = {"shares": np.tile(shares, (size, 1)), "near": near}
        for drawn in DRAWS:
            spoiled = spoil(codes, weights[drawn], seed)
            found = audited(plain, groups, [head.labels[k] for k in spoiled], spoiled != codes)
            out.append({"rows": size, "head": head.name, "drawn": drawn, "seed": seed, **found})
    return out


def run(seeds: int, drawn_months: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure both on gold with the packaged linear engine; write results/care.json."""
    corpus, engine = load("gold"), Classifier.load("linear").engine
    result: dict[str, Any] = {
        "benchmark": "care",
        **machine.context(("gold.csv",)),
        "model": engine.name,
        "seeds": seeds,
        "wrong_share": WRONG,
        "thresholds": {"sure": audit.SURE, "agreed": audit.AGREED},
        "adapt": months(corpus, engine, drawn_months),
        "tables": [],
    }
    for size in SIZES:
        for seed in range(seeds):
            found = table(corpus, engine, size, seed)
            result["tables"] += found
            machine.write("care", result)
            for each in found:
                say(
                    f"{size} rows, {each['head']}, {each['drawn']}: agreed {each['agreement']:.2f}, "
                    f"listed {each['audit']['listed']}, {each['audit']['wrong']} of {each['wrong']} wrong"
                )
    return result
