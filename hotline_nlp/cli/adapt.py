"""`hotline-nlp adapt`: answer for the label shares of a city or a month."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded
from .target import Force


@app.command()
@guarded
def adapt(
    out: Annotated[Path, typer.Option(help="File to write (.json), which --model takes afterwards.")],
    tickets: Annotated[
        Path | None, typer.Argument(help="A month's requests, unlabelled: CSV, XLSX, JSONL or Parquet.")
    ] = None,
    known: Annotated[
        str | None,
        typer.Option(
            metavar="pack|FILE",
            help="Shares that are known: the city pack's, or JSON {head: {label: count}}.",
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            help="Head to correct (default: type where shares are estimated, all that --known states). "
            "To estimate suits few labels only."
        ),
    ] = None,
    text: Annotated[str, typer.Option(help="Column that holds the request.")] = "text",
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    model: Model = "linear",
    city: City = "xiangtan",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Correct a model for other shares of labels, known ones or those that a month's texts show."""
    from .view_adapt import run_adapt

    run_adapt(
        out,
        tickets,
        known,
        head=head,
        text=text,
        sheet=sheet,
        model=model,
        city=city,
        force=force,
        as_json=as_json,
    )
