"""Read the labelled requests that the packaged models are trained and measured on.

They are not part of the project: HOTLINE_DATA names their folder, else ../shared/data beside the checkout.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.learn.linear import HeadData
from hotline_nlp.normalise import fold_table, mask, normalise, normalise_many
from hotline_nlp.taxonomy import load_taxonomy

ROOT = Path(__file__).resolve().parent.parent
OPENING = 40
"""Characters by which a text of the pool is known as one of a test set."""


def folder() -> Path:
    """Return the folder of the labelled requests; raise SystemExit where there is none."""
    path = Path(os.environ.get("HOTLINE_DATA", ROOT.parent / "shared" / "data"))
    if not (path / "gold.csv").is_file():
        raise SystemExit(f"error: no gold.csv in {path}: set HOTLINE_DATA to the folder that holds it.")
    return path


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the data files."""
    csv.field_size_limit(1 << 30)
    return _table(folder() / name)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def request(row: dict[str, str]) -> str:
    """Return a row's title and text as one request."""
    return f"{row['title']}。{row['text']}" if row.get("title") else row["text"]


def folded(text: str) -> str:
    """Normalise a text but keep the operator's opening and closing, which `normalise` cuts."""
    table = fold_table()
    codes = np.frombuffer(mask(text).encode("utf-32-le", "replace"), "<u4")
    plain = table[codes].astype("<u4").tobytes().decode("utf-32-le", "replace")
    return re.sub(r"\s+", " ", plain).strip()


@dataclass(frozen=True)
class Gold:
    """Labelled rows with their normalised texts."""

    rows: list[dict[str, str]]
    texts: list[str]


def gold(split: str) -> Gold:
    """Return a split of the gold set; train with the labels that a second reading corrected."""
    rows = [row for row in read("gold.csv") if row["split"] == split]
    if split == "train":
        for row in rows:
            row.update(corrections().get(row["id"], {}))
    return Gold(rows, [normalise(request(row)).text for row in rows])


def pool_texts() -> list[str]:
    """Return the normalised texts of the unlabelled pool, in its order."""
    return [normalise(request(row)).text for row in read("unlabelled.csv")]


def test_openings() -> set[str]:
    """Return how the texts of gold dev and of Haikou's June open; nothing that opens so may be trained on."""
    found = {request(r)[:OPENING] for r in gold("dev").rows}
    return found | {r["stripped"][:OPENING] for r in read("haikou_units.csv") if r["split"] == "test"}


def unlike_tests(rows: list[dict[str, str]]) -> list[bool]:
    """Return which rows may be trained on: those that open like no test text."""
    tests = test_openings()
    return [request(row)[:OPENING] not in tests for row in rows]


def pool_labels() -> dict[str, dict[str, str]]:
    """Return our own labels of texts of the unlabelled pool, by the texts' id; see corpora/README.md."""
    return {row["id"]: row for row in _table(ROOT / "training" / "pool_labels.csv")}


def written() -> Gold:
    """Return requests of our own wording with their labels; see corpora/README.md."""
    rows = [row for path in sorted((ROOT / "training" / "written").glob("*.csv")) for row in _table(path)]
    return Gold(rows, normalise_many([row["text"] for row in rows]))


@lru_cache(maxsize=1)
def corrections() -> dict[str, dict[str, str]]:
    """Return the corrected labels of gold train rows, {id: {head: label}}; see corpora/README.md."""
    out: dict[str, dict[str, str]] = {}
    for row in _table(ROOT / "training" / "gold_corrections.csv"):
        out.setdefault(row["id"], {})[row["head"]] = row["label"]
    return out


def head_labels() -> dict[str, tuple[str, ...]]:
    """Return each head's labels, in the taxonomy's order."""
    taxonomy = load_taxonomy()
    named = {
        "type": taxonomy.types,
        "topic": taxonomy.topics,
        "unit": taxonomy.unit_functions,
        "flags": taxonomy.flags,
    }
    return {**{name: tuple(x.label for x in found) for name, found in named.items()}, "urgent": ("urgent",)}


def one_hot(values: list[str], labels: tuple[str, ...]) -> NDArray[np.float32]:
    """Return hard targets of shape (rows, labels); a row of zeros where a value is empty or unknown."""
    out = np.zeros((len(values), len(labels)), np.float32)
    number = {label: i for i, label in enumerate(labels)}
    for i, value in enumerate(values):
        if value in number:
            out[i, number[value]] = 1
    return out


def gold_targets(rows: list[dict[str, str]]) -> dict[str, NDArray[np.float32]]:
    """Return hard targets of every head for gold rows."""
    labels = head_labels()
    out = {head: one_hot([r[head] for r in rows], labels[head]) for head in ("type", "topic", "unit")}
    out["urgent"] = np.array([[float(r["urgent"])] for r in rows], np.float32)
    held = [set(r["flags"].split(",")) for r in rows]
    out["flags"] = np.array([[float(f in h) for f in labels["flags"]] for h in held], np.float32)
    return out


def as_heads(
    targets: dict[str, NDArray[np.float32]],
    weight: dict[str, Any],
    l2: Mapping[str, float] = MappingProxyType({}),
    rare: Mapping[str, float] = MappingProxyType({}),
    margins: Mapping[str, float] = MappingProxyType({}),
) -> list[HeadData]:
    """Join targets and row weights into the heads of the engine, in their fixed order."""
    labels = head_labels()
    order = ("type", "topic", "unit", "urgent", "flags")
    binary = ("urgent", "flags")
    return [
        HeadData(
            name,
            "sigmoid" if name in binary else "softmax",
            labels[name],
            targets[name],
            weight[name],
            l2.get(name),
            rare.get(name),
            margins.get(name, 0.0),
        )
        for name in order
    ]
