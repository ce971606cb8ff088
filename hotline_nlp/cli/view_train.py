"""Train and evaluate, and show what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..files import save_file
from .console import console, print_json, table
from .target import check_target

if TYPE_CHECKING:
    from ..learn.evaluate import EvalReport

NOTES, WIDEST = 20, 400
"""Notes printed, and characters of each; the report holds all of them."""


def run_train(
    tickets: Sequence[Path],
    folder: Path,
    *,
    columns: Mapping[str, str | None],
    base: str | None,
    options: Mapping[str, Any],
    force: bool,
    as_json: bool,
) -> None:
    """Train, write the model and print its figures; nothing is written before training is done."""
    from ..artefact import MANIFEST
    from ..learn.outcome import check_folder, check_heads, load_engine
    from ..learn.sources import Columns
    from ..learn.train import TrainConfig, train

    check_folder(folder)
    chosen = Columns(**columns)  # type: ignore[arg-type]
    previous = folder if (folder / MANIFEST).is_file() and not force else None
    if previous is not None and base is None and chosen.heads():
        check_heads(folder, load_engine(folder), chosen.heads())  # before an hour's training, not after it
    config = TrainConfig(
        columns=chosen,
        base=base,
        previous=previous,
        name=folder.resolve().name,
        **options,
    )
    result = train(list(tickets), config=config, progress=_progress())
    saved = result.save(folder, force=force)
    if as_json:
        against = result.comparison.sentence() if result.comparison else None
        notes = list(result.notes)
        print_json({"model": str(saved), "metrics": result.metrics, "against": against, "notes": notes})
        return
    out = console()
    if result.report.heads:
        out.print(f"measured on held-out rows, {result.split}:", markup=False, soft_wrap=True)
        _figures(result.report)
    if result.comparison:
        out.print(result.comparison.sentence(), markup=False, soft_wrap=True)
    _notes(result.notes)
    out.print(f"wrote {saved} (report.html, report.md)", markup=False, soft_wrap=True)


def run_evaluate(
    model: str,
    tickets: Path,
    *,
    columns: Mapping[str, str | None],
    sheet: str | None,
    report: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Evaluate, print the figures, and write the whole report where one was asked for."""
    from ..classifier import Classifier
    from ..learn.evaluate import evaluate

    if report is not None:
        if report.suffix not in (".md", ".html", ".json"):
            raise InputError(
                f"{report.name} is no .md, .html or .json file: give --report one of these suffixes."
            )
        check_target(report, [model, tickets], force=force)
    found = evaluate(Classifier.load(model), tickets, sheet=sheet, **columns)  # type: ignore[arg-type]
    if as_json:
        print_json({"model": found.model, "rows": found.rows, "metrics": found.metrics()})
    else:
        _figures(found)
        _notes(found.notes)
    if report is None:
        return
    _write(report, found)
    if not as_json:
        console().print(f"wrote {report}", markup=False, soft_wrap=True)


def _write(path: Path, found: EvalReport) -> None:
    texts = {".md": found.to_markdown, ".html": found.to_html, ".json": found.to_json}
    save_file(path, texts[path.suffix]().encode(), "choose another --report", make_folder=True)


def _figures(found: EvalReport) -> None:
    from ..learn.report import LINE, acted_sentence, head_line, unknown_sentence

    rows = table(*LINE, right=LINE[1:])
    for head in found.heads.values():
        rows.add_row(*map(str, head_line(head)))
    out = console()
    out.print(rows)
    for line in (acted_sentence(found), *map(unknown_sentence, found.heads.values())):
        if line:
            out.print(line, markup=False, soft_wrap=True)


def _notes(notes: Sequence[str]) -> None:
    out = console()
    for note in notes[:NOTES]:
        short = note if len(note) <= WIDEST else f"{note[:WIDEST]}… (all in the report)"
        out.print(f"note: {short}", markup=False, soft_wrap=True)
    if len(notes) > NOTES:
        out.print(f"{len(notes) - NOTES} more notes stand in the report", markup=False)


def _progress() -> Any:
    """Return what prints one line a step on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        return None
    return lambda line: print(line, file=sys.stderr, flush=True)
