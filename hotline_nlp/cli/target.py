"""Where commands may write: never over a file that they read, nor unasked over one that is there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]


def check_target(path: Path, inputs: Iterable[str | Path | None], *, force: bool = False) -> None:
    """Raise InputError where nothing may be written to a path, before any work is done.

    That is one of the inputs, also by another name, and a file that is there already, which may hold a
    person's work, save with `force`. An input may be None, a packaged name or a glob: no file then.
    """
    folder = next(each for each in (*path.parents, Path()) if each.exists())
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: give another name to write to.")
    if not path.exists():
        return
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file.")
    if any(Path(each).exists() and path.samefile(each) for each in inputs if each):
        raise InputError(f"{path} is a file to read: give another name to write to.")
    if not force:
        raise InputError(
            f"{path} is there already and may hold a person's work: give another name to write to, or "
            "--force to replace it."
        )
