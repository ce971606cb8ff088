"""Write CSV and JSON lines."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import json
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from .output import Layout, native, texts

if TYPE_CHECKING:
    import pyarrow as pa


def write_csv(stream: IO[bytes], layout: Layout, tables: Iterable[pa.Table]) -> tuple[str, ...]:
    """Write UTF-8 with a byte order mark, as office software expects, and CRLF as RFC 4180 has it.

    Cells are written as they are: one that starts with "=" stays so, since this is data to read back.
    """
    stream.write(codecs.BOM_UTF8)
    stream.write(_lines([layout.names]))
    for table in tables:
        columns = [texts(column, cells) for column, cells in layout.columns(table)]
        stream.write(_lines(zip(*columns, strict=True)))
    return ()


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def write_jsonl(stream: IO[bytes], layout: Layout, tables: Iterable[pa.Table]) -> tuple[str, ...]:
    """Write one object a line; a key that an input line lacked stays out, a null stays null."""
    names = layout.names
    for table in tables:
        columns, absent = [], []
        for column, cells in layout.columns(table):
            columns.append(native(column, cells))
            absent.append(column.is_null().to_pylist() if cells else None)
        for i, values in enumerate(zip(*columns, strict=True)):
            row = {
                name: value
                for name, value, gone in zip(names, values, absent, strict=True)
                if not (gone and gone[i])
            }
            stream.write(_object(row))
    return ()


def _object(row: dict[str, Any]) -> bytes:
    try:
        return (json.dumps(row, ensure_ascii=False, default=_json) + "\n").encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can hold
        return (json.dumps(row, default=_json) + "\n").encode()


def _json(value: object) -> object:
    """Return what JSON can hold of a value of Parquet or a sheet."""
    match value:
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Decimal() if math.isfinite(value) and value == int(value):
            return int(value)
    return str(value)
