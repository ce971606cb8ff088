"""`hotline-nlp demo`: the sample requests, read by the packaged model."""

from __future__ import annotations

from .app import City, Model, app, guarded


@app.command()
@guarded
def demo(model: Model = "linear", city: City = "xiangtan") -> None:
    """Read the project's sample requests, show the answers in a table and explain one in full."""
    from .view_demo import run_demo

    run_demo(model, city)
