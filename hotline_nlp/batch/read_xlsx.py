"""Read one sheet of an XLSX workbook as a stream of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileFormatError
from ..workbook import opened_sheet
from .cells import cells_array, cells_field
from .read_csv import name_columns, uneven
from .rows import Chunk, Fault, Row, chunks_of

if TYPE_CHECKING:
    import pyarrow as pa


class XlsxSource:
    """A sheet: the first row names the columns, values keep their types, formulas give their last value."""

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        """Read the header of a sheet (None: the first); raise FileFormatError or InputError."""
        import pyarrow as pa

        self.path, self._sheet = path, sheet
        self._read, self._size = 0, 0
        if path.stat().st_size == 0:
            raise FileFormatError(f"{path.name} is empty: give a workbook with rows.")
        header = next(filter(None, self._values()), None)
        if header is None:
            raise FileFormatError(f"{path.name} has an empty sheet: put the column names in its first row.")
        self._names = name_columns(_trim(header))
        self.schema: pa.Schema = pa.schema([cells_field(name) for name in self._names])

    def _values(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows' values, () for a blank row, without blank rows at the end."""
        with opened_sheet(self.path, self._sheet) as sheet:
            self._size = sheet.max_row or 0
            sheet.reset_dimensions()
            blank = 0
            for values in sheet.iter_rows(values_only=True):
                if all(value is None for value in values):
                    blank += 1
                    continue
                yield from [()] * blank
                blank = 0
                yield values

    def chunks(self, text: str, size: int, skip: int) -> Iterator[Chunk]:
        """Yield chunks of rows."""
        return chunks_of(self, text, size, skip)

    def rows(self) -> Iterator[Row]:
        """Yield all rows after the header; blank rows in between are rows."""
        width, header_seen = len(self._names), False
        for line, values in enumerate(self._values(), 1):
            if not header_seen:
                header_seen = bool(values)
                continue
            self._read = line
            trimmed = _trim(values)
            padded = [*trimmed, *[None] * max(width - len(trimmed), 0)][:width]
            fault = None
            if len(trimmed) > width:
                fault = Fault(uneven(len(trimmed), width), str(trimmed))
            yield Row(line, padded, fault)

    def fraction(self) -> float:
        """Return the share of the sheet's stated rows that has been read."""
        return min(self._read / self._size, 1.0) if self._size else 0.0

    def column(self, values: Sequence[Any]) -> pa.Array:
        """Return a column of cells."""
        return cells_array(values)


def _trim(values: Sequence[Any]) -> list[Any]:
    """Return values without the nulls at their end."""
    kept = list(values)
    while kept and kept[-1] is None:
        kept.pop()
    return kept
