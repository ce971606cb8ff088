"""Evaluate a model on labelled work orders."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..decide import Policy
from ..engines.base import Engine, Floats, keeps_formulas
from ..errors import InputError
from .measure import HeadReport, measure_head
from .sources import Columns
from .table import Tickets, read_tickets

if TYPE_CHECKING:
    from ..classifier import Classifier

_BATCH = 8192


@dataclass(frozen=True, slots=True)
class Acted:
    """What `auto` does on the rows: the head it follows, threshold, share acted on, share of those wrong."""

    head: str
    threshold: float
    coverage: float
    error_rate: float
    allowed: float


@dataclass(frozen=True, slots=True)
class EvalReport:
    """A model's answers on labelled rows, one report a head, and what could not be used."""

    model: str
    rows: int
    heads: dict[str, HeadReport]
    acted: Acted | None
    notes: tuple[str, ...] = ()

    def metrics(self) -> dict[str, Any]:
        """Return the figures alone: a dict a head, and `auto`."""
        out: dict[str, Any] = {name: head.figures() for name, head in self.heads.items()}
        if self.acted is not None:
            names = ("coverage", "error_rate")
            out["auto"] = {name: round(getattr(self.acted, name), 4) for name in names}
        return out

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "model": self.model,
            "rows": self.rows,
            "metrics": self.metrics(),
            "heads": {name: head.to_dict() for name, head in self.heads.items()},
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """Return the whole report as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def to_markdown(self) -> str:
        """Return the report as Markdown tables."""
        from .report import evaluation_markdown

        return evaluation_markdown(self)

    def to_html(self) -> str:
        """Return the report as one HTML file with everything in it; plots need the extra `train`."""
        from .html import evaluation_html

        return evaluation_html(self)


def evaluate(
    clf: Classifier,
    records: Any,
    *,
    text: str = "text",
    type: str | None = None,
    topic: str | None = None,
    unit: str | None = None,
    sheet: str | None = None,
) -> EvalReport:
    """Compare a model's answers with labelled records: a path, DataFrame, Arrow table or mappings.

    type, topic, unit: the label columns; with none named, those called type, topic and unit are taken where
    the records have them. A label that the model does not have counts as wrong and is named. Raises
    ColumnError for a missing column and InputError where model and records share no head.
    """
    if type is topic is unit is None:
        columns, records = _default_columns(records, text, sheet)
    else:
        columns = Columns(text, type, topic, unit)
    whole = keeps_formulas(clf.engine)
    return evaluate_engine(clf.engine, read_tickets(records, columns, sheet=sheet, formulas=whole))


def _default_columns(records: Any, text: str, sheet: str | None) -> tuple[Columns, Any]:
    from .sources import HEADS, names_of

    if isinstance(records, str | Path) and not Path(records).is_file():
        raise InputError(f"there is no file {records}: check the path.")
    names, records = names_of(records, sheet)
    return Columns(text, **{head: head for head in HEADS if head in names}), records


def evaluate_engine(engine: Engine, tickets: Tickets) -> EvalReport:
    """Measure an engine on tickets."""
    mine = {head.name: head for head in engine.heads}
    shared = [head for head in tickets.labels if head in mine]
    if not shared:
        raise InputError(
            f"the model answers {', '.join(mine)} and the table labels {', '.join(tickets.labels)}: "
            "name a label column of one of the model's heads."
        )
    p = probabilities(engine, tickets.texts)
    policy = Policy.from_dict(engine.manifest["decision"])
    answers = {head: (mine[head].labels, p[head]) for head in shared}
    foreign = [note for head in shared if (note := _foreign(head, tickets.labels[head], mine[head].labels))]
    return report(engine.name, answers, tickets, policy, (*foreign, *tickets.notes))


def _foreign(head: str, found: Sequence[str], known: Sequence[str]) -> str:
    """Say that no label of a column is one of the model's, "" where one is."""
    theirs = {label for label in found if label}
    if not theirs or theirs & set(known):
        return ""
    return (
        f"{head}: the model has none of the {len(theirs):,} labels, so no answer can be right: check the "
        "column, or train on labels of your own"
    )


def probabilities(engine: Engine, texts: Sequence[str]) -> dict[str, Floats]:
    """Return each head's calibrated probabilities of normalised texts, shape (texts, labels)."""
    parts = [engine.logits(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)] or [
        engine.logits([])
    ]
    return {
        head.name: np.concatenate([head.probabilities(part[head.name]) for part in parts])
        for head in engine.heads
    }


def report(
    model: str,
    answers: Mapping[str, tuple[Sequence[str], Floats]],
    tickets: Tickets,
    policy: Policy,
    notes: Sequence[str] = (),
) -> EvalReport:
    """Measure answers, (labels, probabilities) a head, on tickets."""
    heads = {}
    for name, (labels, p) in answers.items():
        found = measure_head(name, labels, p, tickets.labels[name])
        if found is not None:
            heads[name] = found
    return EvalReport(model, len(tickets.texts), heads, _acted(answers, tickets, policy), tuple(notes))


def _acted(
    answers: Mapping[str, tuple[Sequence[str], Floats]], tickets: Tickets, policy: Policy
) -> Acted | None:
    if policy.head not in answers:
        return None
    labels, p = answers[policy.head]
    truth = tickets.labels[policy.head]
    known = np.array([value != "" for value in truth], bool)
    if not known.any():
        return None
    answer = [labels[i] for i in p.argmax(axis=1)]
    right = np.array([a == t for a, t in zip(answer, truth, strict=True)], bool)[known]
    auto = (p.max(axis=1) >= policy.threshold)[known]
    wrong = float((~right[auto]).mean()) if auto.any() else 0.0
    return Acted(policy.head, policy.threshold, float(auto.mean()), wrong, policy.error_rate)
