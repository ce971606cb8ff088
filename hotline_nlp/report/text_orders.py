"""三、办理情况: the units that took the orders, how fast, and to whose content; the special desks."""

from __future__ import annotations

from .blocks import Block, Heading, Paragraph, Picture
from .charts import bars
from .count import TOP
from .figures import Figures, Rate
from .text_overall import table
from .wording import compared, listed, number, rate_moves


def orders(figures: Figures) -> list[Block]:
    """Return the section's blocks."""
    return [*_units(figures), *_on_time(figures), *_content(figures), *_desks(figures)]


def _units(figures: Figures) -> list[Block]:
    units, top = figures.units, figures.units_top
    if units is None or top is None:
        return [Heading(2, "工单转办"), Paragraph(figures.absent["units"])]
    lines = units.top(TOP)
    known = figures.dispatched is not None
    what = "转办工单" if known else "拟承办诉求"
    title = "工单转办" if known else "承办单位"
    text = f"全市{len(units.lines)}家单位共承办{what}{number(units.whole)}件。" if known else ""
    if not known:
        text = f"{figures.absent['spot']}按全部诉求统计，涉及承办单位{len(units.lines)}家。"
    text += (
        f"{what}量居前{len(lines)}位的单位是：{listed(lines)}。"
        f"以上{len(lines)}家单位合计{number(top.part)}件，占{what}总量的{top}。"
    )
    if units.blank:
        text += f"另有{number(units.blank)}件未注明承办单位。"
    found: list[Block] = [Heading(2, title), Paragraph(text)]
    png = bars(lines, now=str(figures.month))
    if png is not None:
        found.append(Picture(f"{what}量居前{len(lines)}位的单位", png, listed(lines)))
    return [*found, table(f"{what}量居前{len(lines)}位单位", "承办单位", lines, figures, rank=True)]


def _on_time(figures: Figures) -> list[Block]:
    if figures.on_time is None:
        return [Heading(2, "办理时效"), Paragraph(figures.absent["on_time"])]
    now = figures.on_time.now
    late = now.whole - now.part
    text = (
        f"已到办理时限或已办结的工单{number(now.whole)}件，按时办结{number(now.part)}件，"
        f"按时办结率{_rate(figures.on_time)}；超期{number(late)}件。"
    )
    return [Heading(2, "办理时效"), Paragraph(text)]


def _content(figures: Figures) -> list[Block]:
    back, content = figures.called_back, figures.satisfied
    parts = []
    if back is None:
        parts.append(figures.absent["called_back"])
    else:
        counted = f"纳入回访统计的工单{number(back.now.whole)}件，已回访{number(back.now.part)}件"
        parts.append(f"{counted}，回访率{_rate(back)}。")
    if content is None:
        parts.append(figures.absent["satisfied"])
    else:
        parts.append(
            f"有评价的诉求{number(content.now.whole)}件，评价为基本满意及以上的{number(content.now.part)}件，"
            f"满意率{_rate(content)}。"
        )
    if figures.grades is not None:
        parts.append(f"其中，{listed(figures.grades.lines)}。")
    return [Heading(2, "回访与满意度"), Paragraph("".join(parts))]


def _rate(rate: Rate) -> str:
    moves = rate_moves(rate)
    return f"{rate.now}" + (f"（{moves}）" if moves else "")


def _desks(figures: Figures) -> list[Block]:
    desks = figures.desks
    if desks is None:
        return [Heading(2, "专席与专项"), Paragraph(figures.absent["desks"])]
    if not desks.lines:
        return [Heading(2, "专席与专项"), Paragraph("本月没有专席、专项诉求。")]
    parts = []
    for line in desks.lines:
        moves = compared(line)
        parts.append(f"{line.label}{number(line.count)}件" + (f"（{moves}）" if moves else ""))
    text = f"专席、专项受理情况：{'；'.join(parts)}。一件诉求可以属于多个专项。"
    return [Heading(2, "专席与专项"), Paragraph(text)]
