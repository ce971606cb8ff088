"""Show a model's manifest in short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .console import console, print_json, table

BRIEF = ("name", "version", "kind", "format", "weights", "decision", "metrics", "rows", "libraries")


def show_info(model: str, *, as_json: bool) -> None:
    """Load a model and print its card in short."""
    from ..classifier import Classifier

    clf = Classifier.load(model)
    brief = {key: clf.manifest[key] for key in BRIEF if key in clf.manifest}
    brief["labels"] = {name: len(labels) for name, labels in clf.labels.items()}
    corrected = {
        head.name: {label: round(share, 4) for label, share in zip(head.labels, head.shares, strict=True)}
        for head in clf.engine.heads
        if head.shares
    }
    if corrected:
        brief |= {"answers_as": clf.name, "shares": corrected}
    if as_json:
        print_json(brief)
        return
    rows = table("key", "value")
    for key, value in flatten(brief):
        rows.add_row(key, value)
    console().print(rows)


def flatten(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted keys and their values as text, a mapping of plain values on one line."""
    for key, item in value.items():
        name = f"{prefix}{key}"
        if not isinstance(item, Mapping):
            yield name, _shown(item)
        elif any(isinstance(inner, Mapping) for inner in item.values()):
            yield from flatten(item, f"{name}.")
        else:
            yield name, ", ".join(f"{inner} {_shown(v)}" for inner, v in item.items())


def _shown(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
