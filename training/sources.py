"""What the linear model is fitted to beside gold: the pool, requests of our own wording, parts of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.calibrate import log_softmax

from . import data, recipe, spans

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
class Source:
    """Texts to fit to, with a target and a weight a head."""

    texts: list[str]
    targets: dict[str, Array]
    weight: dict[str, Array]


def pool(teachers: dict[Path, float], *, own: bool = True, soft: bool = True) -> Source:
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
    return Source([text for text, k in zip(data.pool_texts(), keep, strict=True) if k], targets, weights)


def own_wording() -> Source:
    """Return the requests of our own wording; they weigh what the recipe says."""
    found = data.written()
    weight = {head: np.full(len(found.texts), recipe.WRITTEN.get(head, 0), np.float32) for head in HEADS}
    return Source(found.texts, data.gold_targets(found.rows), weight)


def span_rows(teachers: Mapping[Path, float], fold: Array) -> Source:
    """Return parts of the texts to fit to, with the answers of those teachers that scored them.

    fold: that of the gold rows; parts of the held-out ones are left out, so that these stay unseen.
    Raises SystemExit where no teacher scored the parts, or scored others.
    """
    found = spans.parts(spans.drawn_from())
    keep = np.array([number >= len(fold) or fold[number] < 0 for number, _ in found])
    scored = [np.load(f / "spans.npz") for f in teachers if (f / "spans.npz").is_file()]
    if not scored or any(len(s["type"]) != len(found) for s in scored):
        raise SystemExit(
            "error: no teacher has scored these parts: python -m training.score CHECKPOINT first."
        )
    targets, weight = {}, {}
    for head in HEADS:
        mean = np.mean([soft_targets(head, s[head], recipe.SOFT_TEMPERATURE) for s in scored], axis=0)
        targets[head] = mean[keep].astype(np.float32)
        weight[head] = np.full(int(keep.sum()), recipe.SPANS.get(head, 0), np.float32)
    return Source([part for (_, part), k in zip(found, keep, strict=True) if k], targets, weight)


def default_teachers(named: Mapping[str, float] = recipe.TEACHERS) -> dict[Path, float]:
    """Return the recipe's teachers, or others of the folders under .cache/."""
    return {data.ROOT / ".cache" / name: weight for name, weight in named.items()}
