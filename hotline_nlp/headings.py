"""Find the wanted columns among a table's headings, and say what is wrong where they are not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from .errors import ColumnError

_NAMING = "--{0} ({0}=...)"
_TITLE = ", or delete the first row if it is a title"
_TITLES = {".csv": _TITLE, ".xlsx": f"{_TITLE}, or name another sheet with --sheet"}
_SIGNS = {"\t": "tabs", ";": "semicolons", "；": "semicolons", "，": "full-width commas"}


def need_columns(
    names: Sequence[object], wanted: Mapping[str, str], where: str, *, naming: str = _NAMING
) -> None:
    """Raise ColumnError where a wanted column, by option, is missing or stands twice.

    naming: how a caller gives an option its column; {0} stands for the option.
    """
    for option, name in wanted.items():
        if names.count(name) > 1:
            raise ColumnError(twice(name, where))
        if name not in names:
            known = [str(name) for name in names]
            hint = header_hint(known) or _near(name, known)
            raise ColumnError(
                f"{where} has no column {name!r}; its columns are {', '.join(known) or 'none'}: "
                + (hint or f"name it with {naming.format(option)}{title_hint(known, where)}.")
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
    """Count the columns without a name, or that a reader had to name."""
    return sum(name in ("", f"column_{i}") for i, name in enumerate(known, 1))


def twice(name: object, where: str) -> str:
    """Say that a column stands twice."""
    return f"{where} has the column {name!r} twice: rename one of them."


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else ""


def title_hint(known: Sequence[str], where: str) -> str:
    """Return what else to do about a file of one column or with blanks among its names."""
    return _TITLES.get(Path(where).suffix.lower(), "") if len(known) == 1 or _blank(known) else ""
