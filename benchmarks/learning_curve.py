"""How many local tickets does a city need, alone and starting from the packaged model? On Haikou's 53 units.

python -m benchmarks.learning_curve [--model linear] [--seeds 3]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from hotline_nlp.engines.linear import LinearEngine, quantise
from hotline_nlp.learn.build import Problem
from hotline_nlp.learn.labels import Target
from hotline_nlp.learn.outcome import load_engine
from hotline_nlp.learn.sgd import SgdConfig, Weights

from . import machine
from .corpora import Corpus, load
from .metrics import Scores, figures, spread

SIZES = (50, 200, 1_000, 0)
"""Tickets fitted to; 0 for all."""


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
    problem = Problem(texts, (target,), rows, base, SgdConfig(seed=seed))
    found = problem.fit(rows)
    steps, step = quantise(found.weights)
    kept = Weights((steps * step).astype(np.float32), found.bias)
    scores = Scores(target.labels, kept.logits(corpus.test_texts, problem.spec), False)
    return figures(scores, corpus.test_labels["unit"])


def run(model: str, seeds: int) -> dict[str, Any]:
    """Measure each size with and without the model to start from; write results/learning_curve.json."""
    base, corpus = load_engine(model), load("haikou_stripped")
    curve: list[dict[str, Any]] = []
    result = {
        "benchmark": "learning_curve",
        **machine.context(("haikou_units.csv",)),
        "command": f"python -m benchmarks.learning_curve --model {base.manifest['name']} --seeds {seeds}",
        "task": "Haikou units, operators' openings and directives stripped, June 2018 as the test",
        "test_rows": len(corpus.test_texts),
        "seeds": seeds,
        "start_from": {
            "name": base.name,
            "data": base.manifest.get("data", {}),
            "weights_sha256": base.manifest["weights"]["sha256"],
            "saw_haikou_units": "haikou_units.csv" in base.manifest.get("data", {}),
        },
        "curve": curve,
    }
    for size in SIZES:
        for start in (None, base):
            runs = [measure(corpus, size, seed, start) for seed in range(seeds)]
            rows = size or len(corpus.train_texts)
            curve.append({"rows": rows, "start_from": start is not None, "figures": spread(runs)})
            print(rows, start is not None, curve[-1]["figures"]["accuracy"], flush=True)
            machine.write("learning_curve", result)
    return result


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="linear", help="a packaged engine or a model folder to start from")
    parser.add_argument("--seeds", type=int, default=3, help="samples drawn of each size")
    options = parser.parse_args(argv)
    run(options.model, options.seeds)


if __name__ == "__main__":
    main()
