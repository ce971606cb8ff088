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

TOP = 10
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
    past = (ledger.months() < 0) & (ledger.numbers("spread") < ledger.bound)
    if not past.any():
        return NO_PAST.format(NEW)
    from ..insight import emerging

    try:
        found = emerging(_table(ledger, ledger.rows()), _table(ledger, past), top=TOP, city=city)
    except MissingExtra:
        return NO_EXTRA.format(NEW)
    return tuple(
        Fresh(tuple(f.keywords), f.kind, f.count, f.expected, f.q, f.topic, f.unit, tuple(f.examples))
        for f in found
    )


def _table(ledger: Ledger, rows: NDArray[np.bool_]) -> pa.Table:
    """Return some rows with the columns that the insight functions read."""
    import pyarrow as pa

    part = ledger.table.filter(pa.array(rows))
    dates = pa.array(np.asarray(part.column("date").to_numpy()).astype(np.int64), pa.int64())
    columns: dict[str, Any] = {name: part.column(name) for name in ("text", "caller", "id")}
    columns |= {name: part.column(name).cast(pa.string()) for name in ("topic", "unit", "district")}
    return pa.table({**columns, "date": dates.cast(pa.timestamp("s"))})
