"""One row of output, whatever the format: input columns as they were, then the added ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from .cells import arrow_type, decode, is_cells, kinds_of, plain, typed

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 1 << 13
"""Rows of a row group: fixed, so that the bytes do not depend on where a job was interrupted; few, since a
group is in memory whole while it is written."""
LINES = 1 << 12
"""Rows turned into Python values at a time."""
_PAGE = 1 << 17
"""Bytes of a Parquet page; with the usual 1 MB a writer holds 8 MB more."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The output's columns: the input's schema and, by the column scored, the name that it gets."""

    schema: pa.Schema
    added: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Return the output's column names."""
        return [*self.schema.names, *self.added.values()]

    def columns(self, table: pa.Table) -> Iterator[tuple[Any, bool]]:
        """Yield a part's columns in the order of names, each with whether it holds cells."""
        for i, field in enumerate(self.schema):
            yield table.column(f"in.{i}"), is_cells(field)
        for name in self.added:
            yield table.column(name), False


def regroup(tables: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Yield the same rows in tables of `size` rows, the last one shorter; at least one table."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    rows, count = 0, 0
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        while rows >= size:
            waiting, rows, count = [pa.concat_tables(waiting)], rows - size, count + 1
            group = waiting[0].slice(0, size).combine_chunks()
            waiting = [waiting[0].slice(size)] if rows else []
            yield group
            del group  # not to hold two while the next one is put together
    if waiting or not count:
        yield pa.concat_tables(waiting).combine_chunks()


def parquet_writer(stream: IO[bytes], schema: pa.Schema, labels: Sequence[str]) -> Any:
    """Open a Parquet writer; `labels` alone get dictionaries, those of texts cost 20 MB and save nothing."""
    import pyarrow.parquet as pq

    return pq.ParquetWriter(
        stream, schema, compression="zstd", use_dictionary=list(labels), data_page_size=_PAGE
    )


def native(column: Any, cells: bool) -> list[Any]:
    """Return a column as Python values; 32-bit floats in their shortest form, no number as None."""
    import pyarrow as pa

    if cells:
        return [decode(cell) for cell in column.to_pylist()]
    if pa.types.is_floating(column.type):
        found = column.cast(pa.string()).to_pylist() if column.type == pa.float32() else column.to_pylist()
        return [None if v is None or not math.isfinite(float(v)) else float(v) for v in found]
    if pa.types.is_dictionary(column.type):
        return labels_of(column)
    return list(column.to_pylist())


def labels_of(column: Any) -> list[Any]:
    """Return a dictionary column's values, each label one Python object."""
    found: list[Any] = []
    for chunk in column.chunks:
        labels = [*chunk.dictionary.to_pylist(), None]
        found += [labels[i] for i in chunk.indices.fill_null(len(labels) - 1).to_pylist()]
    return found


def texts(column: Any, cells: bool) -> list[str]:
    """Return a column as texts, "" for null."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not cells and pa.types.is_string(kind):
        return [text or "" for text in native(column, cells)]
    return [plain(value) for value in native(column, cells)]


def arrow_schema(layout: Layout, tables: Iterable[pa.Table]) -> pa.Schema:
    """Return the types that hold all values: those of the input, for cells the narrowest that fits all."""
    import pyarrow as pa

    kinds: dict[int, set[str]] = {i: set() for i, field in enumerate(layout.schema) if is_cells(field)}
    scored: dict[str, pa.DataType] = {}
    for table in tables:
        for i in kinds:
            kinds[i] |= kinds_of(table.column(f"in.{i}"))
        scored = scored or {name: _plain(table.schema.field(name).type) for name in layout.added}
        if not kinds:
            break
    fields = [
        pa.field(field.name, arrow_type(kinds[i])) if i in kinds else field
        for i, field in enumerate(layout.schema)
    ]
    return pa.schema(fields + [pa.field(name, scored[column]) for column, name in layout.added.items()])


def _plain(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def arrow_table(layout: Layout, table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a part as a table of the output's schema."""
    import pyarrow as pa

    arrays = [
        typed(column.to_pylist(), field.type) if cells else column.cast(field.type)
        for (column, cells), field in zip(layout.columns(table), schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
