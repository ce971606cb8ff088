"""一、总体情况: calls, requests, their types and channels, and their course over the month."""

from __future__ import annotations

from .blocks import Block, Heading, Paragraph, Picture, Table
from .charts import bars, daily, trend
from .figures import Figures, Line
from .period import Month
from .wording import cell, compared, listed, moved, named, number, rate_moves

CHANGES = ("环比", "同比")


def overall(figures: Figures) -> list[Block]:
    """Return the section's blocks."""
    return [*_volume(figures), *_types(figures), *_channels(figures), *_course(figures)]


def _volume(figures: Figures) -> list[Block]:
    total = figures.requests
    text = f"{figures.month}，{figures.city}12345政务服务便民热线"
    if figures.calls is not None:
        text += f"接听来电{number(figures.calls.count)}个，"
        text += f"{compared(figures.calls)}；" if compared(figures.calls) else ""
    text += f"受理群众诉求{number(total.count)}件"
    text += f"，{compared(total)}" if compared(total) else ""
    text += f"，日均{number(round(total.count / figures.month.days))}件。"
    if figures.spot is not None and figures.dispatched is not None:
        spot = figures.spot
        text += f"其中，当场答复办结{number(spot.now.part)}件，当场办结率{spot.now}"
        text += f"（{rate_moves(spot)}）" if rate_moves(spot) else ""
        text += f"；转办工单{number(figures.dispatched)}件。"
    return [Heading(2, "受理情况"), Paragraph(text)]


def _types(figures: Figures) -> list[Block]:
    types = figures.types
    if types is None:
        return [Heading(2, "诉求类型"), Paragraph(figures.absent["types"])]
    text = f"从诉求类型看，{listed(types.lines)}。"
    moves = [f"{line.label}类{moved(line.on_month, '')}" for line in types.lines if line.on_month]
    text += f"与上月相比，{'，'.join(moves)}。" if moves else ""
    found: list[Block] = [Heading(2, "诉求类型"), Paragraph(text)]
    png = bars(types.lines, now=str(figures.month), before=_before(figures))
    if png is not None:
        found.append(Picture("诉求类型构成", png, listed(types.lines)))
    return [*found, table("诉求类型", "诉求类型", types.lines, figures)]


def _channels(figures: Figures) -> list[Block]:
    channels = figures.channels
    if channels is None:
        return []
    text = f"从受理渠道看，{listed(channels.lines)}。"
    if channels.blank:
        text += f"另有{number(channels.blank)}件未注明渠道。"
    return [Heading(2, "受理渠道"), Paragraph(text), table("受理渠道", "受理渠道", channels.lines, figures)]


def _course(figures: Figures) -> list[Block]:
    days = figures.days
    mean = sum(days) / len(days)
    high = max(days)
    peak = [f"{figures.month.month}月{day}日" for day, count in enumerate(days, 1) if count == high]
    text = f"从每日受理情况看，日均受理{mean:,.0f}件，{named(peak[:3])}最高，为{number(high)}件。"
    weekend = weekends(figures.month)
    idle = [days[day - 1] for day in weekend]
    busy = [count for day, count in enumerate(days, 1) if day not in weekend]
    text += f"周一至周五日均{sum(busy) / len(busy):,.0f}件，周六、周日日均{sum(idle) / len(idle):,.0f}件。"
    found: list[Block] = [Heading(2, "受理走势"), Paragraph(text)]
    png = daily(days, weekend, mean=mean)
    if png is not None:
        found.append(Picture(f"{figures.month}每日受理诉求量（浅色为周六、周日）", png, text))
    run = _run(figures)
    if len(run) > 2:
        names = [f"{month.year}-{month.month:02d}" for month, _ in run]
        png = trend(names, [count for _, count in run])
        said = "；".join(f"{month}{number(count)}件" for month, count in run)
        if png is not None:
            found.append(Picture("各月受理诉求量", png, said))
    return found


def _run(figures: Figures) -> list[tuple[Month, int]]:
    """Return the months without a gap up to the bulletin's own."""
    known = dict(figures.trend)
    found: list[tuple[Month, int]] = []
    month = figures.month
    while month in known:
        found.insert(0, (month, known[month]))
        month = month.previous
    return found


def weekends(month: Month) -> list[int]:
    """Return the days of a month that are Saturdays or Sundays."""
    import datetime as dt

    first = dt.date(month.year, month.month, 1).weekday()
    return [day for day in range(1, month.days + 1) if (first + day - 1) % 7 >= 5]


def _before(figures: Figures) -> str:
    return str(figures.month.previous) if figures.requests.previous is not None else ""


def table(caption: str, name: str, lines: tuple[Line, ...], figures: Figures, *, rank: bool = False) -> Table:
    """Return the table of some lines: count, share and the changes that the input allows."""
    columns = ["序号"] if rank else []
    columns += [name, "数量（件）", "占比"]
    changes = [c for c, known in zip(CHANGES, _known(figures), strict=True) if known]
    rows = []
    for place, line in enumerate(lines, 1):
        cells = [str(place)] if rank else []
        cells += [line.label, number(line.count), str(line.share)]
        both = dict(zip(CHANGES, (cell(line.on_month), cell(line.on_year)), strict=True))
        rows.append(tuple(cells + [both[c] for c in changes]))
    return Table(
        f"{caption}情况表", tuple(columns + changes), tuple(rows), (name,), _widths(rank, len(changes))
    )


def _widths(rank: bool, changes: int) -> tuple[float, ...]:
    first = (0.1, 0.3) if rank else (0.34,)
    rest = 2 + changes
    return (*first, *[(1 - sum(first)) / rest] * rest)


def _known(figures: Figures) -> tuple[bool, bool]:
    return figures.requests.previous is not None, figures.requests.year_before is not None
