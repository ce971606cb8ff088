"""What needs a person's eye: tickets that the figures alone would hide."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..decide import REJECT, REVIEW
from .figures import Watch
from .handling import Handling, grades, overdue
from .ledger import Ledger

LISTED = 5
_OTHER = "其他"


def watch_list(ledger: Ledger, handling: Handling) -> tuple[Watch, ...]:
    """Return what to look at, each with its number of tickets and the first of them."""
    return tuple(
        Watch(what, len(found), tuple(ledger.name_of(int(row)) for row in found[:LISTED]))
        for what, rows in _kinds(ledger, handling)
        if len(found := np.flatnonzero(rows & ledger.rows()))
    )


def _kinds(ledger: Ledger, handling: Handling) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    unsettled = np.isnan(ledger.numbers("closed")) if "closed" in ledger.roles else True
    yield (
        "疑似紧急事项" + ("且尚未办结" if "closed" in ledger.roles else ""),
        ((ledger.numbers("urgent") == 1) & unsettled & ~handling.spot),
    )
    if {"due", "closed"} <= ledger.roles:
        yield "已超过办理时限仍未办结的工单", overdue(ledger, handling)
    if "satisfied" in ledger.roles:
        content, graded = grades(ledger)
        yield "群众评价为一般或不满意的诉求", graded & ~content
    yield "模型把握不足、须人工复核分类的诉求", _is(ledger, "decision", REVIEW)
    yield "模型无法判读的诉求（内容为空或没有可读文字）", _is(ledger, "decision", REJECT)
    yield "一件诉求含多个事项、可能需要一单联派", _has(ledger, "flags", "多诉求")
    yield "归入“其他”、没有对应热点事项的诉求", _is(ledger, "topic", _OTHER)
    yield "未能确定诉求类型的", _is(ledger, "type", "")
    yield "未能确定热点事项的", _is(ledger, "topic", "")
    if handling.known:
        yield "已转办而未填写承办单位的工单", handling.dispatched & _is(ledger, "unit", "")
    if "on_spot" in ledger.roles:
        yield "办理方式未填写或无法识别的诉求", ~(handling.spot | handling.dispatched)


def _is(ledger: Ledger, name: str, label: str) -> NDArray[np.bool_]:
    codes, labels = ledger.coded(name)
    return np.array([known == label for known in labels], bool)[codes]


def _has(ledger: Ledger, name: str, part: str) -> NDArray[np.bool_]:
    codes, labels = ledger.coded(name)
    return np.array([part in known.split(",") for known in labels], bool)[codes]
