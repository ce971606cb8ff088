"""Rows and chunks: what every reader yields, whatever the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class Fault(NamedTuple):
    """Why a row could not be read, and what stood there."""

    reason: str
    content: str = ""


class Row(NamedTuple):
    """One row: its line (or row) number from 1, one value a column, and its fault if it has one."""

    line: int
    values: Sequence[Any]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows on end: the input's columns, the texts to score, line numbers and faults by position."""

    table: pa.Table
    texts: Any
    lines: Sequence[int]
    faults: Mapping[int, Fault]
    fraction: float


class Source(Protocol):
    """One input file, open for reading in chunks of constant size."""

    @property
    def path(self) -> Path:
        """Return the file."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Return the columns as the chunks' tables have them."""
        ...

    def chunks(self, text: str, size: int, skip: int) -> Iterator[Chunk]:
        """Yield chunks of `size` rows after the first `skip` rows; `text` names the column to score."""
        ...


class RowReader(Protocol):
    """A reader that goes row by row."""

    @property
    def schema(self) -> pa.Schema:
        """Return the columns."""
        ...

    def rows(self) -> Iterator[Row]:
        """Yield all rows."""
        ...

    def fraction(self) -> float:
        """Return the share of the file that has been read."""
        ...

    def column(self, values: Sequence[Any]) -> pa.Array:
        """Return a column's values as an Arrow array."""
        ...


def chunks_of(reader: RowReader, text: str, size: int, skip: int) -> Iterator[Chunk]:
    """Group a reader's rows into chunks; a row with a fault has no text to score."""
    import pyarrow as pa

    at = reader.schema.names.index(text)
    rows = islice(reader.rows(), skip, None)
    while batch := list(islice(rows, size)):
        columns = list(zip(*(row.values for row in batch), strict=True))
        faults = {i: row.fault for i, row in enumerate(batch) if row.fault is not None}
        texts: list[Any] = list(columns[at])
        for i in faults:
            texts[i] = ""
        table = pa.Table.from_arrays([reader.column(values) for values in columns], schema=reader.schema)
        yield Chunk(table, texts, [row.line for row in batch], faults, reader.fraction())
