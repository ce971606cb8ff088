"""Write XLSX and Parquet."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import InputError
from .cells import plain
from .output import Layout, arrow_schema, arrow_table, native, parquet_writer

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 1_048_575
"""Rows of a sheet under its header."""
MAX_TEXT = 32_767
"""Characters of a cell."""
MAX_WHOLE = 10**15
"""Whole numbers above it lose digits in office software, so they are written as texts."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_parquet(stream: IO[bytes], layout: Layout, tables: Iterable[pa.Table]) -> tuple[str, ...]:
    """Write Parquet, each table a row group; `tables` is gone through twice."""
    import pyarrow as pa

    schema = arrow_schema(layout, tables)
    labels = [name for name in layout.added.values() if pa.types.is_string(schema.field(name).type)]
    with parquet_writer(stream, schema, labels) as writer:
        for table in tables:
            writer.write_table(arrow_table(layout, table, schema))
    return ()


def check_rows(rows: int) -> None:
    """Raise InputError for more rows than a sheet holds."""
    if rows > MAX_ROWS:
        raise InputError(f"an XLSX sheet holds at most {MAX_ROWS:,} rows: choose a .csv or .parquet output.")


class _StillZip(zipfile.ZipFile):
    """A zip whose bytes do not depend on the clock."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **options: Any) -> None:
        """Add a member from memory."""
        super().writestr(_member(str(zinfo_or_arcname)), data)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **options: Any) -> None:
        """Add a member from a file."""
        member = _member(str(arcname))
        with Path(filename).open("rb") as source, self.open(member, "w", force_zip64=True) as out:
            shutil.copyfileobj(source, out)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def write_xlsx(stream: IO[bytes], layout: Layout, tables: Iterable[pa.Table]) -> tuple[str, ...]:
    """Write one sheet; a text is a text whatever it starts with, so none becomes a formula.

    Returns notes on what a sheet can't hold: texts over 32,767 characters are cut, control characters are
    replaced by U+FFFD.
    """
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = dt.datetime(*_EPOCH)
    sheet = book.create_sheet("scores")
    cut = [0]
    sheet.append([_cell(sheet, name, cut) for name in layout.names])
    for row in _rows(layout, tables):
        sheet.append([_cell(sheet, value, cut) for value in row])
    with _StillZip(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        ExcelWriter(book, archive).save()
    note = f"{cut[0]} texts were cut to the {MAX_TEXT:,} characters that an XLSX cell holds"
    return (note,) if cut[0] else ()


def _rows(layout: Layout, tables: Iterable[pa.Table]) -> Iterator[tuple[Any, ...]]:
    for table in tables:
        columns = [native(column, cells) for column, cells in layout.columns(table)]
        yield from zip(*columns, strict=True)


def _cell(sheet: Any, value: Any, cut: list[int]) -> Any:
    """Return what a write-only sheet takes for a value."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if value is None or isinstance(value, float | dt.date | dt.time):
        return value
    if isinstance(value, int) and abs(value) <= MAX_WHOLE:
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", plain(value))
    if len(text) > MAX_TEXT:
        cut[0] += 1
        text = text[:MAX_TEXT]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # openpyxl takes a leading "=" for a formula and "#N/A" for an error
    return cell
