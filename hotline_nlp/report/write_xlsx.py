"""Write the figures as a workbook: every number as a number, with what it is a part of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from ..learn.worksheet import clean
from .figures import Figures, Line, Rate
from .shares import UNITS
from .text_notes import DEFINITIONS

_LINE = ("数量", "占比", "上月", "环比", "上年同月", "同比")
_WIDE = 44
_PERCENT = "0.00%"


def write_xlsx(figures: Figures) -> bytes:
    """Return the bytes of a workbook, one sheet for each kind of figure."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    _sheet(book, "指标", ("指标", "数值", "分子", "分母", "上月", "上年同月"), _indicators(figures))
    breakdowns = (
        ("诉求类型", figures.types),
        ("热点事项", figures.topics),
        ("承办单位", figures.units),
        ("受理渠道", figures.channels),
        ("区域", figures.districts),
        ("专席专项", figures.desks),
        ("满意度", figures.grades),
    )
    for name, found in breakdowns:
        if found is not None:
            _sheet(book, name, (name, *_LINE), map(_line, found.lines))
    _sheet(book, "每日受理", ("日", "数量"), enumerate(figures.days, 1))
    _sheet(book, "各月受理", ("月份", "数量"), ((str(m), n) for m, n in figures.trend))
    _sheet(
        book,
        "显著变化",
        ("项目", "名称", "比较", "基期", "本期", "折算日均倍数", "P值", "校正后P值"),
        ((s.kind, s.label, s.against, s.before, s.now, s.rate, s.p, s.q) for s in figures.shifts),
    )
    if figures.repeats is not None:
        names = ("件数", "来电人", "类别", "首次", "末次", "区域", "事项", "承办单位", "首件诉求")
        rows = figures.repeats.top
        _sheet(book, "重复诉求", names, (_repeat(group) for group in rows))
    if figures.fresh is not None:
        heads = ("关键词", "类别", "件数", "预期", "校正后P值", "事项", "建议单位", "示例")
        _sheet(book, "新情况", heads, (_fresh(item) for item in figures.fresh))
    watched = ((w.what, w.count, "、".join(w.tickets)) for w in figures.watch)
    _sheet(book, "需关注", ("事项", "件数", "工单"), watched)
    said = [*DEFINITIONS, *(("数据情况", text) for text in (*figures.absent.values(), *figures.notes))]
    _sheet(book, "口径与说明", ("项目", "说明"), said)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _indicators(figures: Figures) -> Iterable[Sequence[Any]]:
    total = figures.requests
    if figures.calls is not None:
        calls = figures.calls
        yield "接听来电（个）", calls.count, None, None, calls.previous, calls.year_before
    yield "受理诉求（件）", total.count, None, None, total.previous, total.year_before
    if figures.dispatched is not None:
        yield "转办工单（件）", figures.dispatched, None, None, None, None
    rates: tuple[tuple[str, Rate | None], ...] = (
        ("当场办结率", figures.spot),
        ("按时办结率", figures.on_time),
        ("回访率", figures.called_back),
        ("满意率", figures.satisfied),
    )
    for name, rate in rates:
        if rate is not None:
            before = [None if s is None else s.basis / UNITS for s in (rate.previous, rate.year_before)]
            yield name, rate.now.basis / UNITS, rate.now.part, rate.now.whole, *before
    if figures.units_top is not None:
        top = figures.units_top
        yield "前十位单位占比", top.basis / UNITS, top.part, top.whole, None, None
    if figures.repeats is not None:
        again = figures.repeats.repeated
        yield "重复诉求占比", again.basis / UNITS, again.part, again.whole, None, None


def _line(line: Line) -> tuple[Any, ...]:
    both = (line.on_month, line.on_year)
    changes = [None if c is None or c.basis is None else c.basis / UNITS for c in both]
    return (
        line.label,
        line.count,
        line.share.basis / UNITS,
        line.previous,
        changes[0],
        line.year_before,
        changes[1],
    )


def _repeat(group: Any) -> tuple[Any, ...]:
    units = "、".join(group.units)
    return (
        group.size, group.callers, group.kind, group.first, group.last,
        group.place, group.topic, units, group.example,
    )  # fmt: skip


def _fresh(item: Any) -> tuple[Any, ...]:
    words, examples = "、".join(item.keywords), "\n".join(item.examples)
    return words, item.kind, item.count, item.expected, item.q, item.topic, item.unit, examples


def _sheet(book: Any, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add a sheet with a frozen heading; shares are shown as percentages, texts stay texts."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    sheet.append(list(columns))
    sheet.freeze_panes = "A2"
    widths = [2 * len(name) + 2 for name in columns]
    for row in rows:
        sheet.append([clean(value) for value in row])
        for i, value in enumerate(row):
            cell = sheet.cell(sheet.max_row, i + 1)
            if isinstance(value, str):
                cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                widths[i] = min(max(widths[i], 2 * len(value) + 2), _WIDE)
            elif isinstance(value, float) and (columns[i] in ("占比", "环比", "同比") or title == "指标"):
                cell.number_format = _PERCENT
    for i, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(i)].width = width
        sheet.cell(1, i).font = Font(bold=True)
