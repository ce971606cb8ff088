"""`hotline-nlp bundle`: make a folder that installs where there is no package index."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import City, Json, app, guarded


@app.command()
@guarded
def bundle(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to make; it must not exist.")],
    extra: Annotated[
        list[str] | None, typer.Option(help="Extra to take along; repeat it (default: service, fast).")
    ] = None,
    source: Annotated[
        Path | None, typer.Option(help="Wheel or source folder of hotline_nlp (default: what runs this).")
    ] = None,
    model: Annotated[str, typer.Option(help="`linear`, `transformer` or a model folder.")] = "linear",
    city: City = "xiangtan",
    as_json: Json = False,
) -> None:
    """Make a folder of wheels, model and city pack for an air-gapped machine of this system and Python."""
    from ..bundle import EXTRAS, make_bundle
    from .console import print_json

    made = make_bundle(out, extras=EXTRAS if extra is None else extra, model=model, city=city, source=source)
    if as_json:
        print_json({"folder": str(made.folder), "wheels": list(made.wheels), "bytes": made.size})
        return
    print(
        f"{made.folder}: {len(made.wheels)} wheels, {made.size / 1e6:.0f} MB; see {made.folder}/INSTALL.txt"
    )
