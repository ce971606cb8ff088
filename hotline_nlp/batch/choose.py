"""Choose the columns to add, name them, and check the columns that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from ..errors import ColumnError, InputError

PREFIX = "predicted_"
_NAMING = "--{0} ({0}=...)"
_TITLE = ", or delete the first row if it is a title"
_TITLES = {".csv": _TITLE, ".xlsx": f"{_TITLE}, or name another sheet with --sheet"}
_SIGNS = {"\t": "tabs", ";": "semicolons", "；": "semicolons", "，": "full-width commas"}


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
        raise ColumnError(_twice(double[0], where))
    need_columns(names, {"text": text}, where)


def need_columns(
    names: Sequence[object], wanted: Mapping[str, str], where: str, *, naming: str = _NAMING
) -> None:
    """Raise ColumnError where a wanted column, by option, is missing or stands twice.

    naming: how a caller gives an option its column; {0} stands for the option.
    """
    for option, name in wanted.items():
        if names.count(name) > 1:
            raise ColumnError(_twice(name, where))
        if name not in names:
            known = [str(name) for name in names]
            hint = header_hint(known) or _near(name, known)
            raise ColumnError(
                f"{where} has no column {name!r}; its columns are {', '.join(known) or 'none'}: "
                + (hint or f"name it with {naming.format(option)}{_title(known, where)}.")
            )


def header_hint(known: Sequence[str]) -> str:
    """Say what is wrong with a first row that holds no names of columns, "" where nothing is."""
    split = next((name for sign, name in _SIGNS.items() if len(known) == 1 and sign in known[0]), "")
    if split:
        return f"its cells are parted by {split}, save it with commas."
    if _blank(known) and _blank(known) >= len(known) - 1:
        return "its first row must hold the names of the columns, delete any title above them."
    return ""


def _blank(known: Sequence[str]) -> int:
    """Count the columns that a reader had to name."""
    return sum(name == f"column_{i}" for i, name in enumerate(known, 1))


def _twice(name: object, where: str) -> str:
    return f"{where} has the column {name!r} twice: rename one of them."


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else ""


def _title(known: Sequence[str], where: str) -> str:
    """Return what else to do about a file of one column or with blanks among its names."""
    return _TITLES.get(Path(where).suffix.lower(), "") if len(known) == 1 or _blank(known) else ""
