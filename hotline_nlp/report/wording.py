"""Turns of phrase of an official text: numbers, changes, lists."""

from __future__ import annotations

from collections.abc import Sequence

from .figures import Change, Line, Rate, Shift
from .shares import UNITS, Share, percent

DASH = "—"


def number(value: int) -> str:
    """Write a count with thousands separated."""
    return f"{value:,}"


def moved(change: Change | None, name: str) -> str:
    """Say a change in a clause: 环比增长12.34%; "" where there is nothing to compare with."""
    if change is None:
        return ""
    if change.basis is None:
        return f"{name}由0件增至{number(change.now)}件"
    if change.basis == 0:
        return f"{name}持平"
    verb = "增长" if change.basis > 0 else "下降"
    return f"{name}{verb}{percent(abs(change.basis))}"


def compared(line: Line) -> str:
    """Say both changes of a line: 环比…，同比…; "" without either."""
    return "，".join(filter(None, (moved(line.on_month, "环比"), moved(line.on_year, "同比"))))


def points(now: Share, before: Share | None, name: str) -> str:
    """Say how a rate moved in percentage points; "" where there is nothing to compare with."""
    if before is None:
        return ""
    basis = now.basis - before.basis
    if basis == 0:
        return f"{name}持平"
    return f"{name}{'提高' if basis > 0 else '下降'}{percent(abs(basis))[:-1]}个百分点"


def rate_moves(rate: Rate) -> str:
    """Say how a rate moved on the month and on the year; "" without either."""
    both = (points(rate.now, rate.previous, "环比"), points(rate.now, rate.year_before, "同比"))
    return "，".join(filter(None, both))


def cell(change: Change | None) -> str:
    """Write a change for a table's cell."""
    if change is None:
        return DASH
    if change.basis is None:
        return "新增"
    return f"{'+' if change.basis > 0 else ''}{percent(change.basis)}"


def listed(lines: Sequence[Line], unit: str = "件") -> str:
    """List lines with their counts and shares, joined by semicolons."""
    return "；".join(f"{line.label}{number(line.count)}{unit}，占{line.share}" for line in lines)


def named(labels: Sequence[str]) -> str:
    """Join names: 甲、乙和丙."""
    return "、".join(labels) if len(labels) < 3 else "、".join(labels[:-1]) + "和" + labels[-1]


def told(shift: Shift) -> str:
    """Say a notable change in a clause."""
    what = f"{shift.kind}“{shift.label}”" if shift.label != "全部诉求" else shift.label
    counts = f"由{number(shift.before)}件变为{number(shift.now)}件"
    if shift.before == 0:
        return f"{what}{shift.against}{counts}"
    basis = round(abs(shift.rate - 1) * UNITS)
    verb = "增长" if shift.rate > 1 else "下降"
    return f"{what}{shift.against}{counts}，按星期折算日均{verb}{percent(basis)}"


def rate(shift: Shift) -> str:
    """Write the change of a daily rate for a table's cell."""
    if shift.before == 0:
        return "新增"
    basis = round((shift.rate - 1) * UNITS)
    return f"{'+' if basis > 0 else ''}{percent(basis)}"


def chance(q: float) -> str:
    """Write a corrected p-value."""
    return "<0.001" if q < 0.001 else f"{q:.3f}"
