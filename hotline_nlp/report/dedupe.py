"""Count a ticket once, however often the files hold it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .ledger import Ledger

REPEATED = "有{}行的工单编号与其他行重复，每个编号按最后出现的一行计一次"
IDENTICAL = "有{}行与另一行的时间、内容、来电人完全相同而无工单编号可以区分，仍按不同工单计数，请核对"


def dedupe(ledger: Ledger) -> Ledger:
    """Return the ledger with one row a ticket number, the last one read.

    What was left out is named in its faults. Rows without a number are all kept; those
    that equal another in date, text and caller are counted in the faults only, since two calls may be alike.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = ledger.table.column("id").combine_chunks().dictionary_encode()
    codes, names = np.asarray(ids.indices.to_numpy()), ids.dictionary
    rows = len(codes)
    kept = np.ones(rows, bool)
    numbered = np.asarray(pc.not_equal(names, "").to_numpy(zero_copy_only=False))[codes]
    last = np.full(len(names), -1, np.int64)
    last[codes] = np.arange(rows)
    kept[numbered] = last[codes[numbered]] == np.flatnonzero(numbered)
    gone = np.flatnonzero(~kept)
    ledger.faults.add(REPEATED, len(gone), [names[code].as_py() for code in codes[gone[:3]].tolist()])
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
