"""Choose the columns to add, name them, and check the columns that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ..errors import ColumnError, InputError

PREFIX = "predicted_"
_UNNAMED = (
    "name the text column with --text (text=...).",
    "name it with --text (text=...), or delete its row if it is a title, or name another sheet with --sheet.",
)
_SIGNS = {"\t": "tabs", ";": "semicolons", "；": "semicolons"}


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
    """Raise ColumnError where a column stands twice or the text column is missing."""
    double = [name for name, count in Counter(names).items() if count > 1]
    if double:
        raise ColumnError(f"{where} has the column {double[0]!r} twice: rename one of them.")
    if text not in names:
        known = [str(name) for name in names]
        hint = header_hint(known) or _near(text, known) or _UNNAMED[len(known) == 1]
        raise ColumnError(
            f"{where} has no column {text!r}; its columns are {', '.join(known) or 'none'}: {hint}"
        )


def header_hint(known: Sequence[str]) -> str:
    """Say what is wrong with a first row that holds no names of columns, "" where nothing is."""
    split = next((name for sign, name in _SIGNS.items() if len(known) == 1 and sign in known[0]), "")
    if split:
        return f"its cells are parted by {split}, save it with commas."
    unnamed = sum(name == f"column_{i}" for i, name in enumerate(known, 1))
    if unnamed and unnamed >= len(known) - 1:
        return "its first row must hold the names of the columns, delete any title above them."
    return ""


def _near(text: str, known: Sequence[str]) -> str:
    near = get_close_matches(text, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else ""
