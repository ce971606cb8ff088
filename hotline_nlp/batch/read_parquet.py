"""Read Parquet in batches, types kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileFormatError
from .rows import Chunk

if TYPE_CHECKING:
    import pyarrow as pa


_BUFFER = 1 << 18
"""Bytes of a column read at a time; without it a whole row group, however large, is in memory."""


def texts_of(column: pa.ChunkedArray) -> Any:
    """Return a column's texts as an Arrow array, or as a list of what it holds where that is no text."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if str(kind) in ("string", "large_string", "string_view"):
        texts = column.cast(pa.string())
        return texts.chunk(0) if texts.num_chunks == 1 else texts.combine_chunks()  # which always copies
    return column.to_pylist()


class ParquetSource:
    """A Parquet file; lines are row numbers from 1."""

    def __init__(self, path: Path) -> None:
        """Read the footer; raise FileFormatError where the file is not whole."""
        self.path = path
        with self._open() as file:
            self.schema: pa.Schema = file.schema_arrow.remove_metadata()
            self._rows = file.metadata.num_rows

    def _open(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            # Without it Arrow keeps all that was read of the file until its end.
            return pq.ParquetFile(self.path, buffer_size=_BUFFER, pre_buffer=False)
        except pa.ArrowInvalid as error:
            raise self._broken() from error

    def _broken(self) -> FileFormatError:
        return FileFormatError(f"{self.path.name} is no whole Parquet file: write or copy it again.")

    def chunks(self, text: str, size: int, skip: int) -> Iterator[Chunk]:
        """Yield chunks of rows."""
        import pyarrow as pa

        done = 0
        with self._open() as file:
            batches = file.iter_batches(batch_size=size, use_threads=False)
            while True:
                try:
                    batch = next(batches, None)
                except (pa.ArrowException, OSError) as error:
                    if isinstance(error, OSError) and error.errno:
                        raise
                    raise self._broken() from error
                if batch is None:
                    return
                start, done = done, done + batch.num_rows
                if done <= skip:
                    continue
                table = pa.Table.from_batches([batch.slice(max(skip - start, 0))]).cast(self.schema)
                first = done - table.num_rows + 1
                lines = range(first, done + 1)
                yield Chunk(table, texts_of(table.column(text)), lines, {}, done / max(self._rows, 1))
