"""Read the columns of tickets that the insights need, from a table of any library, records or files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..batch.choose import need_columns
from ..errors import InputError

OPTIONAL = ("date", "topic", "unit", "district", "place", "caller", "id")
NAMES = ("text", *OPTIONAL)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tickets:
    """Columns of some tickets, a value a row; a column that the table lacks is empty.

    dates: shape (rows,), seconds since 1970 by their own clock, NaN where unknown; all else are texts, ""
    where unknown.
    """

    texts: list[str]
    dates: Floats
    columns: Mapping[str, list[str]]

    def __len__(self) -> int:
        return len(self.texts)

    def column(self, name: str) -> list[str]:
        """Return a column, "" in each row where the table lacks it."""
        return self.columns.get(name) or [""] * len(self.texts)

    def has(self, name: str) -> bool:
        """Tell whether a column is there and holds any value."""
        return any(self.columns.get(name, ()))

    def take(self, rows: NDArray[np.int64]) -> Tickets:
        """Return some rows, by number."""
        kept = {name: [values[i] for i in rows] for name, values in self.columns.items()}
        return Tickets([self.texts[i] for i in rows], self.dates[rows], kept)


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
        return Tickets([], np.empty(0), {})
    wanted = dict(columns or {})
    unknown = [name for name in wanted if name not in (*needed, *optional)]
    if unknown:
        known = ", ".join((*needed, *optional))
        raise InputError(f"there is no column called {unknown[0]!r} here: choose from {known}.")
    names, load = _opened(table)
    own = {name: wanted.get(name, name) for name in (*needed, *optional)}
    chosen = {name: own[name] for name in own if name in needed or name in wanted or own[name] in names}
    where = Path(table).name if isinstance(table, str | Path) else "the table"
    need_columns(names, chosen, where, naming="--{0} (columns={{'{0}': ...}})")
    values = dict(zip(chosen, load(list(chosen.values())), strict=True))
    return _tickets(values, needed[0])


def join(parts: Sequence[Tickets]) -> Tickets:
    """Return the rows of several tables as one; a column that one of them lacks is "" there."""
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    columns = {name: [value for part in parts for value in part.column(name)] for name in names}
    dates = np.concatenate([part.dates for part in parts]) if parts else np.empty(0)
    return Tickets([text for part in parts for text in part.texts], dates, columns)


def _tickets(values: dict[str, list[Any]], text: str) -> Tickets:
    from ..learn.dates import seconds

    texts = [plain(value) for value in values.pop(text)]
    given = values.pop("date", None)
    dates = np.full(len(texts), np.nan) if given is None else np.array([seconds(v) for v in given], float)
    return Tickets(texts, dates, {name: _few(found) for name, found in values.items()})


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


def _opened(table: Any) -> tuple[list[str], Callable[[list[str]], list[list[Any]]]]:
    """Return a source's column names and a function from some of them to their values."""
    from ..batch.frames import table_kind

    kind = table_kind(table)
    if kind == "arrow":
        return list(table.column_names), lambda names: [table.column(name).to_pylist() for name in names]
    if kind:
        return [str(name) for name in table.columns], lambda names: [table[name].to_list() for name in names]
    if isinstance(table, str | Path):
        return _file(Path(table))
    if isinstance(table, list | tuple) and all(isinstance(row, Mapping) for row in table):
        found = list(dict.fromkeys(str(name) for row in table for name in row))
        return found, lambda names: [[row.get(name) for row in table] for name in names]
    raise InputError(f"a {type(table).__name__} can't be read as tickets: give a table, mappings or a path.")


def _file(path: Path) -> tuple[list[str], Callable[[list[str]], list[list[Any]]]]:
    from ..batch.cells import decode, is_cells
    from ..batch.inputs import open_source

    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path.")
    source = open_source(path)

    def load(names: list[str]) -> list[list[Any]]:
        out: list[list[Any]] = [[] for _ in names]
        cells = [is_cells(source.schema.field(name)) for name in names]
        for chunk in source.chunks(names[0], 8192, 0):
            for values, name, coded in zip(out, names, cells, strict=True):
                found = chunk.table.column(name).to_pylist()
                values += [decode(value) for value in found] if coded else found
        return out

    return list(source.schema.names), load
