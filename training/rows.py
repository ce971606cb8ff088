"""What the transformer is fine-tuned on: gold rows, the Haikou tickets' own labels, and their batches."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hotline_nlp.engines.transformer.tokens import Tokens
from hotline_nlp.normalise import normalise_many

from . import data
from .distil import calibration_fold

UNKNOWN = -100
EXCLUSIVE = ("type", "topic", "unit")
EVERY = (*EXCLUSIVE, "haikou_unit", "haikou_topic")
POOL = 40
"""Batches that are sorted by length together, so that a batch's texts are of like length."""


Kind = Literal["gold", "labelled", "soft", "haikou", "written"]
"""Gold rows, the pool's rows with labels of our own, with those of teachers, tickets with Haikou's own, and
requests of our own wording."""


@dataclass
class Row:
    """A training text: its class in each softmax head (UNKNOWN where none), binary targets, its tokens.

    A softly labelled one has the teachers' probabilities by head instead of classes.
    """

    text: str
    classes: dict[str, int]
    urgent: float
    flags: list[float]
    kind: Kind
    id: str = ""
    ids: list[int] = field(default_factory=list)
    soft: dict[str, list[float]] = field(default_factory=dict)


def haikou_labels() -> dict[str, tuple[str, ...]]:
    """Return the Haikou tickets' own label sets: units, and second-level topics of 20 tickets or more."""
    rows = data.read("haikou_units.csv")
    topics = Counter(r["topic2"] for r in rows if r["split"] == "train")
    return {
        "haikou_unit": tuple(sorted({r["unit"] for r in rows})),
        "haikou_topic": tuple(sorted(t for t, n in topics.items() if n >= 20)),
    }


def all_labels() -> dict[str, tuple[str, ...]]:
    """Return the labels of every head that is trained, the auxiliary ones last; none without labels."""
    found = {**data.head_labels(), **haikou_labels()}
    return {name: labels for name, labels in found.items() if labels}


def _number(label: str, labels: tuple[str, ...]) -> int:
    return labels.index(label) if label in labels else UNKNOWN


def labelled_row(r: dict[str, str], text: str, kind: Kind) -> Row:
    """Return the row of a text with one label a head."""
    labels = data.head_labels()
    found = {head: _number(r[head], labels[head]) for head in EXCLUSIVE}
    flags = [float(f in r["flags"].split(",")) for f in labels["flags"]]
    return Row(text, dict.fromkeys(EVERY, UNKNOWN) | found, float(r["urgent"]), flags, kind, r["id"])


def training_rows() -> list[Row]:
    """Return gold train rows, with Haikou's labels where a ticket is the same, and the other tickets."""
    labels = {**data.head_labels(), **haikou_labels()}
    tickets = {r["stripped"][:60]: r for r in data.read("haikou_units.csv") if r["split"] == "train"}
    rows = []
    for r, text in zip(data.gold("train").rows, data.gold("train").texts, strict=True):
        row = labelled_row(r, text, "gold")
        ticket = tickets.pop(r["text"][:60], None)
        if ticket:
            row.classes["haikou_unit"] = _number(ticket["unit"], labels["haikou_unit"])
            row.classes["haikou_topic"] = _number(ticket["topic2"], labels["haikou_topic"])
        rows.append(row)
    for t, text in zip(
        tickets.values(), normalise_many([t["stripped"] for t in tickets.values()]), strict=True
    ):
        classes = dict.fromkeys(EVERY, UNKNOWN)
        classes["haikou_unit"] = _number(t["unit"], labels["haikou_unit"])
        classes["haikou_topic"] = _number(t["topic2"], labels["haikou_topic"])
        rows.append(Row(text, classes, -1.0, [-1.0] * len(labels["flags"]), "haikou", t["id"]))
    return rows


def without_fold(rows: Sequence[Row], parts: int) -> tuple[list[Row], list[Row]]:
    """Return the rows to train on, and the gold rows of one of `parts` folds to calibrate on; 0 for none."""
    if not parts:
        return list(rows), []
    fold = calibration_fold([row.text for row in rows], parts)
    held = [
        row for row, number in zip(rows, fold.tolist(), strict=True) if number == 0 and row.kind == "gold"
    ]
    return [row for row, number in zip(rows, fold.tolist(), strict=True) if number != 0], held


def tokenise(texts: Sequence[str], tokens: Tokens) -> list[list[int]]:
    """Return token numbers of each text, mapped by `datasets` in memory: no text is written to a cache."""
    import datasets

    datasets.disable_progress_bars()
    table = datasets.Dataset.from_list([{"text": text} for text in texts])
    mapped = table.map(
        lambda batch: {"ids": tokens.numbers(batch["text"])},
        batched=True,
        batch_size=1000,
        remove_columns=["text"],
        keep_in_memory=True,
        new_fingerprint="tokens",
    )
    return [list(ids) for ids in mapped["ids"]]


def batches(
    rows: Sequence[Row], epoch: int, seed: int, size: int, shares: Mapping[str, float]
) -> list[list[Row]]:
    """Return an epoch's batches of like length: of each kind of rows its share, drawn anew."""
    rng = random.Random(seed * 100 + epoch)
    chosen: list[Row] = []
    for kind, share in shares.items():
        found = [row for row in rows if row.kind == kind]
        chosen += found if share >= 1 else rng.sample(found, int(share * len(found)))
    rng.shuffle(chosen)
    out = []
    for start in range(0, len(chosen), size * POOL):
        near = sorted(chosen[start : start + size * POOL], key=lambda row: len(row.ids))
        out += [near[k : k + size] for k in range(0, len(near), size)]
    rng.shuffle(out)
    return out


def pools() -> dict[str, list[str]]:
    """Return the texts that the teacher scores, normalised as the engine gets them.

    `haikou_test_raw` keeps the operator's directive, which names the unit.
    """
    tickets = [r for r in data.read("haikou_units.csv") if r["split"] == "test"]
    return {
        "dev": data.gold("dev").texts,
        "unlabelled": data.pool_texts(),
        "haikou_test": normalise_many([r["stripped"] for r in tickets]),
        "haikou_test_raw": [r["text"] for r in tickets],
    }
