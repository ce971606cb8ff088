"""Count a ticket once, however often the files hold it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .ledger import Ledger

REPEATED = "有{}行的工单编号与其他行重复，每个编号按最后出现的一行计一次"
SEVERAL = "有{}个工单编号出现在不同月份的工单中，按不同工单计数，请核对"
IDENTICAL = "有{}行与另一行的时间、内容、来电人完全相同而无工单编号可以区分，仍按不同工单计数，请核对"


def dedupe(ledger: Ledger) -> Ledger:
    """Return the ledger with one row a month of each ticket number, the last one read.

    What was left out is named in its faults. A number that stands in two months, as where each month begins
    at 1, is two tickets. Rows without a number are all kept; those that equal another in date, text and
    caller are counted in the faults only, since two calls may be alike.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = ledger.table.column("id").combine_chunks().dictionary_encode()
    codes, names = np.asarray(ids.indices.to_numpy()), ids.dictionary
    numbered = np.asarray(pc.not_equal(names, "").to_numpy(zero_copy_only=False))[codes]
    keys = codes.astype(np.int64) * 16 - ledger.months()  # months go from -12 to 0
    _, last = np.unique(keys[::-1], return_index=True)
    kept = ~numbered
    kept[len(codes) - 1 - last] = True
    gone = np.flatnonzero(~kept)
    several = np.flatnonzero(np.bincount(codes[kept & numbered], minlength=1) > 1)
    for kind, found in ((REPEATED, codes[gone]), (SEVERAL, several)):
        ledger.faults.add(kind, len(found), [names[code].as_py() for code in found[:3].tolist()])
    alike = _alike(ledger, ~numbered)
    ledger.faults.add(IDENTICAL, len(alike), [ledger.name_of(int(row)) for row in alike[:3]])
    return ledger if not len(gone) else ledger.with_table(ledger.table.filter(pa.array(kept)))


def _alike(ledger: Ledger, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return rows of the month that equal an earlier one in date, text and caller."""
    import pyarrow as pa

    mask = chosen & ledger.rows()
    rows = np.flatnonzero(mask)
    dates = ledger.numbers("date")[rows]
    order = np.argsort(dates, kind="stable")
    same = np.flatnonzero(np.diff(dates[order]) == 0)
    close = order[np.unique(np.concatenate([same, same + 1]))]
    part = ledger.table.select(["text", "caller"]).filter(pa.array(mask)).take(pa.array(close, pa.int64()))
    keys = zip(dates[close].tolist(), *(column.to_pylist() for column in part.columns), strict=True)
    seen: set[tuple[float, str, str]] = set()
    found = []
    for row, key in zip(rows[close].tolist(), keys, strict=True):
        if key[1] and key in seen:
            found.append(row)
        seen.add(key)
    return np.array(sorted(found), np.int64)
