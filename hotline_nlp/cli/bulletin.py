"""`hotline-nlp bulletin`: the month's bulletin as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded
from .target import Force


@app.command()
@guarded
def bulletin(
    tickets: Annotated[
        list[str],
        typer.Argument(metavar="TICKETS...", help="CSV, XLSX, JSONL, Parquet; folders; globs."),
    ],
    month: Annotated[str, typer.Option(help="The bulletin's month, such as 2024-11.")],
    out: Annotated[Path, typer.Option(help="File to write: .docx, .html, .md, or .xlsx (the figures).")],
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="ROLE=COLUMN", help="Name a column: unit=处置部门; repeatable."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    issuer: Annotated[str, typer.Option(help="Who signs the document (default: the city's hotline).")] = "",
    date: Annotated[str | None, typer.Option(help="Date of the document (default: today).")] = None,
    model: Model = "linear",
    city: City = "xiangtan",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Count a month's tickets, scored or raw, into an official bulletin (运行情况通报)."""
    from .view_bulletin import run_bulletin

    run_bulletin(
        tickets,
        month,
        out,
        pairs=map_ or [],
        sheet=sheet,
        issuer=issuer,
        date=date,
        model=model,
        city=city,
        force=force,
        as_json=as_json,
    )
