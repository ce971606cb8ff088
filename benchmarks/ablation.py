"""What each lever of the packaged linear model is worth on gold dev: one change at a time from the recipe.

python -m benchmarks ablation [--only NAME ...] writes benchmarks/results/ablation.json. Word features cost a
tokeniser at scoring time; soft labels cost nothing there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hotline_nlp.calibrate import log_softmax
from hotline_nlp.features import HashSpec, featurise, prepared, to_csr
from hotline_nlp.learn.linear import FitConfig, HeadData, fit_heads
from training import data, distil, recipe
from training.measure import softmax_head
from training.wide import words

RESULT = Path(__file__).resolve().parent / "results" / "ablation.json"
HEADS = ("type", "topic", "unit")
Rows = Any


def characters(texts: Sequence[str], spec: HashSpec) -> Rows:
    """Return the packaged features."""
    return to_csr(featurise(texts, spec), spec)


def with_words(texts: Sequence[str], spec: HashSpec) -> Rows:
    """Return the packaged features beside hashed jieba words and pairs of them (rjieba, no HMM)."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import HashingVectorizer

    hashed = HashingVectorizer(analyzer=words, n_features=1 << 18, norm=None, alternate_sign=False)
    counts = hashed.transform([text[: spec.length] for text in texts]).astype(np.float32).tocsr()
    total = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)
    counts.data /= np.sqrt(np.repeat(total, np.diff(counts.indptr)))
    return hstack([characters(texts, spec), counts]).tocsr()


def variants() -> dict[str, tuple[FitConfig, Callable[[Sequence[str], HashSpec], Rows], bool]]:
    """Return name -> (configuration, features, soft labels too)."""
    base = recipe.CONFIG
    return {
        "packaged recipe": (base, characters, True),
        "gold labels only": (base, characters, False),
        "gold only, with words": (base, with_words, False),
        "gold only, 1-2-grams": (replace(base, spec=replace(base.spec, order=2)), characters, False),
        "gold only, 1-4-grams": (replace(base, spec=replace(base.spec, order=4)), characters, False),
        "gold only, 2^17 buckets": (replace(base, spec=replace(base.spec, bits=17)), characters, False),
        "gold only, first 260 characters": (
            replace(base, spec=replace(base.spec, length=260)),
            characters,
            False,
        ),
        "gold only, no class balance": (replace(base, balance=0.0), characters, False),
        "gold only, full class balance": (replace(base, balance=1.0), characters, False),
        "gold only, penalty x 3": (replace(base, l2=base.l2 * 3), characters, False),
        "gold only, penalty / 3": (replace(base, l2=base.l2 / 3), characters, False),
    }


def run_one(
    config: FitConfig, features: Callable[[Sequence[str], HashSpec], Rows], soft: bool
) -> dict[str, Any]:
    """Fit the three softmax heads on train; return their figures on dev."""
    gold, dev = data.gold("train"), data.gold("dev")
    texts, targets = list(gold.texts), data.gold_targets(gold.rows)
    weight = {head: np.ones(len(texts), np.float32) for head in HEADS}
    if soft:
        more, extra = distil.pool(distil.default_teachers())
        texts += more
        targets = {head: np.concatenate([targets[head], extra[head]]) for head in HEADS}
        weight = {
            head: np.concatenate([own, np.full(len(more), recipe.SOFT_WEIGHT[head], np.float32)])
            for head, own in weight.items()
        }
    config = replace(config, spec=prepared(texts, config.spec))
    labels = data.head_labels()
    heads = [HeadData(h, "softmax", labels[h], targets[h], weight[h], recipe.L2.get(h)) for h in HEADS]
    found = fit_heads(features(texts, config.spec), heads, config)
    rows, right = features(dev.texts, config.spec), data.gold_targets(dev.rows)
    return {
        h: softmax_head(np.exp(log_softmax(rows @ w + b)), right[h].argmax(axis=1))
        for h, (w, b) in found.items()
    }


def main(only: Sequence[str] = ()) -> Path:
    """Measure the variants asked for, or all; keep what was measured before."""
    known = json.loads(RESULT.read_text("utf-8")) if RESULT.is_file() else {"variants": {}}
    for name, chosen in variants().items():
        if only and name not in only:
            continue
        began = time.time()
        known["variants"][name] = {**run_one(*chosen), "seconds": round(time.time() - began, 1)}
        known["recipe"] = recipe.CONFIG.to_dict() | {
            "features": recipe.SPEC.to_dict(),
            "version": recipe.VERSION,
        }
        RESULT.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(name, known["variants"][name], flush=True)
    return RESULT


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
