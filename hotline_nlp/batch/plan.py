"""What a file job is to do: its inputs as one table, the columns to add, and what identifies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cells import cells_array, cells_field, is_cells
from .choose import added_names, check_columns
from .inputs import fingerprint, open_source, stamp
from .rows import Chunk, Source

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for."""

    text: str
    columns: tuple[str, ...]
    batch_size: int
    sheet: str | None = None
    workers: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the journal, of what the output depends on."""
        return {
            "text column": self.text,
            "added columns": list(self.columns),
            "batch size": self.batch_size,
            "sheet": self.sheet,
        }


class Plan:
    """The inputs in order, with the union of their columns, and the names of the added ones."""

    def __init__(self, files: Sequence[Path], options: Options) -> None:
        """Open all inputs; raise ColumnError where one lacks the text column or has a column twice."""
        self.files, self.options = tuple(files), options
        self._stamps = [stamp(path) for path in files]
        self.prints = [fingerprint(path) for path in files]
        self.sources: list[Source] = []
        for path in files:
            source = open_source(path, options.sheet)
            check_columns(source.schema.names, options.text, path.name)
            self.sources.append(source)
        self.schema = unify([source.schema for source in self.sources])
        self.added = added_names(self.schema.names, options.columns)

    def chunks(self, file: int, skip: int) -> Iterator[tuple[int, Chunk]]:
        """Yield (index of the file, chunk) from a file on, without its first `skip` rows."""
        sizes = [max(int(mark["size"]), 1) for mark in self.prints]
        for index in range(file, len(self.sources)):
            source = self.sources[index]
            for chunk in source.chunks(self.options.text, self.options.batch_size, skip):
                read = (sum(sizes[:index]) + chunk.fraction * sizes[index]) / sum(sizes)
                yield index, replace(chunk, table=conform(chunk.table, self.schema), fraction=read)
            skip = 0

    def changed(self) -> Path | None:
        """Return the first input that was written to since this run began, or None."""
        marks = zip(self.files, self._stamps, strict=True)
        return next((path for path, mark in marks if stamp(path) != mark), None)


def unify(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the union of the columns; one whose type differs between files is kept as cells."""
    import pyarrow as pa

    fields: dict[str, pa.Field] = {}
    for schema in schemas:
        for field in schema:
            known = fields.setdefault(field.name, field)
            if known.type != field.type or is_cells(known) != is_cells(field):
                fields[field.name] = cells_field(field.name)
    return pa.schema([field.with_nullable(True) for field in fields.values()])


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a file's table with the columns of the union; one that it lacks is null."""
    import pyarrow as pa

    if table.schema.equals(schema, check_metadata=True):
        return table
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        elif is_cells(field) and not is_cells(table.schema.field(field.name)):
            columns.append(cells_array(table.column(field.name).to_pylist()))
        else:
            columns.append(table.column(field.name))
    return pa.Table.from_arrays(columns, schema=schema)
