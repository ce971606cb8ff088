"""`hotline-nlp repeats`: which tickets say the same thing again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded
from .target import Force


@app.command()
@guarded
def repeats(
    tickets: Annotated[list[Path], typer.Argument(help="Tickets: CSV, XLSX, JSONL or Parquet.")],
    out: Annotated[Path | None, typer.Option(help="Spreadsheet to write (.xlsx), a row a ticket.")] = None,
    text: Annotated[str, typer.Option(help="Column that holds the request.")] = "text",
    date: Annotated[str | None, typer.Option(help="Column of the date.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Column of the topic (default: what the model says).")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Column of the unit.")] = None,
    caller: Annotated[str | None, typer.Option(help="Column of the caller, masked or not.")] = None,
    number: Annotated[
        str | None, typer.Option("--id", help="Column of ticket numbers, to carry along.")
    ] = None,
    top: Annotated[int, typer.Option(help="Matters to print.")] = 20,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    model: Model = "linear",
    city: City = "xiangtan",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Group tickets about the same matter: copies and rewordings, one caller's and many callers'."""
    from .view_insight import run_repeats

    columns = {"text": text, "date": date, "topic": topic, "unit": unit, "caller": caller, "id": number}
    run_repeats(
        tickets,
        out,
        columns=columns,
        sheet=sheet,
        top=top,
        model=model,
        city=city,
        force=force,
        as_json=as_json,
    )
