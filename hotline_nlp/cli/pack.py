"""`hotline-nlp pack`: make and check another city's pack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import app, guarded

pack = typer.Typer(
    help="Make and check a city pack: units, places and duties of a city.", no_args_is_help=True
)
app.add_typer(pack, name="pack")


@pack.command()
@guarded
def init(
    folder: Annotated[Path, typer.Argument(help="New or empty folder.")],
    city: Annotated[str, typer.Option(help="The city's name, e.g. 株洲市.")],
    template: Annotated[str, typer.Option(help="empty, or xiangtan for a copy to edit.")] = "empty",
) -> None:
    """Write a starter pack to fill in."""
    from .view_pack import make_pack

    make_pack(folder, city, template)


@pack.command()
@guarded
def check(folder: Annotated[Path, typer.Argument(help="The pack's folder.")]) -> None:
    """Check a pack against its schema and count what it holds."""
    from .view_pack import check_pack

    check_pack(folder)
