"""Estimate the shares of labels of months drawn from gold dev: what `adapt` refuses, and what it gains."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.engines.base import Engine, Head
from hotline_nlp.engines.shares import from_pack, prior_of
from hotline_nlp.errors import InputError
from hotline_nlp.learn import adapt
from hotline_nlp.learn.shift import reweight, shares_of
from hotline_nlp.pack import load_pack

from .corpora import HEADS, Corpus
from .metrics import spread
from .shift import draw

SIZES = (adapt.FEWEST, 1_000)
"""Requests of a month: the fewest that are taken, and a usual sample."""
DRAWN = {"type": "type", "topic": "topic", "unit": "topic"}
"""The head by whose shares a head's months are drawn; the city's figures hold no unit functions."""
Array = NDArray[Any]


def one(head: Head, p: Array, right: Array) -> dict[str, float]:
    """Adapt a head to a month: probabilities, shape (texts, labels), and right labels, shape (texts,).

    `adapted` is the accuracy with the estimate, refused or not.
    """
    prior = prior_of(head)
    shares, answered = adapt.month_shares(p, prior), shares_of(p.argmax(axis=1), len(prior))
    try:
        adapt.check(head, shares, answered, prior)
        refused = False
    except InputError:
        refused = True
    times, points = adapt.above(shares, answered, prior)
    before = float((p.argmax(axis=1) == right).mean())
    after = float((reweight(p, prior, shares).argmax(axis=1) == right).mean())
    return {
        "times": float(times.max()),
        "points": float(np.where(times > adapt.TIMES, points, 0).max()),
        "refused": float(refused),
        "before": before,
        "adapted": after,
        "worse": float(after < before),
    }


def months(corpus: Corpus, engine: Engine, count: int, *, city: str = "xiangtan") -> dict[str, Any]:
    """Draw months by a city's shares and by gold dev's own, of each size, and adapt each head to each."""
    heads = {head.name: head for head in engine.heads if head.name in HEADS}
    pack = load_pack(city).shares
    known = {name: np.array([*found.values()]) for name, found in from_pack(engine, pack).items()}
    logits = engine.logits(corpus.test_texts)
    codes = {
        name: np.array([head.labels.index(value) for value in corpus.test_labels[name]])
        for name, head in heads.items()
    }
    out: dict[str, Any] = {"city": city, "period": pack["period"], "months": count, "figures": []}
    for name, head in heads.items():
        by = DRAWN[name]
        targets = {"city": known[by], "dev": shares_of(codes[by], len(known[by]))}
        for size in SIZES:
            for drawn, target in targets.items():
                rows = [draw(codes[by], target, seed, size) for seed in range(count)]
                found = [one(head, head.probabilities(logits[name][r]), codes[name][r]) for r in rows]
                about = {"head": name, "labels": len(head.labels), "rows": size, "drawn": drawn}
                out["figures"].append({**about, **spread(found)})
    return out
