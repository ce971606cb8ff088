"""Read a table of past orders: its topic, the unit first sent to, the unit that took it, how many."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline_nlp.errors import ColumnError, FileFormatError
from hotline_nlp.headings import header_hint, twice
from hotline_nlp.workbook import opened_sheet

SYNONYMS = {
    "topic": ("topic", "事项", "事项类别", "热点事项", "主题"),
    "from": ("from", "首派单位", "退回单位", "原承办单位"),
    "to": ("to", "改派单位", "实际承办单位", "承办单位"),
    "count": ("count", "件数", "次数"),
}
"""A column's name in the pack, then what platforms call it; count may be missing."""


@dataclass(frozen=True, slots=True)
class Order:
    """A row: its line from 1, the cells as text, count "1" where the table has no such column."""

    line: int
    topic: str
    source: str
    target: str
    count: str


def read_orders(
    table: str | Path | Iterable[Mapping[str, Any]],
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> Iterator[Order]:
    """Yield the rows of a CSV (UTF-8 or GB18030) or XLSX file, or of mappings, blank ones left out.

    columns: topic, from, to and count -> the table's own name for it, where SYNONYMS has it not.
    Raises ColumnError for a missing column, FileFormatError for an unreadable file.
    """
    if not isinstance(table, str | Path):
        for line, row in enumerate(table, 2):
            at = _columns(tuple(row), columns or {}, "the table")
            yield _order(line, list(row.values()), at)
        return
    path = Path(table)
    if not path.is_file():
        raise FileFormatError(f"there is no file {path}; check the path")
    rows = _sheet(path, sheet) if path.suffix.lower() == ".xlsx" else _csv(path)
    header: dict[str, int | None] | None = None
    for line, cells in rows:
        if header is None:
            header = _columns([_text(cell) for cell in cells], columns or {}, str(path))
        elif any(_text(cell) for cell in cells):
            yield _order(line, cells, header)
    if header is None:
        raise FileFormatError(f"{path} is empty; give a table with a header and a row an order")


def _columns(names: Sequence[str], own: Mapping[str, str], where: str) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for column, synonyms in SYNONYMS.items():
        wanted = (own[column],) if own.get(column) else synonyms
        name = next((n for n in wanted if n in names), None)
        if name is None and (column != "count" or own.get(column)):
            other = f" (or {'、'.join(wanted[1:])})" if wanted[1:] else ""
            hint = header_hint(names) or f"add it or name another one with --{column}"
            told = ", ".join(filter(None, names)) or "none"
            raise ColumnError(f"{where} has no column {wanted[0]!r}{other}; its columns are {told}: {hint}")
        if name is not None and names.count(name) > 1:
            raise ColumnError(twice(name, where))
        found[column] = None if name is None else names.index(name)
    return found


def _order(line: int, cells: Sequence[Any], at: Mapping[str, int | None]) -> Order:
    def cell(column: str, default: str = "") -> str:
        index = at[column]
        return default if index is None else _text(cells[index]) if index < len(cells) else ""

    return Order(line, cell("topic"), cell("from"), cell("to"), cell("count", "1"))


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # spreadsheets keep whole numbers as floats
    return "" if cell is None else str(cell).strip()


def _csv(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield (line on which the record starts, its cells)."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    # Not str.splitlines, which breaks lines at characters that cells may hold.
    reader = csv.reader(io.StringIO(_decoded(raw, path), newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FileFormatError(f"{path}, line {line}: the CSV is broken ({error}); correct it") from error
        if cells is None:
            return
        if cells:
            yield line, cells


def _decoded(raw: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileFormatError(f"{path} is neither UTF-8 nor GB18030; save it as UTF-8 CSV or as XLSX")


def _sheet(path: Path, name: str | None) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield (line, its cells), blank lines left out."""
    try:
        with opened_sheet(path, name) as sheet:
            sheet.reset_dimensions()
            for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                if any(cell is not None for cell in cells):
                    yield line, cells
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> FileFormatError:
    why = error.strerror or type(error).__name__
    return FileFormatError(f"{path} can't be read ({why}); check the path, and close it in other programs")
