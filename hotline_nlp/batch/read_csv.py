"""Read a CSV row by row; a line that breaks the format is a row with a fault, and reading goes on."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileFormatError
from .encoding import Encoding, detect, has_surrogate, share_read, sound
from .rows import Chunk, Fault, Row, chunks_of

if TYPE_CHECKING:
    import pyarrow as pa

BROKEN = "此行不是完整的 CSV 记录：引号多余或没有收尾。"
MAX_CELL = 1 << 24
"""Characters in one cell, above which a quote is taken for never closed."""


class _Lines:
    """Physical lines that can be given back, so that one stray quote does not swallow the file."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream, self._again = stream, deque[str]()
        self._taken: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._stream)
        self._taken.append(line)
        self.number += 1
        return line

    def begin(self) -> int:
        """Start a record; return its line number."""
        self._taken.clear()
        return self.number + 1

    def spans_lines(self) -> bool:
        return len(self._taken) > 1

    def keep_first(self) -> str:
        """Give back all lines of the record but its first, which is returned."""
        first, rest = self._taken[0], self._taken[1:]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        return first.rstrip("\r\n")


def records(stream: Iterator[str], width: int | None = None) -> Iterator[tuple[int, list[str] | Fault]]:
    """Yield each record with its line number, or a Fault that takes up one line.

    A record over several lines that has not `width` cells counts as a stray quote in its first line.
    """
    if csv.field_size_limit() < MAX_CELL:
        csv.field_size_limit(MAX_CELL)
    lines = _Lines(stream)
    reader = csv.reader(lines, strict=True)
    while True:
        start = lines.begin()
        try:
            record = next(reader)
            broken = lines.spans_lines() and _ragged(record, width)
        except StopIteration:
            return
        except csv.Error:
            broken = True
        if not broken:
            yield start, record
        else:
            yield start, Fault(BROKEN, lines.keep_first())
            reader = csv.reader(lines, strict=True)


def _ragged(record: Sequence[str], width: int | None) -> bool:
    return width is not None and bool(record) and len(record) != width


def name_columns(header: Sequence[object]) -> list[str]:
    """Return a header's names without line breaks; a blank one is named column_N by its place."""
    names = ("" if name is None else _one_line(str(name)) for name in header)
    return [name or f"column_{i}" for i, name in enumerate(names, 1)]


def _one_line(name: str) -> str:
    """Return a name without the line breaks that a narrow cell was given, which nobody could type."""
    return ("" if not name.isascii() else " ").join(filter(None, map(str.strip, name.splitlines())))


class CsvSource:
    """A CSV file: all columns are texts, kept as they are; blank lines are no rows."""

    def __init__(self, path: Path) -> None:
        """Read the header; raise FileFormatError where there is none or the encoding is unknown."""
        import pyarrow as pa

        self.path = path
        self._encoding: Encoding = detect(path)
        self._codec = "GB18030" if self._encoding.name == "gb18030" else "UTF-8"
        self._stream: TextIOWrapper | None = None
        self._size = max(path.stat().st_size, 1)
        with self._open() as stream:
            header = next((cells for _, cells in records(stream) if cells), None)
        if header is None or isinstance(header, Fault):
            raise FileFormatError(f"{path.name} has no readable header in its first line: add one.")
        self._names = name_columns(header)
        self.schema: pa.Schema = pa.schema([(name, pa.string()) for name in self._names])

    def _open(self) -> TextIOWrapper:
        return self.path.open(encoding=self._encoding.name, errors=self._encoding.errors, newline="")

    def chunks(self, text: str, size: int, skip: int) -> Iterator[Chunk]:
        """Yield chunks of rows."""
        return chunks_of(self, text, size, skip)

    def rows(self) -> Iterator[Row]:
        """Yield all rows after the header."""
        width = len(self._names)
        damaged = self._encoding.errors != "strict"
        with self._open() as self._stream:
            stream = self._stream
            found = ((line, cells) for line, cells in records(stream, width) if cells)
            next(found, None)
            for line, cells in found:
                if isinstance(cells, Fault):
                    yield Row(line, [None] * width, cells)
                elif len(cells) != width:
                    yield _ragged_row(line, cells, width)
                elif damaged and any(map(has_surrogate, cells)):
                    yield Row(line, cells, Fault(f"此行有不属于 {self._codec} 的字节。"))
                else:
                    yield Row(line, cells)

    def fraction(self) -> float:
        """Return the share of the file's bytes that has been read."""
        return share_read(self._stream, self._size)

    def column(self, values: Sequence[Any]) -> pa.Array:
        """Return a column of texts; bytes that could not be read become U+FFFD."""
        import pyarrow as pa

        try:
            return pa.array(values, pa.string())
        except UnicodeEncodeError:
            return pa.array([v and sound(v) for v in values], pa.string())


def uneven(cells: int, width: int) -> str:
    """Say that a row has not as many cells as the header."""
    return f"此行有 {cells} 个单元格，而表头有 {width} 个。"


def _ragged_row(line: int, cells: list[str], width: int) -> Row:
    """Return a row with too many or too few cells, cut or filled up to the header's width."""
    line_again = io.StringIO()
    csv.writer(line_again, lineterminator="").writerow(cells)
    fault = Fault(uneven(len(cells), width), line_again.getvalue())
    padded: list[str | None] = [*cells, *[None] * max(width - len(cells), 0)]
    return Row(line, padded[:width], fault)
