"""Leave one city out: fit to four cities' requests, read the fifth's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training import data

from . import machine
from .corpora import HEADS, Corpus, load
from .engines import fit, scores
from .metrics import Scores, figures

CITIES = ("haikou", "hunan", "hangzhou", "beijing", "fuzhou")


def run(cities: Sequence[str] = CITIES) -> dict[str, Any]:
    """Measure each city on all its rows and on its dev rows; write the JSON after each city.

    The reference, `seen_dev`, is the same recipe fitted to all five cities' train rows.
    """
    corpus = load("gold")
    where = {part: [row["city"] for row in data.gold(split).rows] for part, split in _PARTS}
    result: dict[str, Any] = {"benchmark": "cities", **machine.context(("gold.csv",)), "cities": {}}
    everything, _ = fit(corpus.train_texts, corpus.train_labels, calibrate=False)
    seen = scores(everything, corpus.test_texts)
    for city in cities:
        result["cities"][city] = one(corpus, where["train"], where["test"], city, seen)
        machine.write("cities", result)
        short = {head: result["cities"][city][head]["unseen"]["accuracy"] for head in HEADS}
        print(f"{city}: {short}", flush=True)
    return result


_PARTS = (("train", "train"), ("test", "dev"))


def one(
    corpus: Corpus, train: list[str], test: list[str], city: str, seen: dict[str, Scores]
) -> dict[str, Any]:
    """Fit without a city and return the figures on its rows."""
    kept = [i for i, name in enumerate(train) if name != city]
    left, dev = ([i for i, name in enumerate(side) if name == city] for side in (train, test))
    engine, _ = fit(
        [corpus.train_texts[i] for i in kept],
        {head: [values[i] for i in kept] for head, values in corpus.train_labels.items()},
        calibrate=False,
    )
    found = scores(engine, [corpus.train_texts[i] for i in left] + [corpus.test_texts[i] for i in dev])
    out: dict[str, Any] = {"rows": len(left) + len(dev), "dev_rows": len(dev), "fitted_rows": len(kept)}
    for head in HEADS:
        truth_dev = [corpus.test_labels[head][i] for i in dev]
        truth = [corpus.train_labels[head][i] for i in left] + truth_dev
        mine = Scores(found[head].labels, found[head].values, False)
        tail = Scores(mine.labels, mine.values[len(left) :], False)
        reference = Scores(seen[head].labels, seen[head].values[dev], False)
        out[head] = {
            "unseen": figures(mine, truth),
            "unseen_dev": figures(tail, truth_dev),
            "seen_dev": figures(reference, truth_dev),
        }
    return out
