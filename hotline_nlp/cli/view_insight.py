"""Run repeats, emerging topics and the check of replies on files, and print what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .console import console, print_json, table
from .target import check_target

if TYPE_CHECKING:
    from ..insight import Emerging, Repeats
    from ..insight.table import Tickets

_MATTERS = (
    ("事项编号", 10),
    ("行号", 8),
    ("件数", 8),
    ("类别", 12),
    ("日期", 12),
    ("事项", 14),
    ("地点", 16),
    ("承办单位", 18),
    ("诉求", 80),
)
_FINDINGS = (("行号", 8), ("问题", 14), ("原文", 60), ("说明", 48), ("把握", 8))


def named(columns: Mapping[str, str | None]) -> dict[str, str]:
    """Return the columns that were named."""
    return {ours: theirs for ours, theirs in columns.items() if theirs}


def _check_out(out: Path | None, inputs: Sequence[Path], force: bool) -> None:
    """Raise InputError where a sheet was asked for that may not be written."""
    from ..learn.worksheet import check_sheet

    if out is not None:
        check_sheet(out)
        check_target(out, inputs, force=force)


def run_repeats(
    paths: Sequence[Path],
    out: Path | None,
    *,
    columns: Mapping[str, str | None],
    top: int,
    model: str,
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Find repeats in files, write them as a sheet and print the largest."""
    from ..insight import find_repeats
    from ..insight.table import join, read

    _check_out(out, paths, force)
    tickets = join([read(path, named(columns)) for path in paths])
    found = find_repeats(tickets, city=city, model=model)
    if out is not None:
        _write_matters(out, found, tickets)
    if as_json:
        print_json(found.to_dict(top))
        return
    screen = console()
    screen.print(
        f"{found.rows:,} tickets: {found.copies:,} near-copies; {found.repeated:,} repeat one of "
        f"{len(found.groups):,} matters ({len(found.one_person):,} by one caller, "
        f"{len(found.many_people):,} by several)" + (f" -> {out}" if out else ""),
        markup=False,
        soft_wrap=True,
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
    screen.print(rows)


def _write_matters(out: Path, found: Repeats, tickets: Tickets) -> None:
    from ..learn.dates import day
    from ..learn.worksheet import write_worksheet

    dates = [day(s) if s == s else "" for s in tickets.dates.tolist()]
    units = tickets.column("unit")
    rows = (
        (
            k,
            row + 1,
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
    write_worksheet(out, _MATTERS, rows, title="repeats")


def run_emerging(
    path: Path,
    past: Sequence[Path],
    *,
    columns: Mapping[str, str | None],
    level: float,
    top: int,
    model: str,
    city: str,
    as_json: bool,
) -> None:
    """Find what is new in a file against earlier ones and print it."""
    from ..insight import emerging
    from ..insight.table import read

    wanted = named(columns)
    now = read(path, wanted)
    before = [read(each, wanted) for each in past]
    found = emerging(
        now, before if len(before) > 1 else before[0], level=level, top=top, city=city, model=model
    )
    if as_json:
        print_json({"rows": len(now), "emerging": [item.to_dict() for item in found]})
        return
    print_emerging(found, len(now), sum(map(len, before)))


def print_emerging(found: Sequence[Emerging], rows: int, before: int) -> None:
    """Print each new topic with its figures and examples."""
    screen = console()
    screen.print(
        f"{rows:,} tickets against {before:,} earlier ones: {len(found)} new or rising", markup=False
    )
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
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Check the replies of a file, write the findings as a sheet and print their numbers."""
    from ..insight import check_replies
    from ..insight.replies import LABELS
    from ..learn.worksheet import write_worksheet

    _check_out(out, [path], force)
    checks = check_replies(path, columns=named(columns), city=city)
    findings = [(row, f) for row, check in enumerate(checks, 1) for f in check.findings]
    if out is not None:
        lines = ((row, f.label, f.evidence, f.reason, f.score) for row, f in findings)
        write_worksheet(out, _FINDINGS, lines, title="replies")
    if as_json:
        print_json({"rows": len(checks), "replies": [check.to_dict() for check in checks]})
        return
    screen = console()
    flagged = len({row for row, _ in findings})
    screen.print(
        f"{len(checks):,} replies, {flagged:,} with something to look at" + (f" -> {out}" if out else ""),
        markup=False,
        soft_wrap=True,
    )
    counts = Counter(kind for _, kind in {(row, f.kind) for row, f in findings})
    rows = table("finding", "replies", "share", "first row", right=("replies", "share", "first row"))
    for kind, label in LABELS.items():
        if counts[kind]:
            first = next(row for row, f in findings if f.kind == kind)
            rows.add_row(label, str(counts[kind]), f"{counts[kind] / len(checks):.1%}", str(first))
    screen.print(rows)
