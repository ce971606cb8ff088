"""What repeats hold: groups of tickets about one matter, who called, when and about whom."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..normalise import mask
from .table import Tickets

Kind = Literal["一人多诉", "多人一诉", "未知"]
ONE: Kind = "一人多诉"
MANY: Kind = "多人一诉"
UNKNOWN: Kind = "未知"
EXAMPLE = 80
_NOBODY = re.compile(r"[*＊×xX\s\-]*|匿名.*|无|未知|不详|保密|null|none|nan", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """Tickets about one matter, two or more.

    rows: row numbers of the table, by date; first, last: dates as YYYY-MM-DD, "" where none is known;
    callers: distinct known callers; kind: 一人多诉 (one caller, several tickets), 多人一诉 (several callers)
    or 未知 (no caller known); most: most tickets of one caller; copies: tickets that nearly copy an
    earlier one; place: the first ticket's; topic: the most frequent, "" where unknown; units: the most
    frequent first; example: the first ticket's text, masked, at most 80 characters.
    """

    rows: tuple[int, ...]
    first: str
    last: str
    callers: int
    kind: Kind
    most: int
    copies: int
    place: str
    topic: str
    units: tuple[str, ...]
    example: str

    @property
    def size(self) -> int:
        """Return the number of tickets."""
        return len(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, JSON-ready."""
        return {"size": self.size, **asdict(self)}


@dataclass(frozen=True)
class Repeats:
    """The matters that came up more than once in some tickets.

    copy_of, matter_of: shape (rows,), the group number of each row, in order of the groups' first rows; a
    ticket alone in its group has no double. groups: matters of two tickets or more, the largest first.
    """

    rows: int
    copy_of: NDArray[np.int64]
    matter_of: NDArray[np.int64]
    groups: tuple[Group, ...]

    @property
    def copies(self) -> int:
        """Return how many tickets nearly copy an earlier one."""
        return self.rows - len(np.unique(self.copy_of))

    @property
    def repeated(self) -> int:
        """Return how many tickets are not the first of their matter."""
        return self.rows - len(np.unique(self.matter_of))

    @property
    def one_person(self) -> tuple[Group, ...]:
        """Return the matters that one caller raised several times (一人多诉)."""
        return tuple(group for group in self.groups if group.kind == ONE)

    @property
    def many_people(self) -> tuple[Group, ...]:
        """Return the matters that several callers raised (多人一诉)."""
        return tuple(group for group in self.groups if group.kind == MANY)

    def to_dict(self, top: int = 20) -> dict[str, Any]:
        """Return the figures and the largest groups, JSON-ready."""
        return {
            "rows": self.rows,
            "copies": self.copies,
            "repeated": self.repeated,
            "matters": len(self.groups),
            "one_person": len(self.one_person),
            "many_people": len(self.many_people),
            "groups": [group.to_dict() for group in self.groups[:top]],
        }


def known_caller(value: str) -> str:
    """Return a caller's id, "" for what names nobody: blank, stars alone, 匿名 and the like."""
    value = value.strip()
    return "" if _NOBODY.fullmatch(value) else value


def make_groups(
    tickets: Tickets,
    topics: Sequence[str],
    place_of: Callable[[int], str],
    copy_of: NDArray[np.int64],
    matter_of: NDArray[np.int64],
) -> tuple[Group, ...]:
    """Return the groups of two tickets or more, the largest first, then by first row."""
    order = np.lexsort((np.arange(len(tickets)), tickets.dates, matter_of))
    bounds = np.flatnonzero(np.diff(matter_of[order])) + 1
    parts = [part for part in np.split(order, bounds) if len(part) > 1]
    columns = {
        "caller": [known_caller(value) for value in tickets.column("caller")],
        "unit": tickets.column("unit"),
        "topic": topics,
    }
    made = [_group(part, tickets, columns, copy_of, place_of) for part in parts]
    return tuple(sorted(made, key=lambda group: (-group.size, min(group.rows))))


def _group(
    part: NDArray[np.int64],
    tickets: Tickets,
    columns: Mapping[str, Sequence[str]],
    copy_of: NDArray[np.int64],
    place_of: Callable[[int], str],
) -> Group:
    from ..learn.dates import day

    rows = tuple(part.tolist())
    dates = tickets.dates[part]
    known = dates[~np.isnan(dates)]
    counts = {name: Counter(v for row in rows if (v := values[row])) for name, values in columns.items()}
    callers = counts["caller"]
    kind: Kind = MANY if len(callers) > 1 else ONE if callers else UNKNOWN
    return Group(
        rows,
        day(float(known.min())) if len(known) else "",
        day(float(known.max())) if len(known) else "",
        len(callers),
        kind,
        max(callers.values(), default=0),
        len(rows) - len(set(copy_of[part].tolist())),
        place_of(rows[0]),
        _first(counts["topic"]),
        tuple(unit for unit, _ in counts["unit"].most_common()),
        shown(tickets.texts[rows[0]]),
    )


def shown(text: str) -> str:
    """Return a text as it may be shown: numbers masked, blanks collapsed, at most 80 characters."""
    plain = " ".join(mask(text).split())
    return plain if len(plain) <= EXAMPLE else plain[: EXAMPLE - 1] + "…"


def _first(counts: Counter[str]) -> str:
    return counts.most_common(1)[0][0] if counts else ""
