"""Read the dates that work orders carry: several ways of writing them, in one column or mixed."""

from __future__ import annotations

import datetime as dt
import math
import re

_FIRST, _LAST = 1990, 2100
_DAY_ZERO = dt.datetime(1899, 12, 30)
"""Day 0 of the serial numbers in which spreadsheets keep dates."""
_SERIAL = range(32_000, 74_000)
_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:[-/.年]\s*(?P<month>\d{1,2})[-/.月]\s*(?P<day>\d{1,2})日?|(?P<packed>\d{4}))"
    r"(?:[T\s]*(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})?(?:[:分](?P<second>\d{1,2})?)?(?:\.\d+)?秒?"
    r"|(?P<clock>\d{6}))?\s*(?:Z|[+-]\d{2}:?\d{2})?"
)
_NUMBER = re.compile(r"\d{5}(?:\.\d+)?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９／－：．　", "0123456789/-:. ")


def seconds(value: object) -> float:
    """Return a date as seconds since 1970 by its own clock, or NaN where it is none from 1990 to 2100.

    Read: datetime and date, spreadsheet serial numbers, also as texts, and texts with the year first such as
    2024-05-03, 2024/5/3 16:20, 2024.5.3, 2024年5月3日16时20分, 20240503 and 20240503162000. A UTC offset is
    not applied.
    """
    found = _datetime(value)
    if found is None or not _FIRST <= found.year < _LAST:
        return math.nan
    return (found.replace(tzinfo=None) - dt.datetime(1970, 1, 1)).total_seconds()


def _datetime(value: object) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return value if value == value else None  # a missing date of pandas is not equal to itself
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        if int(value) in _SERIAL:
            return _DAY_ZERO + dt.timedelta(days=float(value))
        value = str(int(value))
    return _parse(value.strip().translate(_FULL_WIDTH)) if isinstance(value, str) else None


def _parse(text: str) -> dt.datetime | None:
    if _NUMBER.fullmatch(text):
        return _DAY_ZERO + dt.timedelta(days=float(text)) if int(float(text)) in _SERIAL else None
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    part = match.groupdict(default="")
    packed, clock = part["packed"], part["clock"]
    month, day = (packed[:2], packed[2:]) if packed else (part["month"], part["day"])
    time = (clock[:2], clock[2:4], clock[4:]) if clock else (part["hour"], part["minute"], part["second"])
    hour, minute, second = (int(x or 0) for x in time)
    try:
        return dt.datetime(int(part["year"]), int(month), int(day), hour, minute, second)
    except ValueError:
        return None


def day(moment: float) -> str:
    """Return seconds since 1970 as YYYY-MM-DD."""
    return (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=moment)).strftime("%Y-%m-%d")
