"""`hotline-nlp labels`: the label sets."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import Json, app, guarded


@app.command()
@guarded
def labels(
    model: Annotated[
        str | None, typer.Option(help="Show a model's own labels instead of the taxonomy.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List types, topics, unit functions and flags with their definitions."""
    from .view_labels import show_labels

    show_labels(model, as_json=as_json)
