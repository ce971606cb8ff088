"""`hotline-nlp evaluate`: compare a model's answers with labelled work orders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import MODEL, Json, app, guarded
from .target import Force


@app.command()
@guarded
def evaluate(
    model: Annotated[str, typer.Argument(help=MODEL)],
    tickets: Annotated[Path, typer.Argument(help="Labelled requests: CSV, XLSX, JSONL or Parquet.")],
    text: Annotated[str, typer.Option(help="Column that holds the request.")] = "text",
    type_: Annotated[str | None, typer.Option("--type", help="Column of types.")] = None,
    topic: Annotated[str | None, typer.Option(help="Column of topics.")] = None,
    unit: Annotated[str | None, typer.Option(help="Column of units.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the whole report: .md, .html or .json.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Measure a model on labelled tickets: figures, classes, calibration, coverage."""
    from .view_train import run_evaluate

    run_evaluate(
        model,
        tickets,
        columns={"text": text, "type": type_, "topic": topic, "unit": unit},
        sheet=sheet,
        report=report,
        force=force,
        as_json=as_json,
    )
