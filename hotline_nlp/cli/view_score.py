"""Run a file job with a progress bar and sum it up."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..batch.report import BatchReport, Progress, ProgressCallback
from ..errors import InputError
from .console import console, print_json, table

if TYPE_CHECKING:
    from rich.console import Console

TOP = 10
"""Labels a head in the summary."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for."""

    inputs: Sequence[str]
    out: Path
    text: str
    columns: Sequence[str] | None
    batch_size: int
    workers: int | None
    model: str
    city: str
    as_json: bool


def run_score(request: Request, *, sheet: str | None, restart: bool) -> None:
    """Score files and print the summary, or the report as JSON."""
    from ..batch import score_batch
    from ..batch.choose import choose_columns
    from ..batch.memory import save_memory
    from ..classifier import Classifier
    from ..engines.linear import LinearEngine

    choose_columns(request.columns)
    clf = Classifier.load(request.model, city=request.city)
    if isinstance(clf.engine, LinearEngine):
        save_memory()
    with bar() as progress:
        report: BatchReport = score_batch(
            clf,
            request.inputs,
            text=request.text,
            out=request.out,
            columns=request.columns,
            batch_size=request.batch_size,
            sheet=sheet,
            resume=not restart,
            workers=request.workers or 1,
            progress=progress,
        )
    if request.as_json:
        print_json(report.to_dict())
    else:
        print_summary(console(), report)


def run_ray(request: Request, address: str, *, sheet: str | None, restart: bool) -> None:
    """Score Parquet files on a Ray cluster into a folder and print the summary, or the report as JSON."""
    from ..batch.ray import score_parquet

    if sheet is not None or restart:
        raise InputError("--sheet and --restart are not for --engine-ray: leave them out.")
    report = score_parquet(
        request.inputs,
        request.out,
        address=None if address == "local" else address,
        model=request.model,
        city=request.city,
        text=request.text,
        columns=request.columns,
        batch_size=request.batch_size,
        workers=request.workers,
    )
    if request.as_json:
        print_json(report.to_dict())
        return
    out = console()
    rate = report.rows / report.seconds if report.seconds else 0.0
    out.print(
        f"{report.rows:,} rows in {report.seconds:.1f} s ({rate:,.0f} rows/s) -> {report.path}, "
        f"{report.files:,} files",
        markup=False,
        soft_wrap=True,
    )
    print_counts(out, report.counts, report.rows)
    if report.rejected:
        out.print(f"{report.rejected:,} rows got no answer: their decision is reject", markup=False)


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
            if progress.stage not in first:  # what an earlier run did is no sign of how quick this one is
                bars.tasks[task].completed = progress.fraction
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
    print_counts(out, report.counts, report.rows)
    for note in report.notes:
        out.print(f"note: {note}", markup=False, soft_wrap=True)
    if report.rejects_path:
        out.print(
            f"{report.rejected:,} rows got no answer: {report.rejects_path}", markup=False, soft_wrap=True
        )
        for reject in report.rejects[:5]:
            out.print(f"  {reject.file}, line {reject.line}: {reject.reason}", markup=False, soft_wrap=True)


def print_counts(out: Console, counted: Mapping[str, Mapping[str, int]], total: int) -> None:
    """Print the most frequent labels of each head with their shares of all rows."""
    for head, counts in counted.items():
        rows = table(head, "rows", "share", right=("rows", "share"))
        for label, count in list(counts.items())[:TOP]:
            rows.add_row(label, f"{count:,}", f"{count / total:.1%}")
        left = list(counts.values())[TOP:]
        if left:
            rows.add_row(f"{len(left)} more", f"{sum(left):,}", f"{sum(left) / total:.1%}")
        out.print(rows)
