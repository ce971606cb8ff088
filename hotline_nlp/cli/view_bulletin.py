"""Make a bulletin and say on a few lines what it found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..report import Figures, make_bulletin
from ..report.bulletin import check_out
from ..report.roles import read_map
from .console import console, print_json
from .target import check_target
from .view_score import bar


def run_bulletin(
    tickets: Sequence[str],
    month: str,
    out: Path,
    *,
    pairs: Sequence[str],
    sheet: str | None,
    issuer: str,
    date: str | None,
    model: str,
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Write the bulletin; print a summary, or the figures as JSON."""
    check_out(out)
    check_target(out, tickets, force=force)
    columns, issued = read_map(pairs), _date(date)
    with bar() as progress:
        made = make_bulletin(
            list(tickets),
            month,
            city=city,
            model=model,
            columns=columns,
            sheet=sheet,
            issuer=issuer,
            issued=issued,
            out=out,
            progress=progress,
        )
    path = made.save(out)
    if as_json:
        print_json(made.figures.to_dict())
        return
    screen = console()
    for line in summary(made.figures, path):
        screen.print(line, markup=False, soft_wrap=True)


def _date(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no date: write it as 2024-12-05.") from None


def summary(figures: Figures, path: Path) -> list[str]:
    """Return what was counted, what the input could not give, and where the document stands."""
    found = [f"{figures.month}：受理诉求{figures.requests.count:,}件 -> {path}"]
    if figures.types is not None:
        found.append("  " + "，".join(f"{x.label}{x.count:,}（{x.share}）" for x in figures.types.lines))
    if figures.by_model:
        by = figures.model or "the model that scored the input"
        found.append(f"note: some labels were given by {by}: {', '.join(figures.by_model)}")
    said = dict.fromkeys((*(text for text in figures.absent.values() if text), *figures.notes))
    return [*found, *(f"note: {text}" for text in said)]
