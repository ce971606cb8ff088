"""Orders that came back: who returned them, whom the reason names, and how the shares move."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline_nlp.errors import InputError
from hotline_nlp.route.units import UnitTable

FALL, RISE = 0.1, 0.6
_CUE = re.compile(
    r"(?<![不非未])(?:应由|应属|应为|应派|应转|属于|属|归|由|转办?至|转给|移交|建议转|交由|请|联系|派往|改派)"
)
_REACH = 10


@dataclass(frozen=True, slots=True)
class Return:
    """An order's return: the unit that sent it back, its reason, and when (ISO 8601, may be empty)."""

    unit: str
    reason: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A Return with its units resolved: official names, target "" where the reason states none."""

    unit: str
    target: str
    reason: str


def read_history(history: Sequence[Any], units: UnitTable, area: str) -> tuple[Bounce, ...]:
    """Check a history; raise InputError for an item that is no Return or names an unknown unit."""
    found = []
    for number, item in enumerate(history, 1):
        if isinstance(item, Mapping):
            unknown = set(item) - {"unit", "reason", "at"}
            if unknown or "unit" not in item:
                raise InputError(f"history item {number} needs 'unit', 'reason' and 'at', not {sorted(item)}")
            item = Return(**item)
        if not isinstance(item, Return) or not isinstance(item.reason, str) or not isinstance(item.unit, str):
            raise InputError(f"history item {number} is {item!r}; pass Return(unit, reason, at)")
        _check_time(item, number)
        name = units.find(item.unit)
        if not name:
            raise InputError(
                f"history item {number} names the unknown unit {item.unit!r}; use a name of units.csv"
            )
        target = stated_target(item.reason, units)
        if target and area:
            target = units.at(target, area)
        found.append(Bounce(name, "" if target == name else target, item.reason))
    return tuple(found)


def _check_time(item: Return, number: int) -> None:
    if not item.at:
        return
    try:
        datetime.fromisoformat(str(item.at).replace("Z", "+00:00"))
    except ValueError:
        raise InputError(
            f"history item {number} has the time {item.at!r}; write it as 2024-11-05 or 2024-11-05T09:30"
        ) from None


def stated_target(reason: str, units: UnitTable) -> str:
    """Return the unit that a return's reason says should take the order, "" where it names none."""
    for cue in _CUE.finditer(reason):
        window = reason[cue.end() : cue.end() + _REACH + 20]
        best, at, size = "", _REACH + 1, 0
        for name, real in units.names.items():
            start = window.find(name)
            if start >= 0 and (start, -len(name)) < (at, -size):
                best, at, size = real, start, len(name)
        if best:
            return best
    return ""


def apply_history(scores: Mapping[str, float], bounces: Iterable[Bounce]) -> dict[str, float]:
    """Return the shares after the returns: the unit that returned falls, its stated target rises."""
    found = dict(scores)
    for bounce in bounces:
        found[bounce.unit] = found.get(bounce.unit, 0.0) * FALL
        if bounce.target:
            found[bounce.target] = found.get(bounce.target, 0.0) + RISE
    for bounce in bounces:
        found[bounce.unit] = min(found[bounce.unit], FALL * max(found.values(), default=0.0))
    total = sum(found.values()) or 1.0
    return {name: value / total for name, value in found.items()}
