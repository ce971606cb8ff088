"""How many local tickets does a city need, alone and starting from the packaged model? On Haikou's 53 units.

python -m benchmarks.learning_curve [--model linear] [--seeds 3] [--starts nothing,other_cities,packaged]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hotline_nlp.engines.base import Head
from hotline_nlp.engines.linear import LinearEngine, quantise
from hotline_nlp.learn.build import Problem, pack
from hotline_nlp.learn.labels import Target
from hotline_nlp.learn.outcome import load_engine
from hotline_nlp.learn.sgd import SgdConfig, Weights
from training import data

from . import machine
from .corpora import HEADS, Corpus, load
from .metrics import Scores, figures, spread

SIZES = (50, 200, 1_000, 0)
"""Tickets fitted to; 0 for all."""
STARTS = ("nothing", "other_cities", "packaged")


def sample(corpus: Corpus, size: int, seed: int) -> tuple[list[str], Target]:
    """Return the texts and units of a random part of the training tickets; labels are those it holds."""
    everything = np.arange(len(corpus.train_texts))
    rows = np.random.default_rng(seed).permutation(everything)[: size or len(everything)].tolist()
    units = [corpus.train_labels["unit"][i] for i in rows]
    labels = tuple(sorted(Counter(units)))
    codes = np.array([labels.index(unit) for unit in units], np.int32)
    return [corpus.train_texts[i] for i in rows], Target("unit", labels, codes)


def measure(corpus: Corpus, size: int, seed: int, base: LinearEngine | None) -> dict[str, float]:
    """Fit to a sample, quantise as a saved model is, and measure on the tickets of June."""
    texts, target = sample(corpus, size, seed)
    rows = np.arange(len(texts))
    problem = Problem.pose(texts, (target,), rows, base, SgdConfig(seed=seed), rows)
    found = problem.fit(rows)
    steps, step = quantise(found.weights)
    kept = Weights((steps * step).astype(np.float32), found.bias)
    scores = Scores(target.labels, kept.logits(corpus.test_texts, problem.spec), False)
    return figures(scores, corpus.test_labels["unit"])


def other_cities(seed: int = 0) -> LinearEngine:
    """Return an engine fitted to the gold rows of every city but Haikou."""
    gold = data.gold("train")
    rows = np.array([i for i, row in enumerate(gold.rows) if row["city"] != "haikou"])
    targets = []
    for head in HEADS:
        values = [row[head] for row in gold.rows]
        labels = tuple(sorted({values[i] for i in rows}))
        codes = [labels.index(value) if value in labels else -1 for value in values]
        targets.append(Target(head, labels, np.array(codes, np.int32)))
    groups = np.arange(len(gold.texts))
    problem = Problem.pose(gold.texts, tuple(targets), groups, None, SgdConfig(seed=seed), rows)
    tensors = pack(problem, problem.fit(rows))
    heads = [Head(target.name, "softmax", target.labels).to_dict() for target in targets]
    about = {"name": "other_cities", "version": f"{len(rows)}-rows"}
    return LinearEngine({**about, "features": problem.spec.to_dict(), "heads": heads}, tensors)


def copies(corpus: Corpus) -> dict[str, int]:
    """Return how many Haikou tickets open like a gold train row, which a model of gold has read."""
    read = {text[:40] for text in data.gold("train").texts}
    parts = {"train": corpus.train_texts, "test": corpus.test_texts}
    return {part: sum(text[:40] in read for text in texts) for part, texts in parts.items()}


def run(model: str, seeds: int, starts: Sequence[str] = STARTS) -> dict[str, Any]:
    """Measure each size from each start; write results/learning_curve.json, other starts kept as they are."""
    corpus, old = load("haikou_stripped"), machine.read("learning_curve")
    base = load_engine(model)
    result: dict[str, Any] = {
        "benchmark": "learning_curve",
        **machine.context(("haikou_units.csv", "gold.csv")),
        "command": f"python -m benchmarks.learning_curve --model {base.manifest['name']} --seeds {seeds}",
        "task": "Haikou units, operators' openings and directives stripped, June 2018 as the test",
        "test_rows": len(corpus.test_texts),
        "seeds": seeds,
        "starts": {
            "nothing": "fitted to the sample alone",
            "other_cities": "from a model of the gold rows of all cities but Haikou",
            "packaged": "from the packaged model, which has read gold's Haikou rows, but none of their units",
        },
        "packaged": old["packaged"] if old and "packaged" not in starts else _about(base),
        "haikou_tickets_in_gold": copies(corpus),
        "curve": [point for point in old["curve"] if point["start"] not in starts] if old else [],
    }
    engines: dict[str, Callable[[], LinearEngine | None]] = {
        "nothing": lambda: None,
        "other_cities": other_cities,
        "packaged": lambda: base,
    }
    for start in starts:
        engine = engines[start]()
        for size in SIZES:
            runs = [measure(corpus, size, seed, engine) for seed in range(seeds)]
            rows = size or len(corpus.train_texts)
            result["curve"].append({"rows": rows, "start": start, "figures": spread(runs)})
            print(rows, start, result["curve"][-1]["figures"]["accuracy"], flush=True)
            machine.write("learning_curve", result)
    return result


def _about(base: LinearEngine) -> dict[str, Any]:
    return {
        "name": base.name,
        "data": base.manifest.get("data", {}),
        "weights_sha256": base.manifest["weights"]["sha256"],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="linear", help="a packaged engine or a model folder to start from")
    parser.add_argument("--seeds", type=int, default=3, help="samples drawn of each size")
    parser.add_argument("--starts", default=",".join(STARTS), help="what to start from, joined by commas")
    options = parser.parse_args(argv)
    starts = options.starts.split(",")
    if not set(starts) <= set(STARTS):
        parser.error(f"choose --starts from {', '.join(STARTS)}")
    run(options.model, options.seeds, starts)


if __name__ == "__main__":
    main()
