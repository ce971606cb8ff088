"""Turn columns of any type into texts, moments and yes or no, column by column."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..batch.cells import is_cells
from ..learn.dates import seconds

Moments = NDArray[np.float64]
_YEAR_FIRST = (
    r"^\s*(?P<y>\d{4})[-/.年]\s*(?P<m>\d{1,2})[-/.月]\s*(?P<d>\d{1,2})日?"
    r"(?:[T\s]+(?P<H>\d{1,2}):(?P<M>\d{1,2})(?::(?P<S>\d{1,2}))?(?:\.\d+)?)?\s*$"
)
_DAY = 86_400
_PLAIN = dict.fromkeys(["是", "有", "已", "y", "yes", "true", "1", "√", "✓"], True) | dict.fromkeys(
    ["否", "无", "未", "n", "no", "false", "0", "×", "✗"], False
)


def texts(column: Any, field: Any) -> Any:
    """Return a column as an arrow array of trimmed texts, "" for null; `field` tells stored cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if is_cells(field):
        array = pc.utf8_slice_codeunits(array, 1, None)
    elif not pa.types.is_string(array.type):
        array = _cast(array)
    return pc.utf8_trim_whitespace(pc.fill_null(array, ""))


def _cast(array: Any) -> Any:
    import pyarrow as pa

    try:
        return array.cast(pa.string())
    except pa.ArrowException:
        return pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())


def moments(column: Any, field: Any) -> Moments:
    """Return a column of dates as seconds since 1970 by their own clock, NaN where there is none.

    Dates may be written in several ways within one column; see hotline_nlp.learn.dates.seconds.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"))
    if pa.types.is_timestamp(array.type):
        local = array if array.type.tz is None else pc.local_timestamp(array)
        whole = local.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
        return _floats(whole)
    written = texts(array, field)
    found = _year_first(pc.extract_regex(written, _YEAR_FIRST))
    rest = np.isnan(found) & np.asarray(pc.not_equal(written, ""))
    if rest.any():
        coded = written.filter(pa.array(rest)).dictionary_encode()
        values = np.array([_other(value) for value in coded.dictionary.to_pylist()])
        found[rest] = values[coded.indices.to_numpy()]
    return found


def _floats(array: Any) -> Moments:
    import pyarrow as pa

    return np.asarray(array.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _year_first(parts: Any) -> Moments:
    """Return the moments of matched parts; a day that the month lacks is NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def part(name: str) -> NDArray[np.int64]:
        values = pc.fill_null(pc.struct_field(parts, name), "")
        filled = pc.if_else(pc.equal(values, ""), "0", values)
        return np.asarray(filled.cast(pa.int64()).to_numpy(zero_copy_only=False))

    year, month, day = part("y"), part("m"), part("d")
    hour, minute, second = part("H"), part("M"), part("S")
    fit = (year >= 1990) & (year < 2100) & (month >= 1) & (month <= 12) & (day >= 1)
    fit &= (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(fit, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    dates = months.astype("datetime64[D]") + np.where(fit, day - 1, 0)
    fit &= dates.astype("datetime64[M]") == months
    found = dates.astype(np.int64) * _DAY + hour * 3600 + minute * 60 + second
    return np.where(fit, found.astype(np.float64), np.nan)


def _other(value: str) -> float:
    """Read a date written otherwise: packed, with Chinese hours, or a sheet's serial number."""
    found = seconds(value)
    if not math.isnan(found):
        return found
    try:
        return seconds(float(value))
    except ValueError:
        return math.nan


def answers(
    values: Any, spoken: Mapping[str, bool], *, inverted: bool = False
) -> tuple[NDArray[np.int8], list[str]]:
    """Return yes (1), no (0) or unknown (-1) for texts, and the values that say neither.

    `spoken` are words that say it by themselves (转办, 按时); `inverted` turns round a plain 是 or 否, for
    columns that ask the opposite (是否超期).
    """
    coded = values.dictionary_encode()
    plain = {word: yes is not inverted for word, yes in _PLAIN.items()}
    known = plain | dict(spoken)
    names = coded.dictionary.to_pylist()
    codes = np.array([int(known.get(name.lower(), -1)) for name in names], np.int8)
    strange = [name for name, code in zip(names, codes, strict=True) if code < 0 and name]
    indices = coded.indices.to_numpy()
    return (codes[indices] if len(codes) else np.full(len(indices), -1, np.int8)), strange
