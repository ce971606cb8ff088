"""Train the packaged linear model: gold, the pool by our own labels or the teachers', our own requests.

python -m training.distil [--teacher FOLDER ... | --no-teacher] [--out models/linear]
"""

from __future__ import annotations

import argparse
import os
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.artefact import file_hash, write_model
from hotline_nlp.calibrate import brier
from hotline_nlp.engines.base import Head
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.features import prepared
from hotline_nlp.learn.linear import Fitted, HeadData, fit_linear, policy

from . import data, recipe
from .card import render
from .measure import measure
from .sources import HEADS, Source, default_teachers, joined, own_wording, pool, span_rows

Array = NDArray[Any]


def calibration_fold(texts: list[str], parts: int) -> Array:
    """Return 0 for one text in `parts`, else -1, by a hash of its opening: near-duplicates agree."""
    chosen = [zlib.crc32(text[:30].encode("utf-8", "replace")) % parts == 0 for text in texts]
    return np.where(chosen, 0, -1)


def recalibrated(fitted: Fitted, heads: list[HeadData], fold: Array) -> Fitted:
    """Return the model with temperatures of gold dev, whose labels were read twice, and the policy again.

    The held-out rows of train are easier than dev, so their temperatures come out too sure for it; their
    slopes stay, since they are more.
    """
    dev = data.gold("dev")
    right = data.gold_targets(dev.rows)
    logits = LinearEngine(fitted.manifest(name="fitted", version="0"), fitted.tensors).logits(dev.texts)
    found = tuple(
        replace(head, temperature=round(level(head, logits[head.name], right[head.name].argmax(axis=1)), 4))
        if head.kind == "softmax"
        else head
        for head in fitted.heads
    )
    chosen = policy(heads, found, fitted.held_out, fold, fitted.config)
    return replace(fitted, heads=found, policy=chosen)


def level(head: Head, logits: Array, right: Array) -> float:
    """Return the temperature with which the head's answers have the least Brier score, its slope kept."""
    from scipy.optimize import minimize_scalar

    def loss(t: float) -> float:
        return brier(logits, right, float(np.exp(t)), head.slope)

    return float(np.exp(minimize_scalar(loss, bounds=(-1, 1), method="bounded").x))


def build(teachers: dict[Path, float]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifest and tensors of the packaged model."""
    gold = data.gold("train")
    ones = {head: np.ones(len(gold.texts), np.float32) for head in HEADS}
    split = calibration_fold(gold.texts, recipe.CALIBRATION_PARTS)
    parts = {"gold": Source(gold.texts, data.gold_targets(gold.rows), ones)}
    if teachers:
        parts["pool"] = pool(teachers)
    real = [text for part in parts.values() for text in part.texts]
    config = replace(recipe.CONFIG, spec=prepared(real, recipe.CONFIG.spec))
    if teachers:
        parts |= {"written": own_wording(), "spans": span_rows(teachers, split)}
    every = joined(list(parts.values()))
    fold = np.concatenate([split, np.full(len(every.texts) - len(split), -1)])
    heads = data.as_heads(every.targets, every.weight, recipe.L2, recipe.RARE, recipe.MARGINS)
    fitted = fit_linear(every.texts, heads, fold, config, jobs=os.cpu_count() or 1)
    fitted = recalibrated(fitted, heads, fold)
    files = ["gold.csv", *(["unlabelled.csv"] if teachers else [])]
    manifest = fitted.manifest(
        name="linear",
        version=recipe.VERSION,
        language="zh",
        data={name: file_hash(data.folder() / name) for name in files},
        penalties=recipe.L2,
        soft_weight=recipe.SOFT_WEIGHT,
        written_weight=recipe.WRITTEN,
        span_weight=recipe.SPANS,
        powers_of_rarity=recipe.RARE,
        rows={
            **dict.fromkeys(("gold", "pool", "written", "spans"), 0),
            **{name: len(part.texts) for name, part in parts.items()},
            "labelled": len(data.pool_labels()) if teachers else 0,
            "known": len(fitted.tensors["weights"]),
        },
    )
    manifest["metrics"] = {"gold_dev": measure(LinearEngine(manifest, fitted.tensors), data.gold("dev"))}
    return manifest, fitted.tensors


def main(argv: list[str] | None = None) -> None:
    """Read the command line, train, write the model folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--teacher", type=Path, action="append", help="folder of a teacher's logits; may repeat"
    )
    parser.add_argument("--no-teacher", action="store_true", help="gold labels alone")
    parser.add_argument("--out", type=Path, default=data.ROOT / "models" / "linear")
    options = parser.parse_args(argv)
    given = dict.fromkeys(options.teacher or (), 1.0)
    teachers = {} if options.no_teacher else given or default_teachers()
    manifest, tensors = build(teachers)
    write_model(options.out, manifest, tensors, render(manifest))
    print(f"wrote {options.out}: {manifest['metrics']}")


if __name__ == "__main__":
    main()
