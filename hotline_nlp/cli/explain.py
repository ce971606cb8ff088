"""`hotline-nlp explain`: read one request and show why."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded


@app.command()
@guarded
def explain(
    text: Annotated[str, typer.Argument(help="The request, or - for standard input.")],
    returned: Annotated[
        list[str] | None,
        typer.Option(help="UNIT:REASON of an earlier return of this order, oldest first; may be repeated."),
    ] = None,
    model: Model = "linear",
    city: City = "xiangtan",
    as_json: Json = False,
) -> None:
    """Read one request and show the whole chain: answers, how dispatch came about, evidence in the text."""
    from .view_result import show_result

    show_result(text, model=model, city=city, as_json=as_json, explain=True, returned=returned or ())
