"""Choose the columns to add, name them, and check the columns that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..errors import ColumnError, InputError
from ..headings import need_columns, twice

PREFIX = "predicted_"


def valid_columns() -> tuple[str, ...]:
    """Return the names of all columns that scoring can add, in their order."""
    from ..columns import NAMES

    return NAMES


def choose_columns(columns: Iterable[str] | None) -> tuple[str, ...]:
    """Return the columns to add (None: all) in the caller's order; raise InputError for an unknown one."""
    valid = valid_columns()
    if columns is None:
        return valid
    chosen = tuple(dict.fromkeys([columns] if isinstance(columns, str) else columns))
    unknown = [name for name in chosen if name not in valid]
    if unknown or not chosen:
        wrong = f"unknown column {unknown[0]!r}" if unknown else "no column was chosen"
        raise InputError(f"{wrong}: choose from {', '.join(valid)}.")
    return chosen


def added_names(existing: Iterable[object], chosen: Sequence[str]) -> dict[str, str]:
    """Map each chosen column to the name that it gets, `predicted_` in front where the input has it."""
    taken = set(existing)
    names: dict[str, str] = {}
    for column in chosen:
        name = column
        while name in taken:
            name = PREFIX + name
        taken.add(name)
        names[column] = name
    return names


def check_columns(names: Sequence[object], text: str, where: str) -> None:
    """Raise ColumnError where any column stands twice or the text column is missing."""
    double = [name for name, count in Counter(names).items() if count > 1]
    if double:
        raise ColumnError(twice(double[0], where))
    need_columns(names, {"text": text}, where)
