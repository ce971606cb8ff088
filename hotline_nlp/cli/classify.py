"""`hotline-nlp classify`: read one request."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import City, Json, Model, app, guarded


@app.command()
@guarded
def classify(
    text: Annotated[str, typer.Argument(help="The request, or - for standard input.")],
    model: Model = "linear",
    city: City = "xiangtan",
    as_json: Json = False,
) -> None:
    """Read one request: type, topic, unit, dispatch and decision."""
    from .view_result import show_result

    show_result(text, model=model, city=city, as_json=as_json)
