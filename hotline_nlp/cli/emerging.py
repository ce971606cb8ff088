"""`hotline-nlp emerging`: what is new this month."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded


@app.command()
@guarded
def emerging(
    tickets: Annotated[Path, typer.Argument(help="This month's tickets: CSV, XLSX, JSONL or Parquet.")],
    past: Annotated[
        list[Path],
        typer.Option(help="Earlier tickets; give it once a month, or one file with a date column."),
    ],
    text: Annotated[str, typer.Option(help="Column that holds the request.")] = "text",
    date: Annotated[str | None, typer.Option(help="Column of the date.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Column of the topic (default: what the model says).")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Column of the unit (default: what the model says).")
    ] = None,
    caller: Annotated[str | None, typer.Option(help="Column of the caller: one caller counts once.")] = None,
    level: Annotated[float, typer.Option(help="Chance that a month without news lists anything.")] = 0.05,
    top: Annotated[int, typer.Option(help="Topics to list at most.")] = 10,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    model: Model = "linear",
    city: City = "xiangtan",
    as_json: Json = False,
) -> None:
    """List topics that came up more often than earlier months explain, with keywords, examples and a unit."""
    from .view_insight import run_emerging

    columns = {"text": text, "date": date, "topic": topic, "unit": unit, "caller": caller}
    run_emerging(
        tickets,
        past,
        columns=columns,
        sheet=sheet,
        level=level,
        top=top,
        model=model,
        city=city,
        as_json=as_json,
    )
