"""Open one sheet of an XLSX workbook to stream its rows, and say where the file is no whole workbook."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from .errors import FileFormatError, InputError


@contextmanager
def opened_sheet(path: Path, name: str | None = None) -> Iterator[Any]:
    """Open the sheet of a name, or the first one, read-only; reading its rows belongs inside the block.

    Call its `reset_dimensions` before: what other writers state there is often wrong, and cuts rows off.
    Raises FileFormatError, there too, for what is no whole workbook, and InputError for a missing sheet.
    """
    import zlib
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that are not read here
            book = load_workbook(path, read_only=True, data_only=True)
        with closing(book):
            yield _pick(book, path, name)
    except (BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, SyntaxError) as error:
        if isinstance(error, InputError):
            raise
        raise FileFormatError(
            f"{path.name} is no whole XLSX workbook (cut short or another format): save or copy it again."
        ) from error


def _pick(book: Any, path: Path, name: str | None) -> Any:
    names = [sheet.title for sheet in book.worksheets]
    if name is None and names:
        return book.worksheets[0]
    if name not in names:
        raise InputError(f"{path.name} has no sheet {name!r}: choose from {', '.join(names)}.")
    return book[name]
