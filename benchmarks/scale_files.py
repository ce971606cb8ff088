"""Write files of any number of rows, each with a number and a text, in every format that is read."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Blocks = Iterable["pa.Array"]


def write(path: Path, blocks: Blocks) -> None:
    """Write a file in the format that its suffix names."""
    _WRITE[path.suffix[1:]](path, blocks)


def _rows(blocks: Blocks) -> Iterator[tuple[int, Any]]:
    yield from enumerate(text for block in blocks for text in block.to_pylist())


def _csv(path: Path, blocks: Blocks) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(("id", "text"))
        lines.writerows(_rows(blocks))


def _jsonl(path: Path, blocks: Blocks) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for number, text in _rows(blocks):
            stream.write(json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n")


def _parquet(path: Path, blocks: Blocks) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    done = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for block in blocks:
            numbers = pa.array(range(done, done + len(block)), pa.int64())
            writer.write_table(pa.Table.from_arrays([numbers, block], schema=schema))
            done += len(block)


def _xlsx(path: Path, blocks: Blocks) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("requests")
    sheet.append(("id", "text"))
    for row in _rows(blocks):
        sheet.append(row)
    book.save(path)


_WRITE: dict[str, Callable[[Path, Blocks], None]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "xlsx": _xlsx,
}
SUFFIXES = tuple(_WRITE)
