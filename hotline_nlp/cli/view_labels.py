"""List label sets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..taxonomy import Label, load_taxonomy
from .console import console, print_json, table

SETS = ("types", "topics", "unit_functions", "flags")


def show_labels(model: str | None, *, as_json: bool) -> None:
    """Print the taxonomy, or the labels of each head of a model."""
    if model is None:
        _show_taxonomy(as_json)
        return
    from ..classifier import Classifier

    heads = Classifier.load(model).labels
    if as_json:
        print_json({name: list(labels) for name, labels in heads.items()})
        return
    rows = table("head", "labels")
    for name, labels in heads.items():
        rows.add_row(name, ", ".join(labels))
    console().print(rows)


def _show_taxonomy(as_json: bool) -> None:
    taxonomy = load_taxonomy()
    sets: dict[str, tuple[Label, ...]] = {name: getattr(taxonomy, name) for name in SETS}
    if as_json:
        print_json({name: [_filled(label) for label in labels] for name, labels in sets.items()})
        return
    out = console()
    for name, labels in sets.items():
        with_domain = name == "topics"
        rows = table(
            *(("domain",) if with_domain else ()),
            "label",
            "id",
            "definition",
            title=f"{name} ({len(labels)})",
        )
        for label in labels:
            rows.add_row(*((label.domain,) if with_domain else ()), label.label, label.id, label.definition)
        out.print(rows)


def _filled(label: Label) -> dict[str, Any]:
    return {key: value for key, value in asdict(label).items() if value}
