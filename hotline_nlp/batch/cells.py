"""Keep cells of any type in one text column, and turn them into what each file format can hold.

Sheets and JSON lines have no column types. A cell is stored as one tag character and its text: s string,
i 64-bit integer, f float, b bool, t date and time, d date, h time of day, j JSON, n null. An Arrow null
means that the row has no such cell at all.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .encoding import has_surrogate, sound

if TYPE_CHECKING:
    import pyarrow as pa

MARK = {b"hotline_nlp.cells": b"1"}


def encode(value: object) -> str | None:
    """Return the stored form of a cell's value."""
    match value:
        case None:
            return "n"
        case str():
            return "j" + json.dumps(value) if has_surrogate(value) else "s" + value
        case bool():
            return "b1" if value else "b0"
        case int():
            return f"i{value}" if -(2**63) <= value < 2**63 else f"j{value}"
        case float():
            return f"f{value!r}" if math.isfinite(value) else "n"
        case dt.datetime():
            return "t" + value.isoformat()
        case dt.date():
            return "d" + value.isoformat()
        case dt.time():
            return "h" + value.isoformat()
        case list() | dict():
            return "j" + json.dumps(value, default=str)
    return "s" + (value.hex() if isinstance(value, bytes) else str(value))


_READ: dict[str, Callable[[str], Any]] = {
    "s": str,
    "n": lambda _: None,
    "i": int,
    "f": float,
    "b": "1".__eq__,
    "t": dt.datetime.fromisoformat,
    "d": dt.date.fromisoformat,
    "h": dt.time.fromisoformat,
    "j": json.loads,
}


def decode(cell: str | None) -> Any:
    """Return the value of a stored cell; one that is not there is None."""
    return None if cell is None else _READ[cell[0]](cell[1:])


def plain(value: object) -> str:
    """Return a value as one text, the way a CSV shows it: "" for null, JSON for what is nested."""
    match value:
        case None:
            return ""
        case str():
            return sound(value)
        case bool():
            return "true" if value else "false"
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case bytes():
            return value.hex()
    return str(value)


def is_cells(field: pa.Field) -> bool:
    """Say whether an Arrow field holds stored cells."""
    return bool(field.metadata and MARK.items() <= field.metadata.items())


def cells_field(name: str) -> pa.Field:
    """Return the Arrow field of a column of stored cells."""
    import pyarrow as pa

    return pa.field(name, pa.string(), metadata=MARK)


def cells_array(values: Iterable[object], absent: object = None) -> pa.Array:
    """Return values as stored cells; `absent` (if given) stands for a cell that is not there."""
    import pyarrow as pa

    stored = (None if absent is not None and v is absent else encode(v) for v in values)
    return pa.array(stored, pa.string())


def kinds_of(column: pa.ChunkedArray) -> set[str]:
    """Return the tags that a column of stored cells holds, null aside."""
    import pyarrow.compute as pc

    return {tag for tag in pc.unique(pc.utf8_slice_codeunits(column, 0, 1)).to_pylist() if tag} - {"n"}


def arrow_type(kinds: set[str]) -> pa.DataType:
    """Return the Arrow type that holds all of these kinds without loss, text where none does."""
    import pyarrow as pa

    if kinds and kinds <= {"i", "f"}:
        return pa.float64() if "f" in kinds else pa.int64()
    single = {"b": pa.bool_(), "t": pa.timestamp("us"), "d": pa.date32(), "h": pa.time64("us")}
    return single.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def typed(column: Sequence[str | None], target: pa.DataType) -> pa.Array:
    """Return stored cells as an array of the target type."""
    import pyarrow as pa

    values = [decode(cell) for cell in column]
    if target == pa.string():
        values = [None if value is None else plain(value) for value in values]
    return pa.array(values, target)
