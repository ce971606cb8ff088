"""Write findings as a spreadsheet to work through: one row a finding, safe to open, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import save_file

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
_CELL = 32_767
_ROWS = 1_048_575


def write_worksheet(
    path: Path, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]], *, title: str = "Sheet1"
) -> int:
    """Write rows under a frozen, filtered heading of (name, width) columns; return how many were written.

    Texts stay texts, also those that begin with =; characters that XLSX has no room for are dropped and a
    text is cut at 32,767 characters. Raises InputError for a path that is no .xlsx or can't be written.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    check_sheet(path)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    wrap, bold = Alignment(wrap_text=True, vertical="top"), Font(bold=True)

    def cell(value: Any, heading: bool = False) -> Any:
        made = WriteOnlyCell(sheet, clean(value))
        if isinstance(value, str):
            made.data_type = "s"
        made.alignment = wrap
        if heading:
            made.font = bold
        return made

    sheet.append([cell(name, heading=True) for name, _ in columns])
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > _ROWS:
            raise InputError(f"there are more than {_ROWS:,} rows, more than a sheet holds: ask for fewer.")
        sheet.append([cell(value) for value in row])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    packed = BytesIO()  # a full disk must not catch the library half way, which then prints tracebacks
    book.save(packed)
    save_file(path, packed.getbuffer(), "choose another place for it", make_folder=True)
    return count


def check_sheet(path: Path) -> None:
    """Raise InputError where a path's suffix is not that of a worksheet."""
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path.name} is no .xlsx file: give --out a name that ends in .xlsx.")


def clean(value: Any) -> Any:
    """Return a value that a cell can hold."""
    return _CONTROL.sub("", value)[:_CELL] if isinstance(value, str) else value
