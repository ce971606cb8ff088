"""Look into an uploaded file before it is scored: its columns, some rows, the likely text column."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..batch.cells import is_cells
from ..batch.inputs import open_source
from ..batch.output import texts
from ..errors import FileFormatError, InputError
from ..normalise import mask

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS = 200
UNPACKED = 1 << 29
"""Bytes to which a workbook may unpack."""
_NAMES = (
    "诉求内容",
    "诉求描述",
    "工单内容",
    "来电内容",
    "问题描述",
    "诉求",
    "内容",
    "正文",
    "描述",
    "text",
    "content",
)
_ROWS, _SHOWN, _CELL = 50, 3, 60


@dataclass(frozen=True, slots=True)
class Look:
    """A file's columns, its first rows as short masked texts, and the column that likely has the requests."""

    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    guess: str


def look_into(path: Path) -> Look:
    """Look into a CSV or XLSX file; raise FileFormatError or InputError where nothing can be scored."""
    if path.suffix == ".xlsx":
        _check_workbook(path)
    source = open_source(path)
    names = tuple(source.schema.names)[:MOST_COLUMNS]
    if not names:
        raise InputError("the file has no columns.")
    chunk = next(source.chunks(names[0], _ROWS, 0), None)
    if chunk is None or chunk.table.num_rows == 0:
        raise InputError("the file has no rows.")
    columns = [column_texts(chunk.table, at) for at in range(len(names))]
    sample = [tuple(_short(column[row]) for column in columns) for row in range(min(_SHOWN, len(columns[0])))]
    return Look(names, tuple(sample), _guess(names, columns))


def column_texts(table: pa.Table, name: str | int) -> list[str]:
    """Return a column of a file as texts, whatever its cells are."""
    return texts(table.column(name), is_cells(table.schema.field(name)))


def _check_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise FileFormatError("the file is no XLSX workbook: save it again.") from error
    if size > UNPACKED:
        raise FileFormatError(f"the workbook unpacks to more than {UNPACKED >> 20} MiB: split it.")


def _short(value: str) -> str:
    masked = mask(value).replace("\n", " ").strip()
    return masked if len(masked) <= _CELL else masked[: _CELL - 1] + "…"


def _guess(names: tuple[str, ...], columns: list[list[str]]) -> str:
    """Return a column that is named like the requests, else the one with the longest texts."""
    for wanted in _NAMES:
        for name in names:
            if name.strip().lower() == wanted:
                return name
    lengths = [sum(map(len, column)) for column in columns]
    return names[lengths.index(max(lengths))]
