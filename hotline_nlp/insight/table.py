"""Read the columns of tickets that the insights need, from a table of any library, records or files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..headings import need_columns

OPTIONAL = ("date", "topic", "unit", "district", "place", "caller", "id")
NAMES = ("text", *OPTIONAL)
BESIDE = ("line", "file", "fault")
"""What is known of each row of a file, beside its columns."""
Floats = NDArray[np.float64]
Load = Callable[[list[str]], list[list[Any]]]


@dataclass(frozen=True)
class Tickets:
    """Columns of some tickets, a value a row; a column that the table lacks is empty.

    dates: shape (rows,), seconds since 1970 by their own clock, NaN where unknown; lines: shape (rows,), the
    line of each in its file, or its row from 1; all else are texts, "" where unknown. Of a file there are
    also the columns "file", its path, and "fault", why a row can't be read; such a row is empty.
    """

    texts: list[str]
    dates: Floats
    columns: Mapping[str, list[str]]
    lines: NDArray[np.int64]

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
        return Tickets([self.texts[i] for i in rows], self.dates[rows], kept, self.lines[rows])


def read(
    table: Any,
    columns: Mapping[str, str] | None = None,
    *,
    needed: tuple[str, ...] = ("text",),
    optional: tuple[str, ...] = OPTIONAL,
    sheet: str | None = None,
) -> Tickets:
    """Read a pyarrow, pandas or polars table, mappings, or the path of a CSV, XLSX, JSONL or Parquet file.

    `columns` maps our names to the table's own; sheet: of an XLSX file, None for the first. Columns of
    `needed` must be there; one of `optional` that `columns` does not name may be missing. Tickets that were
    read already are returned as they are. Raises ColumnError for a missing column, InputError for a source
    that can't be read or an unknown name in `columns`.
    """
    if isinstance(table, Tickets):
        return table
    if isinstance(table, list | tuple) and not table:
        return _tickets({needed[0]: []}, needed[0])
    wanted = dict(columns or {})
    unknown = [name for name in wanted if name not in (*needed, *optional)]
    if unknown:
        known = ", ".join((*needed, *optional))
        raise InputError(f"there is no column called {unknown[0]!r} here: choose from {known}.")
    names, more, load = _opened(table, sheet)
    own = {name: wanted.get(name, name) for name in (*needed, *optional)}
    chosen = {name: own[name] for name in own if name in needed or name in wanted or own[name] in names}
    where = Path(table).name if isinstance(table, str | Path) else "the table"
    need_columns(names, chosen, where, naming="--{0} (columns={{'{0}': ...}})")
    return _tickets(dict(zip((*chosen, *more), load(list(chosen.values())), strict=True)), needed[0])


def join(parts: Sequence[Tickets]) -> Tickets:
    """Return the rows of several tables as one; a column that one of them lacks is "" there."""
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    columns = {name: [value for part in parts for value in part.column(name)] for name in names}
    dates = np.concatenate([part.dates for part in parts]) if parts else np.empty(0)
    lines = np.concatenate([part.lines for part in parts]) if parts else np.empty(0, np.int64)
    return Tickets([text for part in parts for text in part.texts], dates, columns, lines)


def _tickets(values: dict[str, list[Any]], text: str) -> Tickets:
    from ..learn.dates import seconds

    texts = [plain(value) for value in values.pop(text)]
    given = values.pop("date", None)
    dates = np.full(len(texts), np.nan) if given is None else np.array([seconds(v) for v in given], float)
    lines = np.array(values.pop("line", range(1, len(texts) + 1)), np.int64)
    return Tickets(texts, dates, {name: _few(found) for name, found in values.items()}, lines)


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


def _opened(table: Any, sheet: str | None) -> tuple[list[str], tuple[str, ...], Load]:
    """Return a source's column names, the names of what it tells beside, and a function to both's values."""
    from ..batch.frames import table_kind

    kind = table_kind(table)
    if kind == "arrow":
        return list(table.column_names), (), lambda names: [table.column(name).to_pylist() for name in names]
    if kind:
        return [str(name) for name in table.columns], (), lambda names: [table[n].to_list() for n in names]
    if isinstance(table, str | Path):
        return _file(Path(table), sheet)
    if isinstance(table, list | tuple) and all(isinstance(row, Mapping) for row in table):
        found = list(dict.fromkeys(str(name) for row in table for name in row))
        return found, (), lambda names: [[row.get(name) for row in table] for name in names]
    raise InputError(f"a {type(table).__name__} can't be read as tickets: give a table, mappings or a path.")


def _file(path: Path, sheet: str | None) -> tuple[list[str], tuple[str, ...], Load]:
    from ..batch.cells import decode, is_cells
    from ..batch.inputs import open_source

    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path.")
    source = open_source(path, sheet)

    def load(names: list[str]) -> list[list[Any]]:
        out: list[list[Any]] = [[] for _ in (*names, *BESIDE)]
        cells = [is_cells(source.schema.field(name)) for name in names]
        for chunk in source.chunks(names[0], 8192, 0):
            for values, name, coded in zip(out, names, cells, strict=False):
                found = chunk.table.column(name).to_pylist()
                values += [
                    None if row in chunk.faults else decode(value) if coded else value
                    for row, value in enumerate(found)
                ]
            rows = range(len(chunk.lines))
            reasons = [chunk.faults[row].reason if row in chunk.faults else "" for row in rows]
            for values, told in zip(out[-3:], (chunk.lines, [str(path)] * len(rows), reasons), strict=True):
                values += told
        return out

    return list(source.schema.names), BESIDE, load
