"""`hotline-nlp feedback export`: what people said of the answers, as a training table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import app, guarded
from .key import Data
from .target import Force

feedback = typer.Typer(help="Use what people said of the service's answers.", no_args_is_help=True)
app.add_typer(feedback, name="feedback")


@feedback.command()
@guarded
def export(
    out: Annotated[Path, typer.Argument(help="File to write: CSV, XLSX, JSONL or Parquet.")],
    data: Data = None,
    force: Force = False,
) -> None:
    """Write the last word on each request as a table that hotline-nlp train takes."""
    from .view_serve import export_feedback

    export_feedback(out, data, force=force)
