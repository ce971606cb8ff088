"""What each lever of the packaged linear model is worth on gold dev: one change at a time from the recipe.

python -m benchmarks ablation [--only NAME ...] writes benchmarks/results/ablation.json.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hotline_nlp.calibrate import log_softmax
from hotline_nlp.features import featurise, prepared, to_csr, word_rows
from hotline_nlp.learn.linear import FitConfig, HeadData, fit_heads
from training import data, distil, recipe
from training.measure import softmax_head

RESULT = Path(__file__).resolve().parent / "results" / "ablation.json"
HEADS = ("type", "topic", "unit")
GOLD, OWN, SOFT, ALL = "gold", "gold + own", "gold + soft", "all"
"""Labels to fit to: of gold; our own of the pool; the teachers' soft ones of the pool, or of its rest."""


def variants() -> dict[str, tuple[FitConfig, str]]:
    """Return name -> (configuration, labels)."""
    base, spec = recipe.CONFIG, recipe.SPEC
    return {
        "packaged recipe": (base, ALL),
        "without our own labels of the pool": (base, SOFT),
        "without soft labels": (base, OWN),
        "gold labels only": (base, GOLD),
        "gold only, plain hashing to 2^18, no words": (
            replace(base, spec=replace(spec, least=0, bits=18)),
            GOLD,
        ),
        "gold only, words weigh as n-grams do": (replace(base, word_weight=1.0), GOLD),
        "gold only, 1-2-grams and words": (replace(base, spec=replace(spec, order=2)), GOLD),
        "gold only, first 400 characters": (replace(base, spec=replace(spec, length=400)), GOLD),
        "gold only, no class balance": (replace(base, balance=0.0), GOLD),
        "gold only, penalty x 3": (replace(base, l2=base.l2 * 3), GOLD),
        "gold only, penalty / 3": (replace(base, l2=base.l2 / 3), GOLD),
    }


def run_one(config: FitConfig, kind: str) -> dict[str, Any]:
    """Fit the three softmax heads on train; return their figures on dev."""
    gold, dev = data.gold("train"), data.gold("dev")
    texts, targets = list(gold.texts), data.gold_targets(gold.rows)
    weight = {head: np.ones(len(texts), np.float32) for head in HEADS}
    if kind != GOLD:
        more = distil.pool(distil.default_teachers(), own=kind != SOFT, soft=kind != OWN)
        texts += more.texts
        targets = {head: np.concatenate([targets[head], more.targets[head]]) for head in HEADS}
        weight = {head: np.concatenate([weight[head], more.weight[head]]) for head in HEADS}
    config = replace(config, spec=prepared(texts, config.spec))
    labels = data.head_labels()
    heads = [
        HeadData(h, "softmax", labels[h], targets[h], weight[h], recipe.L2.get(h), recipe.RARE.get(h))
        for h in HEADS
    ]
    rows = to_csr(featurise(texts, config.spec), config.spec)
    found = fit_heads(rows, heads, config, words=word_rows(texts, config.spec))
    held, right = to_csr(featurise(dev.texts, config.spec), config.spec), data.gold_targets(dev.rows)
    return {
        h: softmax_head(np.exp(log_softmax(held @ w + b)), right[h].argmax(axis=1))
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
