"""How tickets were handled: on the spot or dispatched, on time, called back, to the citizen's content."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .figures import Rate
from .ledger import BY_MODEL, Ledger
from .shares import Share, share
from .values import CONTENT, DISCONTENT

Rows = NDArray[np.bool_]
_DAY = 86_400.0
UNGRADED = "“满意度”有{}个取值不是满意等级，不计入满意率"
_NO_GRADE = frozenset(("", "未评价", "未回访", "无", "未填写", "未参评", "默认评价", "无评价"))


@dataclass(frozen=True, slots=True)
class Handling:
    """Rows handled on the spot and rows dispatched, of all months; `known` says whether the input tells."""

    spot: Rows
    dispatched: Rows
    known: bool


def read_handling(ledger: Ledger) -> Handling:
    """Tell tickets handled on the spot from those dispatched.

    By the column of that role; without one, a ticket without unit was handled on the spot, provided that
    others name units that no model gave. Else nothing is known and all rows count as dispatched.
    """
    if "on_spot" in ledger.roles:
        answers = ledger.numbers("on_spot")
        return Handling(answers == 1, answers == 0, True)
    codes, labels = ledger.coded("unit")
    blank = np.array([not label for label in labels], bool)[codes]
    given = ~blank & (ledger.numbers("by_model") & BY_MODEL["unit"] == 0) & ledger.rows()
    if given.any() and blank[ledger.rows()].any():
        return Handling(blank, ~blank, True)
    return Handling(np.zeros(len(codes), bool), np.ones(len(codes), bool), False)


def rate(ledger: Ledger, part: Rows, whole: Rows) -> Rate | None:
    """Return the share of `part` in `whole` for the month and those compared with it; None without any."""

    def of(shift: int) -> Share | None:
        rows = ledger.rows(shift) & whole
        return share(int((rows & part).sum()), int(rows.sum())) if rows.any() else None

    now = of(0)
    return Rate(now, of(-1), of(-12)) if now is not None else None


def spot_rate(ledger: Ledger, handling: Handling) -> Rate | None:
    """Return the share of requests that were answered on the spot, of all whose handling is known."""
    return rate(ledger, handling.spot, handling.spot | handling.dispatched) if handling.known else None


def as_of(ledger: Ledger) -> float:
    """Return the moment up to which the input tells: its latest date, at least the end of the month."""
    end = np.datetime64(f"{ledger.month.shift(1).year:04d}-{ledger.month.shift(1).month:02d}-01")
    closed = ledger.numbers("closed")
    latest = float(np.nanmax(closed)) if np.isfinite(closed).any() else 0.0
    return max(latest, float(end.astype("datetime64[s]").astype(np.int64)))


def deadlines(ledger: Ledger) -> NDArray[np.float64]:
    """Return the moments by which tickets are due; a date without time lasts to the end of its day."""
    due = ledger.numbers("due")
    last: NDArray[np.float64] = np.where(due % _DAY == 0, due + _DAY - 1, due)
    return last


def overdue(ledger: Ledger, handling: Handling) -> Rows:
    """Say which dispatched tickets were open when their time was up and still are."""
    open_ = np.isnan(ledger.numbers("closed")) & ("closed" in ledger.roles)
    late: Rows = open_ & handling.dispatched & (deadlines(ledger) < as_of(ledger))
    return late


def on_time_rate(ledger: Ledger, handling: Handling) -> Rate | None:
    """Return the share of dispatched orders closed by their time, of those closed or past it (按时办结率)."""
    if {"due", "closed"} <= ledger.roles:
        due, closed = deadlines(ledger), ledger.numbers("closed")
        counted = handling.dispatched & ~np.isnan(due) & (~np.isnan(closed) | (due < as_of(ledger)))
        with np.errstate(invalid="ignore"):
            return rate(ledger, closed <= due, counted)
    if "on_time" in ledger.roles:
        said = ledger.numbers("on_time")
        return rate(ledger, said == 1, handling.dispatched & (said >= 0))
    return None


def called_back_rate(ledger: Ledger, handling: Handling) -> Rate | None:
    """Return the share of dispatched orders whose citizen was called back (回访率)."""
    if "called_back" not in ledger.roles:
        return None
    said = ledger.numbers("called_back")
    return rate(ledger, said == 1, handling.dispatched & (said >= 0))


def grades(ledger: Ledger) -> tuple[Rows, Rows]:
    """Return which rows have a grade for, and which have any; other values are named in the faults."""
    codes, labels = ledger.coded("satisfied")
    strange = [label for label in labels if label not in (*CONTENT, *DISCONTENT) and label not in _NO_GRADE]
    ledger.faults.add_values(UNGRADED, strange)
    for_, against = (np.array([x in side for x in labels], bool)[codes] for side in (CONTENT, DISCONTENT))
    return for_, for_ | against
