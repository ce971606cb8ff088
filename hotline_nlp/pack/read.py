"""Read the files of a city pack; each fault is a PackError that names file and line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from hotline_nlp.errors import PackError

MAX_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One CSV record with the place it came from."""

    path: Path
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell without surrounding blanks."""
        return self.cells[column]

    def parts(self, column: str) -> tuple[str, ...]:
        """Return the cell's parts between bars, empty ones dropped."""
        return tuple(part for part in map(str.strip, self.cells[column].split("|")) if part)

    def fail(self, message: str) -> NoReturn:
        """Raise PackError at this row."""
        fail(self.path, self.line, message)


def fail(path: Path, line: int, message: str) -> NoReturn:
    """Raise PackError with file and line."""
    raise PackError(f"{path}, line {line}: {message}")


def read_text(path: Path) -> str:
    """Return a file's text (UTF-8, byte order mark allowed); raise PackError if it is missing or unfit."""
    if not path.is_file():
        fail(
            path,
            1,
            "the file is missing; create it with `hotline-nlp pack init` or copy it from another pack",
        )
    size = path.stat().st_size
    if size > MAX_BYTES:
        fail(path, 1, f"the file has {size} bytes, more than the {MAX_BYTES} allowed; split or trim it")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail(path, raw[: error.start].count(b"\n") + 1, "the text is not UTF-8; save the file as UTF-8")


def read_table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a CSV that has at least these columns; records that start with # are comments."""
    header: list[str] | None = None
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    while True:
        start = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            fail(path, reader.line_num, f"the CSV is broken ({error}); check its quotes and commas")
        if record is None:
            break
        if not any(cell.strip() for cell in record) or record[0].startswith("#"):
            continue
        if header is None:
            header = [cell.strip() for cell in record]
            _check_header(path, start, header, columns)
        elif len(record) != len(header):
            fail(path, start, f"the row has {len(record)} cells where the header has {len(header)}")
        else:
            yield Row(path, start, {key: cell.strip() for key, cell in zip(header, record, strict=True)})
    if header is None:
        fail(path, 1, f"the header is missing; the first row must be {','.join(columns)}")


def _check_header(path: Path, line: int, header: list[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        fail(path, line, f"column {missing[0]!r} is missing; the header must be {','.join(columns)}")
    if len(set(header)) != len(header):
        fail(path, line, "a column stands twice in the header; keep one of them")


def read_object(path: Path) -> tuple[dict[str, Any], str]:
    """Return a JSON object and its text."""
    text = read_text(path)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        fail(path, error.lineno, f"the JSON is broken ({error.msg}); correct it")
    except (ValueError, RecursionError):
        fail(path, 1, "the JSON holds an overlong number or is nested too deeply; correct it")
    if not isinstance(value, dict):
        fail(path, 1, "the file must hold one JSON object")
    return value, text


def line_of(text: str, key: str) -> int:
    """Return the line on which a JSON key first stands, 1 where it doesn't."""
    at = text.find(f'"{key}"')
    return text.count("\n", 0, max(at, 0)) + 1
