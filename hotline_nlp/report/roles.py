"""What a column of tickets can mean, and the names under which hotlines export it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ..errors import ColumnError, InputError
from ..headings import header_hint, title_hint
from ..taxonomy import read_rows


@dataclass(frozen=True, slots=True)
class Role:
    """What a column means: our name, its Chinese name, and the headings it is known by, best first."""

    name: str
    label: str
    headings: tuple[str, ...]


def _roles() -> tuple[Role, ...]:
    found = []
    for row in read_rows(Path(__file__).with_name("headings.csv")):
        known = (row["label"], *filter(None, row["headings"].split("|")), row["name"])
        found.append(Role(row["name"], row["label"], known))
    return tuple(found)


ROLES = _roles()
BY_NAME = {key: role for role in ROLES for key in (role.name, role.label)}
_FOLD = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, " \t\r\n　*：:")),
}


def fold(name: str) -> str:
    """Return a heading without blanks, stars and colons, in half width and lower case."""
    return name.translate(_FOLD).lower()


def read_map(pairs: Sequence[str]) -> dict[str, str]:
    """Read ROLE=COLUMN pairs; a role goes by its name or its Chinese label. Raise InputError for others."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, column = (part.strip() for part in pair.partition("="))
        if not sign or not column:
            raise InputError(f"--map {pair!r} is no pair: write ROLE=COLUMN, such as text=诉求内容.")
        found[_known(name).name] = column
    return found


def _known(name: str) -> Role:
    if name in BY_NAME:
        return BY_NAME[name]
    near = get_close_matches(name, BY_NAME, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(r.name for r in ROLES)}."
    raise InputError(f"there is no role {name!r} to map a column to: {hint}")


def find_columns(headings: Sequence[str], given: Mapping[str, str], where: str) -> dict[str, str]:
    """Return role -> heading for one table; `given` (role -> heading) goes before the known names.

    A column serves one role. Raises ColumnError where a mapped column or the date is missing, or where
    neither texts nor labels are there; the message names the nearest heading.
    """
    chosen = {_known(name).name: column for name, column in given.items()}
    for name, column in chosen.items():
        if column not in headings:
            raise ColumnError(_missing(column, f"column {column!r} (mapped to {name})", headings, where))
    taken = set(chosen.values())
    by_fold = {fold(heading): heading for heading in reversed(headings)}
    for role in ROLES:
        names = (by_fold.get(fold(name)) for name in role.headings)
        free = next((name for name in names if name is not None and name not in taken), None)
        if role.name not in chosen and free is not None:
            chosen[role.name] = free
            taken.add(free)
    if "date" not in chosen:
        raise ColumnError(_missing_role("date", headings, where))
    if not {"text", "type", "topic", "unit"} & chosen.keys():
        raise ColumnError(_missing_role("text", headings, where))
    return chosen


def _missing(column: str, what: str, headings: Sequence[str], where: str) -> str:
    near = get_close_matches(column, headings, n=1, cutoff=0.3)
    hint = header_hint(headings) or (f"did you mean {near[0]!r}?" if near else "name one of them.")
    return f"{where} has no {what}; its columns are {', '.join(headings) or 'none'}: {hint}"


def _missing_role(name: str, headings: Sequence[str], where: str) -> str:
    role = BY_NAME[name]
    other = {fold(known) for each in ROLES if each is not role for known in each.headings}
    free = [heading for heading in headings if fold(heading) not in other]
    near = [match for known in role.headings for match in get_close_matches(known, free, n=1, cutoff=0.5)]
    named = f"name it with --map {name}=COLUMN{title_hint(headings, where)}."
    told = f"did you mean --map {name}={near[0]}?" if near else named
    return (
        f"{where} has no column that is known to hold the {name} of a ticket ({role.label}); "
        f"its columns are {', '.join(headings) or 'none'}: {header_hint(headings) or told}"
    )
