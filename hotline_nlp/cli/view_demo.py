"""Read the sample requests and show how that went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..result import Result
from .console import console, table
from .view_result import HEADS, print_answers, print_evidence

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 24
"""Characters of a request in the table."""


def run_demo(model: str, city: str) -> None:
    """Classify all samples, print the table and the agreement, then explain the first one."""
    from ..classifier import Classifier
    from ..samples import load_samples

    clf = Classifier.load(model, city=city)
    samples = load_samples()
    results = list(clf.iter_results(sample["text"] for sample in samples))
    out = console()
    print_table(out, samples, results)
    print_agreement(out, samples, results)
    first = samples[0]["text"]
    out.print("\n[bold]One request in full[/bold]")
    out.print(first, markup=False)
    out.print()
    result = clf.classify(first, explain=True)
    print_answers(out, result, full=True)
    print_evidence(out, first, result)


def print_table(out: Console, samples: Sequence[Mapping[str, str]], results: Sequence[Result]) -> None:
    """Print one line a request."""
    rows = table("text", "type", "topic", "unit", "confidence", "decision", right=("confidence",))
    for sample, result in zip(samples, results, strict=True):
        text = sample["text"]
        short = text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
        labels = [getattr(result, head).label if getattr(result, head) else "-" for head in HEADS]
        sure = f"{result.unit.probability:.2f}" if result.unit else "-"
        rows.add_row(short, *labels, sure, result.decision.action)
    out.print(rows)


def print_agreement(out: Console, samples: Sequence[Mapping[str, str]], results: Sequence[Result]) -> None:
    """Print how many of the samples' own labels the model gives."""
    for head in HEADS:
        answers = [getattr(result, head) for result in results]
        hits = sum(a is not None and a.label == s[head] for a, s in zip(answers, samples, strict=True))
        out.print(f"{head}: {hits} of {len(samples)} as the samples are labelled ({hits / len(samples):.0%})")
