"""Run a file job with a progress bar and sum it up."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..batch.report import BatchReport, Progress, ProgressCallback
from .console import console, print_json, table

if TYPE_CHECKING:
    from rich.console import Console

TOP = 10
"""Labels a head in the summary."""


def run_score(
    inputs: Sequence[str],
    out: Path,
    *,
    text: str,
    columns: Sequence[str] | None,
    batch_size: int,
    sheet: str | None,
    restart: bool,
    model: str,
    city: str,
    as_json: bool,
) -> None:
    """Score files and print the summary, or the report as JSON."""
    from ..batch import score_batch
    from ..classifier import Classifier

    clf = Classifier.load(model, city=city)
    with bar() as progress:
        report: BatchReport = score_batch(
            clf,
            inputs,
            text=text,
            out=out,
            columns=columns,
            batch_size=batch_size,
            sheet=sheet,
            resume=not restart,
            progress=progress,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        print_summary(console(), report)


@contextmanager
def bar() -> Iterator[ProgressCallback | None]:
    """Show share, rows, rate and time to go on a terminal; nothing where standard error is none."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    look = TextColumn("{task.description} {task.percentage:>3.0f}%"), BarColumn()
    counts = TextColumn("{task.fields[rows]:,} rows"), TextColumn("{task.fields[rate]:,.0f}/s")
    with Bars(*look, *counts, TimeRemainingColumn(), console=console(error=True), transient=True) as bars:
        tasks = {
            name: bars.add_task(name, total=1.0, rows=0, rate=0.0, visible=False)
            for name in ("score", "write")
        }
        first: dict[str, int] = {}

        def advance(progress: Progress) -> None:
            task = tasks[progress.stage]
            rows = progress.rows - first.setdefault(progress.stage, progress.rows)
            elapsed = bars.tasks[task].elapsed or 0.0
            bars.update(
                task,
                completed=progress.fraction,
                rows=progress.rows,
                rate=rows / elapsed if elapsed else 0.0,
                visible=True,
            )

        yield advance


def print_summary(out: Console, report: BatchReport) -> None:
    """Print what was done, the counts by head, and the first rejects."""
    taken = f", {report.resumed:,} taken over from the unfinished job" if report.resumed else ""
    out.print(
        f"{report.rows:,} rows in {report.seconds:.1f} s ({report.rate:,.0f} rows/s{taken}) -> {report.path}",
        markup=False,
        soft_wrap=True,
    )
    for head, counts in report.counts.items():
        rows = table(head, "rows", "share", right=("rows", "share"))
        for label, count in list(counts.items())[:TOP]:
            rows.add_row(label, f"{count:,}", f"{count / report.rows:.1%}")
        left = list(counts.values())[TOP:]
        if left:
            rows.add_row(f"{len(left)} more", f"{sum(left):,}", f"{sum(left) / report.rows:.1%}")
        out.print(rows)
    for note in report.notes:
        out.print(f"note: {note}", markup=False, soft_wrap=True)
    if report.rejects_path:
        out.print(
            f"{report.rejected:,} rows got no answer: {report.rejects_path}", markup=False, soft_wrap=True
        )
        for reject in report.rejects[:5]:
            out.print(f"  {reject.file}, line {reject.line}: {reject.reason}", markup=False, soft_wrap=True)
