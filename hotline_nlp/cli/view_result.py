"""Show one Result, short or in full, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..result import Evidence, Place, Result, Score, Topic
from .console import console, print_json, table, text_or_stdin

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

HEADS = ("type", "topic", "unit")
STYLES = {"type": "bold magenta", "topic": "bold green", "unit": "bold cyan"}
SHOWN = 6
"""Spans a head in the contributions table."""
MARKED = 3
"""Spans a head that are marked in the text."""


def show_result(
    text: str, *, model: str, city: str, as_json: bool, explain: bool = False, returned: Sequence[str] = ()
) -> None:
    """Classify a text ("-": standard input) and print the answer; `returned` holds UNIT:REASON."""
    from ..classifier import Classifier
    from .view_dispatch import print_dispatch, read_returned

    text = text_or_stdin(text)
    history = read_returned(returned)
    result = Classifier.load(model, city=city).classify(text, history=history, explain=explain)
    if as_json:
        print_json(result.to_dict())
        return
    out = console()
    print_answers(out, result)
    if explain:
        print_dispatch(out, result)
        print_evidence(out, text, result)


def print_answers(out: Console, result: Result, *, full: bool = False) -> None:
    """Print one line an answer; `full` adds the reasons of the dispatch."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    for name, value in _lines(result, full):
        grid.add_row(f"[bold]{name}[/bold]", _plain(value))
    out.print(grid)


def _plain(value: str) -> Text:
    """Return a text that rich takes as it is, square brackets too."""
    from rich.text import Text

    return Text(value)


def _lines(result: Result, full: bool) -> Iterator[tuple[str, str]]:
    for head in HEADS:
        score: Score | None = getattr(result, head)
        if score is not None:
            yield head, describe(score)
    if result.decision.action != "reject":
        yield "urgent", f"{'yes' if result.urgent else 'no'} ({result.urgent_probability:.2f})"
        yield "flags", ", ".join(result.flags) or "-"
        yield "place", describe_place(result.place)
        yield "lead unit", result.dispatch.lead or "-"
        if result.dispatch.co_units:
            yield "co-units", ", ".join(result.dispatch.co_units)
        if result.dispatch.procedure:
            yield "procedure", result.dispatch.procedure
        if full:
            yield from (("reason", reason) for reason in result.dispatch.reasons)
    reason = f": {result.decision.reason}" if result.decision.reason else ""
    yield "decision", result.decision.action + reason
    yield "model", result.model


def describe(score: Score) -> str:
    """Return an answer, its probability, a topic's domain and the runners-up in one line."""
    domain = f" ({score.domain})" if isinstance(score, Topic) and score.domain else ""
    others = ", ".join(f"{label} {p:.2f}" for label, p in score.alternatives[1:] if p >= 0.005)
    return f"{score.label}{domain} {score.probability:.2f}" + (f"; then {others}" if others else "")


def describe_place(place: Place) -> str:
    """Return the names of a place with the confidence, "-" where the text names none."""
    names = " ".join(filter(None, (place.district, place.town, place.village)))
    return f"{names} ({place.confidence:.2f})" if names else "-"


def print_evidence(out: Console, text: str, result: Result) -> None:
    """Print the text with the strongest spans marked, a line a head, and what each span adds."""
    from ..normalise import mask

    if not result.evidence:
        return
    shown = mask(text)
    out.print("\n[bold]Evidence[/bold] (personal numbers masked; contributions in logits of the label)")
    for head in HEADS:
        spans = [item for item in result.evidence if item.head == head]
        if spans:
            out.print()
            out.print(f"{head}: {spans[0].label}", style=STYLES[head], markup=False)
            words = [span for span in spans if span.contribution > 0 and span.end - span.start > 1]
            out.print(mark(shown, words[:MARKED], STYLES[head]))
            print_contributions(out, spans)


def mark(text: str, spans: list[Evidence], style: str) -> Text:
    """Return the text with these spans in brackets 【】 and in a style."""
    from rich.text import Text

    marked, at = Text(), 0
    for span in sorted(spans, key=lambda item: item.start):
        if span.start >= at:
            marked.append(text[at : span.start])
            marked.append(f"【{text[span.start : span.end]}】", style=style)
            at = span.end
    return marked.append(text[at:])


def print_contributions(out: Console, spans: list[Evidence]) -> None:
    """Print the strongest spans, the rest as one line, and their sum."""
    rows = table("span", "adds", right=("adds",))
    for span in spans[:SHOWN]:
        rows.add_row(_plain(span.text), f"{span.contribution:+.3f}")
    rest = spans[SHOWN:]
    if rest:
        rows.add_row(f"{len(rest)} more", f"{sum(s.contribution for s in rest):+.3f}")
    rows.add_row("the whole text", f"{sum(s.contribution for s in spans):+.3f}")
    out.print(rows)
