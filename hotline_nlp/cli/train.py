"""`hotline-nlp train`: train a model on labelled work orders of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import Json, app, guarded


@app.command()
@guarded
def train(
    tickets: Annotated[list[Path], typer.Argument(help="Labelled requests: CSV, XLSX, JSONL, Parquet.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder to write the model to.")],
    text: Annotated[str, typer.Option(help="Column that holds the request.")] = "text",
    type_: Annotated[str | None, typer.Option("--type", help="Column of types.")] = None,
    topic: Annotated[str | None, typer.Option(help="Column of topics.")] = None,
    unit: Annotated[str | None, typer.Option(help="Column of units.")] = None,
    date: Annotated[
        str | None, typer.Option(help="Column of dates; the newest rows are then held out.")
    ] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Column of ticket numbers.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    base: Annotated[
        str | None, typer.Option("--from", help="Start from this model: linear, or a model folder.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a model in --out that is better.")] = False,
    refit: Annotated[
        bool, typer.Option("--refit", help="After measuring, fit once more, to the held-out rows too.")
    ] = False,
    formulas: Annotated[
        bool,
        typer.Option("--formulas", help="Read openings and closings of operators too (请某局核实处理)."),
    ] = False,
    error_rate: Annotated[float, typer.Option(help="Share of wrong answers that auto may act on.")] = 0.1,
    few: Annotated[int, typer.Option(help="Name labels with fewer rows than this.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    as_json: Json = False,
) -> None:
    """Train a model offline on labelled tickets, measure it on held-out ones, and write both."""
    from .view_train import run_train

    run_train(
        tickets,
        folder,
        columns={"text": text, "type": type_, "topic": topic, "unit": unit, "date": date, "id": id_},
        base=base,
        options={
            "sheet": sheet,
            "refit": refit,
            "formulas": formulas,
            "error_rate": error_rate,
            "few": few,
            "seed": seed,
        },
        force=force,
        as_json=as_json,
    )
