"""`hotline-nlp info`: what a model says of itself."""

from __future__ import annotations

from .app import Json, Model, app, guarded


@app.command()
@guarded
def info(model: Model = "linear", as_json: Json = False) -> None:
    """Show the model card in short: name, format, size, label sets, metrics, library versions."""
    from .view_info import show_info

    show_info(model, as_json=as_json)
