"""Run repeats, emerging topics and the check of replies on files, and print what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import console, print_json, table
from .target import check_target
from .view_care import say

if TYPE_CHECKING:
    from ..insight import Emerging, Repeats
    from ..insight.table import Tickets

_PLACE = {"file": ("文件", 20), "line": ("行号", 8), "id": ("工单编号", 16)}
"""Columns of a sheet that say where a ticket stands."""
_MATTER = ("事项编号", 10)
_MATTERS = (
    ("件数", 8),
    ("类别", 12),
    ("日期", 12),
    ("事项", 14),
    ("地点", 16),
    ("承办单位", 18),
    ("诉求", 80),
)
_FINDINGS = (("问题", 14), ("原文", 60), ("说明", 48), ("把握", 8))


def named(columns: Mapping[str, str | None]) -> dict[str, str]:
    """Return the columns that were named."""
    return {ours: theirs for ours, theirs in columns.items() if theirs}


def _check_out(out: Path | None, inputs: Sequence[Path], force: bool) -> None:
    """Raise InputError where a sheet was asked for that may not be written."""
    from ..learn.worksheet import check_sheet

    if out is not None:
        check_sheet(out)
        check_target(out, inputs, force=force)


def _read(path: Path, columns: Mapping[str, str | None], sheet: str | None, notes: list[str]) -> Tickets:
    """Return the tickets of a file that say anything; the others are told in the notes."""
    from ..insight.table import read
    from ..insight.usable import usable

    found, told = usable(read(path, named(columns), sheet=sheet), dated=bool(columns["date"]))
    notes += told
    return found


def _places(tickets: Tickets) -> dict[str, list[Any]]:
    """Return where each ticket stands: file, where there are several, line, and number, where it has one."""
    paths = tickets.column("file")
    names = {path: Path(path).name for path in set(paths)}
    times = Counter(names.values())
    files = [names[path] if times[names[path]] == 1 else path for path in paths]
    found: dict[str, list[Any]] = {"file": files} if len(names) > 1 else {}
    found["line"] = tickets.lines.tolist()
    return found | ({"id": tickets.column("id")} if tickets.has("id") else {})


def _at(places: Mapping[str, Sequence[Any]], rows: Iterable[int]) -> list[dict[str, Any]]:
    """Return where some rows stand, JSON-ready."""
    return [{name: values[row] for name, values in places.items()} for row in rows]


def run_repeats(
    paths: Sequence[Path],
    out: Path | None,
    *,
    columns: Mapping[str, str | None],
    sheet: str | None,
    top: int,
    model: str,
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Find repeats in files, write them as a sheet and print the largest."""
    from ..insight import find_repeats
    from ..insight.table import join

    _check_out(out, paths, force)
    notes: list[str] = []
    tickets = join([_read(path, columns, sheet, notes) for path in paths])
    found, places = find_repeats(tickets, city=city, model=model), _places(tickets)
    if out is not None:
        _write_matters(out, found, tickets, places)
    if as_json:
        groups = [{**group.to_dict(), "rows": _at(places, group.rows)} for group in found.groups[:top]]
        print_json({**found.to_dict(top), "groups": groups, "notes": notes})
        return
    say(
        f"{found.rows:,} tickets: {found.copies:,} near-copies; {found.repeated:,} repeat one of "
        f"{len(found.groups):,} matters ({len(found.one_person):,} by one caller, "
        f"{len(found.many_people):,} by several)" + (f" -> {out}" if out else ""),
        notes,
    )
    rows = table(
        "tickets",
        "callers",
        "kind",
        "first",
        "last",
        "topic",
        "place",
        "first ticket",
        right=("tickets", "callers"),
    )
    for group in found.groups[:top]:
        rows.add_row(
            str(group.size), str(group.callers or "-"), group.kind, group.first, group.last,
            group.topic, group.place, group.example[:24],
        )  # fmt: skip
    console().print(rows)


def _write_matters(out: Path, found: Repeats, tickets: Tickets, places: Mapping[str, Sequence[Any]]) -> None:
    from ..learn.dates import day
    from ..learn.worksheet import write_worksheet

    dates = [day(s) if s == s else "" for s in tickets.dates.tolist()]
    units = tickets.column("unit")
    rows = (
        (
            k,
            *(values[row] for values in places.values()),
            group.size,
            group.kind,
            dates[row],
            group.topic,
            group.place,
            units[row],
            tickets.texts[row],
        )
        for k, group in enumerate(found.groups, 1)
        for row in group.rows
    )
    write_worksheet(out, (_MATTER, *(_PLACE[name] for name in places), *_MATTERS), rows, title="repeats")


def run_emerging(
    path: Path,
    past: Sequence[Path],
    *,
    columns: Mapping[str, str | None],
    sheet: str | None,
    level: float,
    top: int,
    model: str,
    city: str,
    as_json: bool,
) -> None:
    """Find what is new in a file against earlier ones and print it."""
    from ..insight import emerging

    notes: list[str] = []
    now = _read(path, columns, sheet, notes)
    before = [_read(each, columns, sheet, notes) for each in past]
    found = emerging(
        now, before if len(before) > 1 else before[0], level=level, top=top, city=city, model=model
    )
    if as_json:
        places = _places(now)
        told = [{**item.to_dict(), "rows": _at(places, item.rows)} for item in found]
        print_json({"rows": len(now), "emerging": told, "notes": notes})
        return
    print_emerging(found, len(now), sum(map(len, before)), notes)


def print_emerging(found: Sequence[Emerging], rows: int, before: int, notes: Sequence[str] = ()) -> None:
    """Print each new topic with its figures and examples, after what was left out."""
    screen = console()
    say(f"{rows:,} tickets against {before:,} earlier ones: {len(found)} new or rising", notes)
    for number, item in enumerate(found, 1):
        screen.print(
            f"\n{number}. {' '.join(item.keywords)}  [{item.kind}]  "
            f"{item.count} tickets, {item.expected:g} expected, "
            f"corrected p {item.q:.1g}; {item.topic or '-'}; {item.unit or '-'} ({item.unit_share:.0%})",
            markup=False,
            soft_wrap=True,
        )
        for example in item.examples:
            screen.print(f"   {example}", markup=False, soft_wrap=True)


def run_replies(
    path: Path,
    out: Path | None,
    *,
    columns: Mapping[str, str | None],
    sheet: str | None,
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Check the replies of a file, write the findings as a sheet and print their numbers."""
    from ..insight import check_replies
    from ..insight.replies import LABELS, NEEDED, OPTIONAL
    from ..insight.table import read
    from ..insight.usable import usable
    from ..learn.worksheet import write_worksheet

    _check_out(out, [path], force)
    found = read(path, named(columns), needed=NEEDED, optional=OPTIONAL, sheet=sheet)
    tickets, notes = usable(found, "reply", dated=bool(columns["date"]))
    checks, places = check_replies(tickets, city=city), _places(tickets)
    findings = [(row, f) for row, check in enumerate(checks) for f in check.findings]
    if out is not None:
        lines = (
            (*(values[row] for values in places.values()), f.label, f.evidence, f.reason, f.score)
            for row, f in findings
        )
        write_worksheet(out, (*(_PLACE[name] for name in places), *_FINDINGS), lines, title="replies")
    if as_json:
        told = [{**at, **c.to_dict()} for at, c in zip(_at(places, range(len(checks))), checks, strict=True)]
        print_json({"rows": len(checks), "replies": told, "notes": notes})
        return
    flagged = len({row for row, _ in findings})
    say(
        f"{len(checks):,} replies, {flagged:,} with something to look at" + (f" -> {out}" if out else ""),
        notes,
    )
    counts = Counter(kind for _, kind in {(row, f.kind) for row, f in findings})
    rows = table("finding", "replies", "share", "first line", right=("replies", "share", "first line"))
    for kind, label in LABELS.items():
        if counts[kind]:
            first = next(places["line"][row] for row, f in findings if f.kind == kind)
            rows.add_row(label, str(counts[kind]), f"{counts[kind] / len(checks):.1%}", str(first))
    console().print(rows)
