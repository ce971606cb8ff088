"""Read tickets from files or tables, chunk by chunk, and keep what the months need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..batch.frames import table_kind
from ..batch.inputs import find_files, open_source
from ..batch.report import Progress, ProgressCallback
from ..errors import InputError
from ..headings import need_columns
from ..pack import Tag
from ..route.tags import Tagger
from .cells import answers, moments, texts
from .desks import desks_of
from .ledger import ANSWERS, CODED, MOMENTS, TEXTS, Faults, Ledger
from .period import Month
from .roles import find_columns
from .score import Scorer
from .thin import Thinner
from .values import OPPOSITE, SPOKEN

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier

CHUNK = 16_384
WINDOW, COMPARED = 12, (0, -1, -12)
"""Months before the bulletin's own that are kept, and those that figures are told of."""
BROKEN = "有{}行不是完整的记录，未计入"
UNDATED = "有{}行受理时间缺失或无法识别，未计入"
STRANGE = "“%s”一列有{}个取值无法识别，按未填写处理"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A chunk of input: its table, line numbers, rows that are broken, and the share of all that is read."""

    table: pa.Table
    lines: Any
    broken: list[int]
    fraction: float


def read_ledger(
    source: Any,
    month: Month,
    load: Callable[[], Classifier],
    *,
    columns: Mapping[str, str] | None = None,
    tags: Sequence[Tag] = (),
    sheet: str | None = None,
    out: Path | None = None,
    progress: ProgressCallback | None = None,
) -> Ledger:
    """Return the tickets of the month and the twelve before it; what lacks a label is scored on the way.

    source: a path, folder, glob or several (CSV, XLSX, JSONL, Parquet), or a pandas, polars or Arrow table.
    load: gives the classifier, called only where something has to be scored. columns: role -> heading. tags:
    the city's, by which special desks are told where no column does. Of a long past, the texts of a share of
    the callers are kept (see thin). Raises ColumnError, FileFormatError or InputError; where no ticket falls
    into the month, the message says which months there are.
    """
    import pyarrow as pa

    faults, scorer = Faults(), Scorer(load)
    names, inputs = _inputs(source, sheet, out)
    thinner, roles, tagger = Thinner(), set[str](), Tagger(tags) if tags else None
    seen, read = dict[int, int](), 0
    for file, (schema, pieces) in enumerate(inputs):
        where = names[file] or "the table"
        found = find_columns(schema.names, columns or {}, where)
        need_columns(schema.names, found, where)
        roles |= found.keys()
        reader = _Reader(month, found, file, names[file], faults, scorer, tagger)
        for piece in pieces(found.get("text", found["date"])):
            read += len(piece.lines)
            thinner.add(reader.part(piece, seen))
            if progress is not None:
                progress(Progress(read, (file + piece.fraction) / len(inputs)))
    table = pa.concat_tables(thinner.parts).unify_dictionaries() if thinner.parts else None
    if table is None or not np.any(table.column("month").to_numpy() == 0):
        raise InputError(_nothing(month, seen, read))
    if tagger is not None and "text" in roles:
        roles.add("desk")
    return Ledger(month, table, frozenset(roles), tuple(names), read, faults, scorer.name, thinner.bound)


def _inputs(source: Any, sheet: str | None, out: Path | None) -> tuple[list[str], list[Any]]:
    """Return the inputs' names and, for each, its schema and a function that yields its pieces."""
    kind = table_kind(source)
    if kind:
        table = _arrow(source, kind)
        return [""], [(table.schema, lambda _: _slices(table))]
    names, inputs = [], []
    for path in find_files(source, out or Path("bulletin")):
        opened = open_source(path, sheet)
        names.append(path.name)
        inputs.append((opened.schema, lambda text, opened=opened: _chunks(opened, text)))
    return names, inputs


def _arrow(source: Any, kind: str) -> pa.Table:
    import pyarrow as pa

    if kind == "arrow":
        return source
    if kind == "polars":
        return source.to_arrow()
    return pa.Table.from_pandas(source.rename(columns=str), preserve_index=False)


def _slices(table: pa.Table) -> Iterator[_Piece]:
    rows = table.num_rows
    for start in range(0, rows, CHUNK):
        part = table.slice(start, CHUNK)
        done = start + part.num_rows
        yield _Piece(part, np.arange(start + 1, done + 1), [], done / rows)


def _chunks(opened: Any, text: str) -> Iterator[_Piece]:
    for chunk in opened.chunks(text, CHUNK, 0):
        yield _Piece(chunk.table, np.asarray(chunk.lines), sorted(chunk.faults), chunk.fraction)


def _nothing(month: Month, seen: Mapping[int, int], read: int) -> str:
    """Say why there is nothing to report on."""
    if not read:
        return "the input has no rows: give the month's tickets."
    if not seen:
        return f"none of {read:,} rows has a date that can be read: name its column with --map date=COLUMN."
    months = ", ".join(
        f"{1970 + index // 12}-{index % 12 + 1:02d} ({seen[index]:,} tickets)" for index in sorted(seen)[-6:]
    )
    asked = f"{month.year}-{month.month:02d}"
    return f"no ticket is dated in {asked}: the input's latest months are {months}; give --month one of them."


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns chunks of one input into parts of the ledger."""

    month: Month
    columns: Mapping[str, str]
    file: int
    name: str
    faults: Faults
    scorer: Scorer
    tagger: Tagger | None

    def part(self, piece: _Piece, seen: dict[int, int]) -> pa.Table:
        """Return the chunk's tickets of the months that count; `seen` counts tickets by month."""
        table, lines = piece.table, piece.lines
        dates = moments(*self._column(table, "date"))
        broken = np.zeros(len(lines), bool)
        broken[piece.broken] = True
        undated = np.isnan(dates) & ~broken
        self.faults.add(BROKEN, int(broken.sum()), self._where(lines[broken]))
        self.faults.add(UNDATED, int(undated.sum()), self._where(lines[undated]))
        kept = ~broken & ~undated
        index = np.full(len(lines), -(10**6))
        index[kept] = dates[kept].astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
        for value, count in zip(*np.unique(index[kept], return_counts=True), strict=True):
            seen[int(value)] = seen.get(int(value), 0) + int(count)
        shift = index - self.month.index
        chosen = np.flatnonzero((shift <= 0) & (shift >= -WINDOW))
        return self._kept(table.take(chosen), dates[chosen], shift[chosen], lines[chosen])

    def _where(self, lines: Any) -> list[str]:
        return [f"{self.name}第{line}行" for line in lines[:3].tolist()]

    def _column(self, table: pa.Table, role: str) -> tuple[Any, Any]:
        heading = self.columns[role]
        return table.column(heading), table.schema.field(heading)

    def _kept(self, table: pa.Table, dates: Any, shift: Any, lines: Any) -> pa.Table:
        import pyarrow as pa

        rows = table.num_rows
        empty = pa.array([""] * rows, pa.string())
        found: dict[str, Any] = {
            name: texts(*self._column(table, name)) if name in self.columns else empty
            for name in (*CODED, *TEXTS)
        }
        for name in ANSWERS:
            found[name] = pa.array(self._answers(table, name))
        for name in MOMENTS[1:]:
            given = moments(*self._column(table, name)) if name in self.columns else np.full(rows, np.nan)
            found[name] = pa.array(given)
        found["date"] = pa.array(dates)
        self.scorer.fill(found, self.columns)
        if self.tagger is not None and "desk" not in self.columns:
            found["desk"] = desks_of(self.tagger, found, np.isin(shift, COMPARED))
        for name in CODED:
            found[name] = found[name].dictionary_encode()
        found["file"] = pa.array(np.full(rows, self.file, np.int16))
        found["line"] = pa.array(lines.astype(np.int32))
        found["month"] = pa.array(shift.astype(np.int16))
        return pa.table(found)

    def _answers(self, table: pa.Table, role: str) -> Any:
        if role not in self.columns:
            return np.full(table.num_rows, -1, np.int8)
        heading = self.columns[role]
        inverted = any(word in heading for word in OPPOSITE)
        values, strange = answers(texts(*self._column(table, role)), SPOKEN[role], inverted=inverted)
        self.faults.add_values(STRANGE % heading, strange)
        return values
