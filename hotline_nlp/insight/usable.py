"""Leave out what is no ticket, such as blank and broken rows of a file, and name it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..learn.sources import Faults
from ..normalise import reject_reason
from .table import Tickets


def usable(tickets: Tickets, *others: str, dated: bool = False) -> tuple[Tickets, list[str]]:
    """Return the tickets that say anything, and a sentence on each kind of fault in the rest.

    others: columns that make up for a text where they are filled, as a reply does for a request; dated: a
    column of dates was named, so that dates which can't be read are named too.
    """
    faults, kept = Faults(), list[int]()
    files, broken = tickets.column("file"), tickets.column("fault")
    more = [tickets.column(name) for name in others]
    dated = dated or not np.isnan(tickets.dates).all()
    for row, text in enumerate(tickets.texts):
        name, line = f"{Path(files[row]).name}: " if files[row] else "", int(tickets.lines[row])
        if broken[row]:
            faults.add(f"{name}rows that can't be read, left out", line)
        elif reject_reason(text) is not None and not any(column[row].strip() for column in more):
            faults.add(f"{name}rows without a usable text, left out", line)
        else:
            kept.append(row)
            if dated and np.isnan(tickets.dates[row]):
                faults.add(f"{name}dates that can't be read", line)
    return tickets.take(np.array(kept, np.int64)), faults.notes()
