"""Repeats and new matters of the month, where the insight extra is installed and the input allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingExtra
from .figures import Fresh, Repeat, Repeats
from .ledger import Ledger
from .shares import share

if TYPE_CHECKING:
    import pyarrow as pa

TOP, PAST = 10, 60_000
"""TOP: groups and matters told. PAST: past tickets that new matters are told against."""
AGAIN, NEW = "重复诉求", "新情况"
NO_TEXT = "输入数据没有诉求内容，未作{}分析。"
NO_PAST = "输入数据没有以往月份的诉求，未作{}分析。"
NO_EXTRA = "未安装 insight 组件（pip install 'hotline_nlp[insight]'），未作{}分析。"


def count_repeats(ledger: Ledger, city: str) -> Repeats | str:
    """Return the month's repeats, or the sentence that says why there are none to tell."""
    if "text" not in ledger.roles:
        return NO_TEXT.format(AGAIN)
    from ..insight import find_repeats

    try:
        found = find_repeats(_table(ledger, ledger.rows()), city=city)
    except MissingExtra:
        return NO_EXTRA.format(AGAIN)
    groups = found.groups
    return Repeats(
        share(found.repeated, found.rows),
        found.copies,
        len(groups),
        len(found.one_person),
        len(found.many_people),
        tuple(
            Repeat(
                group.size, group.callers, group.kind, group.first, group.last,
                group.place, group.topic, tuple(group.units), group.example,
            )
            for group in groups[:TOP]
        ),
    )  # fmt: skip


def find_fresh(ledger: Ledger, city: str) -> tuple[Fresh, ...] | str:
    """Return the month's new and rising matters, or the sentence that says why there are none to tell."""
    if "text" not in ledger.roles:
        return NO_TEXT.format(NEW)
    past = ledger.months() < 0
    if not past.any():
        return NO_PAST.format(NEW)
    from ..insight import emerging

    try:
        found = emerging(_table(ledger, ledger.rows()), _table(ledger, _spread(ledger)), top=TOP, city=city)
    except MissingExtra:
        return NO_EXTRA.format(NEW)
    return tuple(
        Fresh(tuple(f.keywords), f.kind, f.count, f.expected, f.q, f.topic, f.unit, tuple(f.examples))
        for f in found
    )


def _spread(ledger: Ledger) -> NDArray[np.bool_]:
    """Return which past tickets are read: all, or of a long past those of an even share of its callers.

    Callers are kept or left out whole, since words are counted once a caller.
    """
    past = ledger.months() < 0
    share_read = min(PAST / max(int(past.sum()), 1), 1.0)
    callers = ledger.table.column("caller").combine_chunks().dictionary_encode()
    codes = np.asarray(callers.indices.to_numpy()).astype(np.uint64)
    unknown = callers.dictionary.index("").as_py()
    codes = np.where(
        codes == unknown, np.arange(len(codes), dtype=np.uint64) + len(callers.dictionary), codes
    )
    spread = (codes * np.uint64(2_654_435_761)) % np.uint64(2**32)  # Knuth's multiplicative hash
    chosen: NDArray[np.bool_] = past & (spread < share_read * 2**32)
    return chosen


def _table(ledger: Ledger, rows: NDArray[np.bool_]) -> pa.Table:
    """Return some rows with the columns that the insight functions read."""
    import pyarrow as pa

    part = ledger.table.filter(pa.array(rows))
    dates = pa.array(np.asarray(part.column("date").to_numpy()).astype(np.int64), pa.int64())
    columns: dict[str, Any] = {name: part.column(name) for name in ("text", "caller", "id")}
    columns |= {name: part.column(name).cast(pa.string()) for name in ("topic", "unit", "district")}
    return pa.table({**columns, "date": dates.cast(pa.timestamp("s"))})
