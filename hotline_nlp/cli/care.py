"""`hotline-nlp audit | correct | pick | drift`: look after labels and notice when they age."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded
from .target import Force

Text = Annotated[str, typer.Option(help="Column that holds the request.")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")]
Column = Annotated[str | None, typer.Option(help="Column that holds this label.")]
Wanted = Annotated[str | None, typer.Option(help="Column to make for this label (default: all).")]
Id = Annotated[str | None, typer.Option("--id", help="Column of ticket numbers, to carry along.")]
English = Annotated[bool, typer.Option("--english", help="Say the verdict in English.")]


@app.command()
@guarded
def audit(
    tickets: Annotated[Path, typer.Argument(help="Labelled requests: CSV, XLSX, JSONL or Parquet.")],
    out: Annotated[Path, typer.Option(help="Spreadsheet to write (.xlsx).")] = Path("audit.xlsx"),
    text: Text = "text",
    type_: Annotated[str | None, typer.Option("--type", help="Column that holds this label.")] = None,
    topic: Column = None,
    unit: Column = None,
    id_: Id = None,
    sheet: Sheet = None,
    city: City = "xiangtan",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """List labels to look at again: likely wrong, contradicted by a copy, or given away by the text."""
    from .view_care import run_audit

    run_audit(
        tickets,
        out,
        text=text,
        columns={"type": type_, "topic": topic, "unit": unit},
        id_=id_,
        sheet=sheet,
        city=city,
        force=force,
        as_json=as_json,
    )


@app.command()
@guarded
def correct(
    tickets: Annotated[Path, typer.Argument(help="The requests that were audited.")],
    audited: Annotated[Path, typer.Argument(help="The audit's spreadsheet, its column 改为 filled in.")],
    out: Annotated[Path, typer.Option(help="File to write: .csv, .xlsx, .jsonl or .parquet.")],
    text: Text = "text",
    sheet: Sheet = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write the requests again with the labels that a person put into an audit's spreadsheet."""
    from .view_care import run_correct

    run_correct(tickets, audited, out, text=text, sheet=sheet, force=force, as_json=as_json)


@app.command()
@guarded
def pick(
    pool: Annotated[Path, typer.Argument(help="Unlabelled requests: CSV, XLSX, JSONL or Parquet.")],
    out: Annotated[Path, typer.Option(help="Spreadsheet to write (.xlsx).")] = Path("pick.xlsx"),
    count: Annotated[int, typer.Option(help="Rows to propose.")] = 100,
    text: Text = "text",
    type_: Annotated[
        str | None, typer.Option("--type", help="Column to make for this label (default: all).")
    ] = None,
    topic: Wanted = None,
    unit: Wanted = None,
    id_: Id = None,
    labelled: Annotated[
        Path | None, typer.Option(help="Requests labelled already, to keep away from.")
    ] = None,
    sheet: Sheet = None,
    model: Model = "linear",
    city: City = "xiangtan",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Propose the next requests worth labelling: the model doubts them, and they differ from each other."""
    from .view_care import run_pick

    run_pick(
        pool,
        out,
        count=count,
        text=text,
        columns={"type": type_, "topic": topic, "unit": unit},
        id_=id_,
        labelled=labelled,
        sheet=sheet,
        model=model,
        city=city,
        force=force,
        as_json=as_json,
    )


@app.command()
@guarded
def drift(
    reference: Annotated[Path, typer.Argument(help="Earlier requests, best unknown to the model.")],
    current: Annotated[Path, typer.Argument(help="Requests of the period to judge.")],
    text: Text = "text",
    type_: Annotated[
        str | None, typer.Option("--type", help="Column of labels (default: what the model says).")
    ] = None,
    topic: Column = None,
    unit: Column = None,
    sheet: Sheet = None,
    model: Model = "linear",
    city: City = "xiangtan",
    english: English = False,
    as_json: Json = False,
) -> None:
    """Compare two periods and say in a sentence whether to retrain."""
    from .view_drift import run_drift

    run_drift(
        reference,
        current,
        text=text,
        columns={"type": type_, "topic": topic, "unit": unit},
        sheet=sheet,
        model=model,
        city=city,
        language="en" if english else "zh",
        as_json=as_json,
    )
