"""`hotline-nlp explain`: read one request and show why."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded


@app.command()
@guarded
def explain(
    text: Annotated[str, typer.Argument(help="The request, or - for standard input.")],
    model: Model = "linear",
    city: City = "xiangtan",
    as_json: Json = False,
) -> None:
    """Read one request and show the whole chain: answers, evidence in the text, place, dispatch, decision."""
    from .view_result import show_result

    show_result(text, model=model, city=city, as_json=as_json, explain=True)
