"""Write reports and model cards as Markdown; no figure in them is typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..engines.base import keeps_formulas
from ..engines.linear import KIND
from .compare import Comparison
from .evaluate import EvalReport
from .labels import nearest
from .measure import HeadReport

if TYPE_CHECKING:
    from .outcome import TrainResult

LINE = ("head", "rows", "labels", "right", "macro-F1", "right in the top 3", "calibration error")
CLASSES = ("label", "rows", "precision", "recall", "F1")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def head_line(head: HeadReport) -> tuple[object, ...]:
    """Return one head's figures in the order of LINE."""
    figures = (head.accuracy, head.macro_f1, head.top3, head.ece)
    return head.name, f"{head.rows:,}", len(head.classes), *(f"{value:.3f}" for value in figures)


def class_lines(head: HeadReport) -> list[tuple[object, ...]]:
    """Return one line a label in the order of CLASSES."""
    return [
        (c.label, f"{c.rows:,}", f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}") for c in head.classes
    ]


def acted_sentence(report: EvalReport) -> str:
    """Say what `auto` does on the rows, "" where the deciding head was not measured."""
    a = report.acted
    if a is None:
        return ""
    if a.coverage == 0:
        return (
            f"`auto` acts on none of the rows: no {a.head} answer is sure enough for {a.allowed:.0%} errors."
        )
    return (
        f"`auto` ({a.head} probability of {a.threshold:.2f} or more) acts on {a.coverage:.1%} of the rows "
        f"and is wrong on {a.error_rate:.1%} of those; it was set to keep to {a.allowed:.0%}."
    )


def unknown_sentence(head: HeadReport) -> str:
    """Name the labels of the rows that the model does not have, "" where there are none."""
    if not head.unknown:
        return ""
    known = [found.label for found in head.classes if found.label not in head.unknown]
    parts = []
    for label, rows in list(head.unknown.items())[:20]:
        near = nearest(label, known)
        parts.append(f"{label} ({rows}{f', did it mean {near}?' if near else ''})")
    named = ", ".join(parts)
    return f"Labels that the model does not have, counted as wrong: {named}."


def changed_lines(comparison: Comparison) -> list[tuple[object, ...]]:
    """Return one line a head: rows, before, after, set right, broken."""
    return [
        (c.head, f"{c.rows:,}", f"{c.before:.3f}", f"{c.after:.3f}", c.gained, c.lost)
        for c in comparison.changes
    ]


CHANGED = ("head", "rows", "before", "after", "set right", "broken")
MOVED = ("head", "label", "F1 before", "F1 after")


def moved_lines(comparison: Comparison) -> list[tuple[object, ...]]:
    """Return the labels whose F1 moved most."""
    return [
        (c.head, label, f"{old:.3f}", f"{new:.3f}")
        for c in comparison.changes
        for label, old, new in c.labels
    ]


def _head(head: HeadReport) -> list[str]:
    parts = [f"## {head.name}", unknown_sentence(head), table(CLASSES, class_lines(head))]
    if head.confused:
        parts += ["Most confused:", table(("true", "answered", "rows"), head.confused)]
    bins = [(f"{b.confidence:.2f}", f"{b.accuracy:.2f}", f"{b.rows:,}") for b in head.reliability]
    parts += ["Calibration:", table(("mean confidence", "share right", "rows"), bins)]
    cover = [
        (f"{share:.0%}", f"{right:.3f}") for share, right in head.coverage if round(share * 100) % 10 == 0
    ]
    return [*parts, "Coverage, the surest answers first:", table(("share answered", "share right"), cover)]


def _body(report: EvalReport) -> list[str]:
    parts = [table(LINE, (head_line(head) for head in report.heads.values())), acted_sentence(report)]
    for head in report.heads.values():
        parts += _head(head)
    return parts


def _notes(notes: Sequence[str]) -> list[str]:
    return ["## What could not be used", "\n".join(f"- {note}" for note in notes)] if notes else []


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def evaluation_markdown(report: EvalReport) -> str:
    """Return an evaluation as Markdown."""
    return _join([f"# {report.model} on {report.rows:,} rows", *_body(report), *_notes(report.notes)])


def comparison_markdown(comparison: Comparison) -> list[str]:
    """Return what changed against the model before."""
    parts = [f"## Against {comparison.previous}", comparison.note, table(CHANGED, changed_lines(comparison))]
    if not comparison.changes:
        return [parts[0], comparison.sentence()]
    return [*parts, "Labels that moved most:", table(MOVED, moved_lines(comparison))]


def facts(result: TrainResult) -> list[str]:
    """Say what a model was trained on and how it was measured."""
    rows, base = result.manifest["rows"], result.manifest["base"]
    heads = ", ".join(f"{t.name} ({len(t.labels)} labels)" for t in result.targets)
    kept = [h["name"] for h in result.manifest["heads"] if h["name"] not in {t.name for t in result.targets}]
    measured = f"measured on {rows['held_out']:,} others, {result.split}"
    return [
        f"Trained: {heads}, on {rows['fitted']:,} rows; {measured if rows['held_out'] else 'not measured'}.",
        f"Started from {base}." + (f" Kept from it: {', '.join(kept)}." if kept else "") if base else "",
        "After measuring, it was fitted once more, to all rows." if result.manifest["data"]["refit"] else "",
        "It reads operators' openings and closings too." if keeps_formulas(result.engine) else "",
    ]


def training_markdown(result: TrainResult) -> str:
    """Return a training report as Markdown."""
    title = f"# {result.manifest['name'] or 'model'} {result.manifest['version']}"
    against = comparison_markdown(result.comparison) if result.comparison else []
    return _join([title, *facts(result), *_body(result.report), *against, *_notes(result.notes)])


def card(result: TrainResult) -> str:
    """Return the model card: what it answers, on what it was trained, its figures and its limits."""
    manifest = result.manifest
    lines = [head_line(head) for head in result.report.heads.values()]
    return _join(
        [
            f"# {manifest['name']} {manifest['version']}",
            f"Reads a Chinese citizen request made to a 12345 government hotline ({KIND}, character n-grams "
            "hashed into int8 weights; no vocabulary is stored, so no text can be read out of it; of a text "
            "that it was fitted to it keeps 24 bits of a hash, to know it again).",
            *facts(result),
            table(LINE, lines) if lines else "",
            acted_sentence(result.report),
            "It repeats the habits and mistakes of the labels that it was trained on; have a person look at "
            "every `review`, and measure it again on new rows with `hotline-nlp evaluate`.",
        ]
    )
