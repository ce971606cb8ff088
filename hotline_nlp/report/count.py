"""Count a ledger into Figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..pack import CityPack
from .desks import count_desks
from .figures import Breakdown, Figures, Line, Repeats
from .handling import called_back_rate, grades, on_time_rate, rate, read_handling, spot_rate
from .insight import count_repeats, find_fresh
from .ledger import BY_MODEL, Ledger
from .period import Month
from .shares import Share, partition, share
from .shifts import find_shifts
from .values import CONTENT, DISCONTENT
from .watch import watch_list

TOP = 10
OTHER = "其他"
FEW_DAYS = 0.8
_MISSING = {
    "calls": "输入数据没有通话编号，未统计来电量。",
    "spot": "输入数据没有载明办理方式，未统计当场办结情况。",
    "channels": "输入数据没有受理渠道，未作渠道分析。",
    "districts": "输入数据没有载明所属区域，也不能从诉求内容判读，未作区域分析。",
    "desks": "输入数据没有专席或专项标记，也没有诉求内容，未作专项统计。",
    "on_time": "输入数据没有办理时限和办结时间，未统计按时办结率。",
    "called_back": "输入数据没有回访记录，未统计回访率。",
    "satisfied": "输入数据没有满意度评价，未统计满意率。",
    "types": "输入数据没有诉求类型，也没有诉求内容，未作类型分析。",
    "topics": "输入数据没有热点事项，也没有诉求内容，未作热点分析。",
    "units": "输入数据没有承办单位，也没有诉求内容，未作承办情况分析。",
}


def count(ledger: Ledger, pack: CityPack, city: str) -> Figures:
    """Return every figure of the month; `city` is what the insight functions load their pack by."""
    handling = read_handling(ledger)
    every = np.ones(ledger.table.num_rows, bool)
    month = ledger.rows()
    units = breakdown(ledger, "unit", handling.dispatched)
    repeats, fresh = count_repeats(ledger, city), find_fresh(ledger, city)
    bases = {"type": every, "topic": every, "unit": handling.dispatched, "district": every, "channel": every}
    shifts, tests = find_shifts(ledger, bases, (("环比", 1), ("同比", 12)))
    has_grades = "satisfied" in ledger.roles
    content, graded = grades(ledger) if has_grades else (every, every)
    found = {
        "calls": _calls(ledger),
        "spot": spot_rate(ledger, handling),
        "types": breakdown(ledger, "type", every),
        "topics": breakdown(ledger, "topic", every),
        "units": units,
        "channels": breakdown(ledger, "channel", every),
        "districts": breakdown(ledger, "district", every),
        "desks": count_desks(ledger),
        "on_time": on_time_rate(ledger, handling),
        "called_back": called_back_rate(ledger, handling),
        "satisfied": rate(ledger, content, graded) if has_grades else None,
        "repeats": repeats if isinstance(repeats, Repeats) else None,
        "fresh": fresh if isinstance(fresh, tuple) else None,
    }
    absent = {name: _MISSING.get(name, "") for name, value in found.items() if value is None}
    absent |= {n: v for n, v in (("repeats", repeats), ("fresh", fresh)) if isinstance(v, str)}
    watch = watch_list(ledger, handling)
    return Figures(
        city=pack.city,
        month=ledger.month,
        requests=_total(ledger),
        dispatched=int((month & handling.dispatched).sum()) if handling.known else None,
        units_top=_top_share(units),
        grades=_by_grade(breakdown(ledger, "satisfied", graded)) if found["satisfied"] else None,
        shifts=shifts,
        tests=tests,
        watch=watch,
        days=_days(ledger),
        trend=_trend(ledger),
        by_model=_by_model(ledger),
        model=ledger.model,
        absent=absent,
        notes=(*ledger.faults.sentences(), *_gaps(ledger)),
        **found,  # type: ignore[arg-type]
    )


def breakdown(ledger: Ledger, name: str, base: NDArray[np.bool_]) -> Breakdown | None:
    """Count a coded column over the rows of `base` in the month; None where no row has a label.

    The shares are of all rows with a label and add up to 100.00%.
    """
    codes, labels = ledger.coded(name)
    counts = {
        shift: np.bincount(codes[base & ledger.rows(shift)], minlength=len(labels)).tolist()
        for shift in (0, -1, -12)
    }
    blank = sum(n for n, label in zip(counts[0], labels, strict=True) if not label)
    known = {shift: ledger.rows(shift).any() for shift in (-1, -12)}
    rows = [i for i, label in enumerate(labels) if label and counts[0][i]]
    if not rows:
        return None
    rows.sort(key=lambda i: (-counts[0][i], labels[i]))
    shares = partition([counts[0][i] for i in rows])
    lines = tuple(
        Line(
            labels[i],
            counts[0][i],
            part,
            counts[-1][i] if known[-1] else None,
            counts[-12][i] if known[-12] else None,
        )
        for i, part in zip(rows, shares, strict=True)
    )
    return Breakdown(lines, sum(line.count for line in lines), blank)


def _by_grade(found: Breakdown | None) -> Breakdown | None:
    """Return grades from the best to the worst."""
    if found is None:
        return None
    order = (*CONTENT, *DISCONTENT)
    lines = sorted(found.lines, key=lambda line: order.index(line.label))
    return Breakdown(tuple(lines), found.whole, found.blank)


def _total(ledger: Ledger) -> Line:
    now, previous, year = (int(ledger.rows(shift).sum()) for shift in (0, -1, -12))
    return Line("受理诉求", now, share(now, now), previous or None, year or None)


def _calls(ledger: Ledger) -> Line | None:
    """Count calls by their numbers: one call may bring several requests."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "call" not in ledger.roles:
        return None

    def of(shift: int) -> int:
        numbers = pc.unique(ledger.table.column("call").filter(pa.array(ledger.rows(shift))))
        return int(pc.sum(pc.not_equal(numbers, "")).as_py() or 0)

    now = of(0)
    return Line("接听来电", now, share(now, now), of(-1) or None, of(-12) or None)


def _top_share(units: Breakdown | None) -> Share | None:
    if units is None:
        return None
    return share(sum(line.count for line in units.top(TOP)), units.whole)


def _days(ledger: Ledger) -> tuple[int, ...]:
    dates = ledger.numbers("date")[ledger.rows()].astype("datetime64[s]").astype("datetime64[D]")
    start = np.datetime64(f"{ledger.month.year:04d}-{ledger.month.month:02d}-01")
    counts = np.bincount((dates - start).astype(np.int64), minlength=ledger.month.days)
    return tuple(counts.tolist())


def _trend(ledger: Ledger) -> tuple[tuple[Month, int], ...]:
    shifts, counts = np.unique(ledger.months(), return_counts=True)
    return tuple((ledger.month.shift(s), n) for s, n in zip(shifts.tolist(), counts.tolist(), strict=True))


def _by_model(ledger: Ledger) -> dict[str, int]:
    marks = ledger.numbers("by_model")[ledger.rows()]
    return {name: n for name, bit in BY_MODEL.items() if (n := int(((marks & bit) > 0).sum()))}


def _gaps(ledger: Ledger) -> list[str]:
    """Say which of the months compared are missing or have but a part of their days."""
    found = []
    for shift, name in ((0, ""), (-1, "环比"), (-12, "同比")):
        month = ledger.month.shift(shift)
        dates = ledger.numbers("date")[ledger.rows(shift)]
        days = len(np.unique(dates // 86_400))
        if not days:
            found.append(f"输入数据没有{month}的诉求，未作{name}比较。")
        elif days < FEW_DAYS * month.days:
            sense = f"与之{name}仅供参考" if name else "本期数字可能不全"
            found.append(f"输入数据中{month}只有{days}天有诉求（全月{month.days}天），{sense}。")
    return found
