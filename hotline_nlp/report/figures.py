"""The figures of a bulletin: frozen, plain, and nothing in them that was not counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from .period import Month
from .shares import Share, ratio


@dataclass(frozen=True, slots=True)
class Change:
    """From one count to another; basis is the change in hundredths of a per cent, None from nothing."""

    before: int
    now: int
    basis: int | None


def change(before: int | None, now: int) -> Change | None:
    """Return a change, None where there is nothing to compare with."""
    if before is None:
        return None
    return Change(before, now, ratio(now - before, before) if before else None)


@dataclass(frozen=True, slots=True)
class Line:
    """One label's count in the month, its share, and the counts a month and a year before (None: no data)."""

    label: str
    count: int
    share: Share
    previous: int | None = None
    year_before: int | None = None

    @property
    def on_month(self) -> Change | None:
        """Return the change on the month before (环比)."""
        return change(self.previous, self.count)

    @property
    def on_year(self) -> Change | None:
        """Return the change on the year before (同比)."""
        return change(self.year_before, self.count)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Counts of all labels, the largest first, over `whole` tickets; `blank` of them have no label.

    Where the lines make up the whole, their shares add up to 100.00%.
    """

    lines: tuple[Line, ...]
    whole: int
    blank: int = 0

    def top(self, count: int, *, without: tuple[str, ...] = ()) -> tuple[Line, ...]:
        """Return the largest lines, leaving out some labels."""
        return tuple(line for line in self.lines if line.label not in without)[:count]

    def named(self, label: str) -> Line | None:
        """Return the line of a label."""
        return next((line for line in self.lines if line.label == label), None)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of the month and of the two months that it is compared with (None: no data)."""

    now: Share
    previous: Share | None = None
    year_before: Share | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A change that is not chance: what moved, against which month, and how sure that is.

    before and now are counts; rate is the change of the count a day, for the weekdays of both months, as a
    factor; p and q are the test's p-value and the one after correction for all tests made.
    """

    kind: str
    label: str
    against: str
    before: int
    now: int
    rate: float
    p: float
    q: float


@dataclass(frozen=True, slots=True)
class Watch:
    """Something for a person to look at: what, how many tickets, and the first of them."""

    what: str
    count: int
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """Tickets on one matter: how many, by how many known callers, when, where, who handles it."""

    size: int
    callers: int
    kind: str
    first: str
    last: str
    place: str
    topic: str
    units: tuple[str, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """Repeated requests of the month: tickets that are not the first of their matter, and the groups."""

    repeated: Share
    copies: int
    groups: int
    one_person: int
    many_people: int
    top: tuple[Repeat, ...]


@dataclass(frozen=True, slots=True)
class Fresh:
    """A matter that is new or rising: keywords, tickets now, tickets expected, and who might take it."""

    keywords: tuple[str, ...]
    kind: str
    count: int
    expected: float
    q: float
    topic: str
    unit: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a bulletin of one month says in numbers.

    What the input can't give is None, and `absent` says why, by the field's name. `days` are the month's
    tickets day by day, `trend` the tickets of each month that the input has; `tests` is how many changes
    were tested; `by_model` counts the month's labels that the model gave.
    """

    city: str
    month: Month
    requests: Line
    calls: Line | None
    spot: Rate | None
    dispatched: int | None
    types: Breakdown | None
    topics: Breakdown | None
    units: Breakdown | None
    units_top: Share | None
    channels: Breakdown | None
    districts: Breakdown | None
    desks: Breakdown | None
    on_time: Rate | None
    called_back: Rate | None
    satisfied: Rate | None
    grades: Breakdown | None
    repeats: Repeats | None
    fresh: tuple[Fresh, ...] | None
    shifts: tuple[Shift, ...]
    tests: int
    watch: tuple[Watch, ...]
    days: tuple[int, ...]
    trend: tuple[tuple[Month, int], ...]
    by_model: Mapping[str, int]
    model: str
    absent: Mapping[str, str]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; shares as printed, with their part and whole."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Month):
        return f"{value.year}-{value.month:02d}"
    if isinstance(value, Share):
        return {"percent": str(value), "part": value.part, "whole": value.whole}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
