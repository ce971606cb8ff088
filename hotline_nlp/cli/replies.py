"""`hotline-nlp replies`: which replies need a second look."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, app, guarded
from .target import Force


@app.command()
@guarded
def replies(
    tickets: Annotated[
        Path, typer.Argument(help="Requests with their replies: CSV, XLSX, JSONL or Parquet.")
    ],
    out: Annotated[Path | None, typer.Option(help="Spreadsheet to write (.xlsx), a row a finding.")] = None,
    request: Annotated[str, typer.Option(help="Column that holds the request.")] = "request",
    reply: Annotated[str, typer.Option(help="Column that holds the reply.")] = "reply",
    number: Annotated[
        str | None,
        typer.Option("--id", help="Column of the order: its replies are compared with each other."),
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Column of the unit that replies.")] = None,
    date: Annotated[str | None, typer.Option(help="Column of the reply's date.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    city: City = "xiangtan",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Check replies: another matter, empty, no date, contradictions, another unit, likely typos."""
    from .view_insight import run_replies

    columns = {"request": request, "reply": reply, "id": number, "unit": unit, "date": date}
    run_replies(tickets, out, columns=columns, sheet=sheet, city=city, force=force, as_json=as_json)
