"""`hotline-nlp score`: score files of any length."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded


@app.command()
@guarded
def score(
    inputs: Annotated[
        list[str], typer.Argument(metavar="IN...", help="CSV, XLSX, JSONL, Parquet; folders; globs.")
    ],
    out: Annotated[
        Path, typer.Option(help="File to write: .csv, .xlsx, .jsonl or .parquet; with --engine-ray a folder.")
    ],
    text: Annotated[str, typer.Option(help="Column that holds the request.")] = "text",
    columns: Annotated[
        str | None, typer.Option(help="Columns to add, joined by commas (default: all).")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Rows scored at a time.")] = 4096,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; 1 (default): this one, all cores. On Ray: actors (all cores)."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Forget an unfinished job.")] = False,
    engine_ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Score Parquet on a Ray cluster: auto, ray://HOST:10001, or local to start one here.",
        ),
    ] = None,
    model: Model = "linear",
    city: City = "xiangtan",
    as_json: Json = False,
) -> None:
    """Score every row of one or more files into one file; an interrupted job goes on where it stopped."""
    from .view_score import Request, run_ray, run_score

    request = Request(
        inputs=inputs,
        out=out,
        text=text,
        columns=None if columns is None else [name.strip() for name in columns.split(",")],
        batch_size=batch_size,
        workers=workers,
        model=model,
        city=city,
        as_json=as_json,
    )
    if engine_ray is not None:
        run_ray(request, engine_ray, sheet=sheet, restart=restart)
    else:
        run_score(request, sheet=sheet, restart=restart)
