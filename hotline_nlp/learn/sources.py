"""Read the wanted columns of labelled work orders, row by row, from a file, a table or records."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..headings import need_columns

HEADS = ("type", "topic", "unit")
_CHUNK = 4096
_LISTED = 5
Line = tuple[int | str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns to read; None for what the table does not have."""

    text: str = "text"
    type: str | None = None
    topic: str | None = None
    unit: str | None = None
    date: str | None = None
    id: str | None = None

    def heads(self) -> dict[str, str]:
        """Return the label columns that were named, by head."""
        named = {head: getattr(self, head) for head in HEADS}
        return {head: column for head, column in named.items() if column is not None}

    def wanted(self) -> dict[str, str]:
        """Return all columns that were named, by option."""
        more = {"date": self.date, "id": self.id}
        return {"text": self.text, **self.heads(), **{k: v for k, v in more.items() if v is not None}}


@dataclass
class Faults:
    """Counts of what could not be used, with the first lines of each kind."""

    count: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, line: int | str, value: str = "") -> None:
        """Count one, at a line of the input: its number, or that and its file; value: what stood there."""
        self.count[kind] += 1
        known = self.lines.setdefault(kind, [])
        if len(known) < _LISTED:
            known.append(f"line {line}" + (f" ({value})" if value else ""))

    def notes(self) -> list[str]:
        """Return one sentence a kind."""
        more = {kind: ", …" if n > len(self.lines[kind]) else "" for kind, n in self.count.items()}
        return [
            f"{kind}: {n:,} ({', '.join(self.lines[kind])}{more[kind]})" for kind, n in self.count.items()
        ]


def as_text(value: object) -> str:
    """Return a cell's value as text, "" where it is missing."""
    from ..batch.cells import plain

    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return plain(value)


def iter_rows(source: Any, columns: Columns, sheet: str | None, faults: Faults) -> Iterator[Line]:
    """Yield each row's number and its wanted values, by option, whatever the source is."""
    from ..batch.frames import table_kind

    if isinstance(source, str | Path):
        yield from _file_rows(Path(source), columns, sheet, faults)
    elif kind := table_kind(source):
        names = list(source.column_names if kind == "arrow" else source.columns)
        chosen = _choose(names, columns, f"the {kind} table")
        lists = [source[name].to_pylist() if kind == "arrow" else source[name].to_list() for name in chosen]
        for number, values in enumerate(zip(*lists, strict=True), 1):
            yield number, dict(zip(columns.wanted(), values, strict=True))
    elif isinstance(source, Iterable):
        yield from _record_rows(source, columns, sheet, faults)
    else:
        raise InputError(f"a {type(source).__name__} can't be read: give a path, a table or records.")


def _record_rows(
    source: Iterable[Any], columns: Columns, sheet: str | None, faults: Faults
) -> Iterator[Line]:
    several = isinstance(source, Sized) and len(source) > 1
    for number, record in enumerate(source, 1):
        if isinstance(record, str | Path):
            where = f" of {Path(record).name}" if several else ""
            for line, row in _file_rows(Path(record), columns, sheet, faults):
                yield f"{line}{where}", row
        elif isinstance(record, Mapping):
            if number == 1:
                _choose(list(record), columns, "the first record")
            yield number, {option: record.get(name) for option, name in columns.wanted().items()}
        else:
            raise InputError(
                f"record {number} is a {type(record).__name__}: give mappings of column to value."
            )


def _file_rows(path: Path, columns: Columns, sheet: str | None, faults: Faults) -> Iterator[Line]:
    from ..batch.cells import decode, is_cells
    from ..batch.inputs import open_source

    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path.")
    opened = open_source(path, sheet)
    names = _choose(opened.schema.names, columns, path.name)
    cells = [is_cells(opened.schema.field(name)) for name in names]
    for chunk in opened.chunks(columns.text, _CHUNK, 0):
        lists = [chunk.table.column(name).to_pylist() for name in names]
        for at, values in enumerate(zip(*lists, strict=True)):
            if at in chunk.faults:
                faults.add(f"{path.name}: rows that can't be read, left out", chunk.lines[at])
                continue
            plain = (decode(v) if c else v for v, c in zip(values, cells, strict=True))
            yield chunk.lines[at], dict(zip(columns.wanted(), plain, strict=True))


def _choose(names: list[Any], columns: Columns, where: str) -> list[str]:
    """Return the wanted columns of a table; raise ColumnError where one is missing or stands twice."""
    need_columns([str(name) for name in names], columns.wanted(), where)
    return list(columns.wanted().values())


def names_of(source: Any, sheet: str | None = None) -> tuple[list[str], Any]:
    """Return the column names of a source and the source, as a list where looking uses an iterable up."""
    from ..batch.frames import table_kind
    from ..batch.inputs import open_source

    if isinstance(source, str | Path) and Path(source).is_file():
        return list(open_source(Path(source), sheet).schema.names), source
    if kind := table_kind(source):
        return [str(name) for name in (source.column_names if kind == "arrow" else source.columns)], source
    if isinstance(source, str | Path) or not isinstance(source, Iterable):
        return [], source
    records = list(source)
    return [str(name) for name in records[0]] if records and isinstance(records[0], Mapping) else [], records
