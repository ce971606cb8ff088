"""What the linear model is fitted to beside gold: the pool, requests of our own wording, parts of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
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


def mean_targets(teachers: Mapping[Path, float], name: str = "unlabelled") -> dict[str, Array]:
    """Return the weighted mean of the teachers' probabilities by head, (texts, labels), from their NAME.npz.

    A folder's file may lack heads. Raises SystemExit where a head is in none of them.
    """
    try:
        scores = [(np.load(folder / f"{name}.npz"), weight) for folder, weight in teachers.items()]
    except OSError as error:
        raise SystemExit(f"error: a teacher's scores can't be read: {error}; make them first.") from error
    out = {}
    for head in HEADS:
        parts = [(soft_targets(head, s[head], recipe.SOFT_TEMPERATURE), w) for s, w in scores if head in s]
        if not parts:
            raise SystemExit(f"error: no teacher scores {head!r}: name one that does.")
        if len({len(part) for part, _ in parts}) > 1:
            raise SystemExit("error: the teachers scored different texts: make their scores again.")
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
    rows = data.read("unlabelled.csv")
    keep = np.array(data.unlike_tests(rows))
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
    return Source(list(compress(data.pool_texts(), keep)), targets, weights)


def own_wording() -> Source:
    """Return the requests of our own wording; they weigh what the recipe says."""
    found = data.written()
    return Source(found.texts, data.gold_targets(found.rows), _weights(recipe.WRITTEN, len(found.texts)))


def _weights(by_head: Mapping[str, float], texts: int) -> dict[str, Array]:
    return {head: np.full(texts, by_head.get(head, 0), np.float32) for head in HEADS}


def joined(parts: Sequence[Source], heads: Sequence[str] = HEADS) -> Source:
    """Return the texts of all parts in their order, with the targets and weights of these heads."""
    return Source(
        [text for part in parts for text in part.texts],
        {head: np.concatenate([part.targets[head] for part in parts]) for head in heads},
        {head: np.concatenate([part.weight[head] for part in parts]) for head in heads},
    )


def span_rows(teachers: Mapping[Path, float], fold: Array) -> Source:
    """Return parts of the texts to fit to, with the answers of those teachers that scored them.

    fold: that of the gold rows; parts of the held-out ones are left out, so that these stay unseen.
    Raises SystemExit where no teacher scored the parts, or scored others.
    """
    found = spans.parts(spans.drawn_from())
    keep = np.array([number >= len(fold) or fold[number] < 0 for number, _ in found])
    scored = {f: weight for f, weight in teachers.items() if (f / "spans.npz").is_file()}
    taught = mean_targets(scored, "spans") if scored else {}
    if not scored or len(taught["type"]) != len(found):
        raise SystemExit(
            "error: no teacher has scored these parts: python -m training.score CHECKPOINT first."
        )
    targets = {head: taught[head][keep].astype(np.float32) for head in HEADS}
    texts = [part for _, part in compress(found, keep)]
    return Source(texts, targets, _weights(recipe.SPANS, len(texts)))


def default_teachers(named: Mapping[str, float] = recipe.TEACHERS) -> dict[Path, float]:
    """Return the recipe's teachers, or others of the folders under .cache/."""
    return {data.ROOT / ".cache" / name: weight for name, weight in named.items()}
