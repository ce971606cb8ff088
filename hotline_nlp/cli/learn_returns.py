"""`hotline-nlp learn-returns`: learn from orders that came back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import Json, app, guarded

Column = Annotated[str | None, typer.Option(help="Name of this column in the table.")]


@app.command()
@guarded
def learn_returns(
    returns: Annotated[Path, typer.Argument(help="Past orders, those returned and those kept: CSV or XLSX.")],
    city: Annotated[
        str, typer.Option("--city", "--pack", help="A packaged city's name or a city pack's folder.")
    ] = "xiangtan",
    topic: Column = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="Column of the unit that the order first went to.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="Column of the unit that took the order.")] = None,
    count: Column = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file (default: the first).")] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out rows that can't be used, instead of stopping.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget what the pack learnt before, learn this table alone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Learn from past returns who takes what: counts (topic, from, to) into the city pack's returns.csv."""
    from .view_returns import run_learn_returns

    run_learn_returns(
        returns,
        city,
        columns={"topic": topic, "from": from_, "to": to, "count": count},
        sheet=sheet,
        skip_bad=skip_bad,
        replace=replace,
        as_json=as_json,
    )
