"""Read the columns of tickets that the insights need, from a table of any library, records or files."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ColumnError, InputError

OPTIONAL = ("date", "topic", "unit", "district", "place", "caller", "id")
NAMES = ("text", *OPTIONAL)
FILE = "file"
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Load = Callable[[list[str]], tuple[list[list[Any]], Sequence[int]]]
"""From some columns' names to their values, and each row's line."""


@dataclass(frozen=True)
class Tickets:
    """Columns of some tickets, a value a row; a column that the table lacks is empty.

    dates: shape (rows,), seconds since 1970 by their own clock, NaN where unknown; lines: shape (rows,), the
    line of the file where a row begins, its heading's being 1 (of Parquet and tables: the row, from 1);
    all else are texts, "" where unknown. The column FILE holds the path of the file that a row is from.
    """

    texts: list[str]
    dates: Floats
    columns: Mapping[str, list[str]]
    lines: Ints

    def __len__(self) -> int:
        return len(self.texts)

    def column(self, name: str) -> list[str]:
        """Return a column, "" in each row where the table lacks it."""
        return self.columns.get(name) or [""] * len(self.texts)

    def has(self, name: str) -> bool:
        """Tell whether a column is there and holds any value."""
        return any(self.columns.get(name, ()))

    def take(self, rows: Ints) -> Tickets:
        """Return some rows, by number."""
        kept = {name: [values[i] for i in rows] for name, values in self.columns.items()}
        return Tickets([self.texts[i] for i in rows], self.dates[rows], kept, self.lines[rows])


def read(
    table: Any,
    columns: Mapping[str, str] | None = None,
    *,
    needed: tuple[str, ...] = ("text",),
    optional: tuple[str, ...] = OPTIONAL,
) -> Tickets:
    """Read a pyarrow, pandas or polars table, mappings, or the path of a CSV, XLSX, JSONL or Parquet file.

    `columns` maps our names to the table's own. Those of `needed` must be there; a column of `optional` that
    `columns` does not name may be missing. Tickets that were read already are returned as they are. Raises
    ColumnError for a missing column, InputError for a source that can't be read or an unknown name in
    `columns`.
    """
    if isinstance(table, Tickets):
        return table
    if isinstance(table, list | tuple) and not table:
        return Tickets([], np.empty(0), {}, np.empty(0, np.int64))
    wanted = dict(columns or {})
    unknown = [name for name in wanted if name not in (*needed, *optional)]
    if unknown:
        known = ", ".join((*needed, *optional))
        raise InputError(f"there is no column called {unknown[0]!r} here: choose from {known}.")
    names, load = _opened(table)
    chosen: dict[str, str] = {}
    for name in (*needed, *optional):
        own = wanted.get(name, name)
        if names.count(own) > 1:
            raise ColumnError(f"the table has the column {own!r} twice: rename one of them.")
        if own in names:
            chosen[name] = own
        elif name in needed or name in wanted:
            listed = ", ".join(names) or "none"
            raise ColumnError(
                f"the table has no column {own!r}; its columns are {listed}: say which of them holds "
                f"the {name} (columns={{{name!r}: ...}}, or --{name} on the command line)."
            )
    values, lines = load(list(chosen.values()))
    path = str(table) if isinstance(table, str | Path) else ""
    return _tickets(dict(zip(chosen, values, strict=True)), needed[0], np.array(lines, np.int64), path)


def join(parts: Sequence[Tickets]) -> Tickets:
    """Return the rows of several tables as one; a column that one of them lacks is "" there."""
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    columns = {name: [value for part in parts for value in part.column(name)] for name in names}
    dates = np.concatenate([np.empty(0), *(part.dates for part in parts)])
    lines = np.concatenate([np.empty(0, np.int64), *(part.lines for part in parts)])
    return Tickets([text for part in parts for text in part.texts], dates, columns, lines)


def _tickets(values: dict[str, list[Any]], text: str, lines: Ints, path: str) -> Tickets:
    from ..learn.dates import seconds

    texts = [plain(value) for value in values.pop(text)]
    given = values.pop("date", None)
    dates = np.full(len(texts), np.nan) if given is None else np.array([seconds(v) for v in given], float)
    columns = {name: _few(found) for name, found in values.items()}
    if path:
        columns[FILE] = [path] * len(texts)
    return Tickets(texts, dates, columns, lines)


def _few(values: list[Any]) -> list[str]:
    """Return values as texts, equal ones as one object: a year of tickets names few topics."""
    known: dict[str, str] = {}
    return [known.setdefault(text, text) for text in (plain(value).strip() for value in values)]


def plain(value: object) -> str:
    """Return a cell as text, "" for what is missing (None, NaN, NaT)."""
    from ..learn.sources import as_text

    if isinstance(value, str):
        return value
    return "" if value is None or value != value else as_text(value)


def _opened(table: Any) -> tuple[list[str], Load]:
    """Return a source's column names and a function from some of them to their values and the lines."""
    from ..batch.frames import table_kind

    kind = table_kind(table)
    if kind == "arrow":
        return list(table.column_names), _numbered(table, lambda name: table.column(name).to_pylist())
    if kind:
        return [str(name) for name in table.columns], _numbered(table, lambda name: table[name].to_list())
    if isinstance(table, str | Path):
        return _file(Path(table))
    if isinstance(table, list | tuple) and all(isinstance(row, Mapping) for row in table):
        found = list(dict.fromkeys(str(name) for row in table for name in row))
        return found, _numbered(table, lambda name: [row.get(name) for row in table])
    raise InputError(f"a {type(table).__name__} can't be read as tickets: give a table, mappings or a path.")


def _numbered(table: Any, column: Callable[[str], list[Any]]) -> Load:
    """Return a function from columns' names to their values, the rows numbered from 1."""
    return lambda names: ([column(name) for name in names], range(1, len(table) + 1))


def _file(path: Path) -> tuple[list[str], Load]:
    from ..batch.cells import decode, is_cells
    from ..batch.inputs import open_source

    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path.")
    source = open_source(path)

    def load(names: list[str]) -> tuple[list[list[Any]], Sequence[int]]:
        out: list[list[Any]] = [[] for _ in names]
        lines = array("q")
        cells = [is_cells(source.schema.field(name)) for name in names]
        for chunk in source.chunks(names[0], 8192, 0):
            lines.extend(chunk.lines)
            for values, name, coded in zip(out, names, cells, strict=True):
                found = chunk.table.column(name).to_pylist()
                values += [decode(value) for value in found] if coded else found
        return out, lines

    return list(source.schema.names), load
