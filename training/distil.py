"""Train the packaged linear model: gold labels, our own of the pool, and the teachers' for the rest of it.

python -m training.distil [--teacher FOLDER ... | --no-teacher] [--out models/linear]
"""

from __future__ import annotations

import argparse
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.artefact import file_hash, write_model
from hotline_nlp.calibrate import brier, log_softmax
from hotline_nlp.engines.base import Head
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.learn.linear import Fitted, HeadData, fit_linear, policy

from . import data, recipe
from .card import render
from .measure import measure

Array = NDArray[Any]
HEADS = ("type", "topic", "unit", "urgent", "flags")


def soft_targets(head: str, logits: Array, temperature: float) -> Array:
    """Return the teacher's probabilities, shape (texts, labels)."""
    scaled = logits.astype(np.float64) / temperature
    if head in ("urgent", "flags"):
        return np.asarray(1 / (1 + np.exp(-scaled)), np.float32)
    return np.exp(log_softmax(scaled)).astype(np.float32)


def mean_targets(teachers: Mapping[Path, float]) -> dict[str, Array]:
    """Return the weighted mean of the teachers' probabilities of the pool, by head, (texts, labels).

    A folder's unlabelled.npz may lack heads. Raises SystemExit where a head is in none of them.
    """
    try:
        scores = [(np.load(folder / "unlabelled.npz"), weight) for folder, weight in teachers.items()]
    except OSError as error:
        raise SystemExit(f"error: a teacher's scores can't be read: {error}; make them first.") from error
    out = {}
    for head in HEADS:
        parts = [(soft_targets(head, s[head], recipe.SOFT_TEMPERATURE), w) for s, w in scores if head in s]
        if not parts:
            raise SystemExit(f"error: no teacher scores {head!r}: name one that does.")
        out[head] = np.average([part for part, _ in parts], axis=0, weights=[w for _, w in parts])
    return out


@dataclass(frozen=True)
class Pool:
    """Texts of the pool with a target and a weight a head."""

    texts: list[str]
    targets: dict[str, Array]
    weight: dict[str, Array]


def pool(teachers: dict[Path, float], *, own: bool = True, soft: bool = True) -> Pool:
    """Return the pool's texts that open like no test text, with our own labels and the teachers' mean.

    Without `own` every label is the teachers'; without `soft` a text that we did not label weighs nothing.
    """
    tests, rows = data.test_openings(), data.read("unlabelled.csv")
    keep = np.array([data.request(row)[: data.OPENING] not in tests for row in rows])
    ours = data.pool_labels() if own else {}
    labelled = np.array([row["id"] in ours for row in rows])
    known = data.gold_targets([ours[row["id"]] for row in rows if row["id"] in ours])
    taught = mean_targets(teachers)
    targets, weights = {}, {}
    for head in HEADS:
        mean = taught[head]
        if own:
            mean[labelled] = recipe.TRUST * known[head] + (1 - recipe.TRUST) * mean[labelled]
        targets[head] = mean[keep].astype(np.float32)
        weights[head] = np.where(labelled, 1, recipe.SOFT_WEIGHT[head] if soft else 0)[keep].astype(
            np.float32
        )
    return Pool([text for text, k in zip(data.pool_texts(), keep, strict=True) if k], targets, weights)


def default_teachers(named: Mapping[str, float] = recipe.TEACHERS) -> dict[Path, float]:
    """Return the recipe's teachers, or others of the folders under .cache/."""
    return {data.ROOT / ".cache" / name: weight for name, weight in named.items()}


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
    texts, targets = list(gold.texts), data.gold_targets(gold.rows)
    weight = {head: np.ones(len(texts), np.float32) for head in HEADS}
    fold = calibration_fold(texts, recipe.CALIBRATION_PARTS)
    if teachers:
        more = pool(teachers)
        texts += more.texts
        targets = {head: np.concatenate([targets[head], more.targets[head]]) for head in HEADS}
        weight = {head: np.concatenate([weight[head], more.weight[head]]) for head in HEADS}
        fold = np.concatenate([fold, np.full(len(more.texts), -1)])
    heads = data.as_heads(targets, weight, recipe.L2, recipe.RARE, recipe.MARGINS)
    fitted = fit_linear(texts, heads, fold, recipe.CONFIG, jobs=os.cpu_count() or 1)
    fitted = recalibrated(fitted, heads, fold)
    files = ["gold.csv", *(["unlabelled.csv"] if teachers else [])]
    manifest = fitted.manifest(
        name="linear",
        version=recipe.VERSION,
        language="zh",
        data={name: file_hash(data.folder() / name) for name in files},
        penalties=recipe.L2,
        soft_weight=recipe.SOFT_WEIGHT,
        powers_of_rarity=recipe.RARE,
        rows={
            "gold": len(gold.texts),
            "pool": len(texts) - len(gold.texts),
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
