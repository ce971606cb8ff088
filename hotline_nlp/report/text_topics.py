"""二、热点诉求: the ten topics that most requests are about."""

from __future__ import annotations

from .blocks import Block, Paragraph, Picture
from .charts import bars
from .count import OTHER, TOP
from .figures import Figures, Line
from .shares import share
from .text_overall import table
from .wording import cell, listed, moved, named, number


def hot(figures: Figures) -> tuple[Line, ...]:
    """Return the hot topics: the largest that have a name of their own."""
    return figures.topics.top(TOP, without=(OTHER,)) if figures.topics else ()


def topics(figures: Figures) -> list[Block]:
    """Return the section's blocks."""
    lines = hot(figures)
    if not lines:
        return [Paragraph(figures.absent["topics"])]
    whole = figures.topics.whole if figures.topics else 0
    together = share(sum(line.count for line in lines), whole)
    text = (
        f"群众诉求量居前{len(lines)}位的热点事项依次为：{listed(lines)}。"
        f"以上{len(lines)}类事项合计{number(together.part)}件，占全部诉求的{together}。"
    )
    found: list[Block] = [Paragraph(text), *_moves(lines)]
    before = str(figures.month.previous) if figures.requests.previous is not None else ""
    png = bars(lines, now=str(figures.month), before=before)
    if png is not None:
        found.append(Picture(f"{figures.month}热点诉求", png, listed(lines)))
    return [*found, table("热点诉求", "热点事项", lines, figures, rank=True)]


def _moves(lines: tuple[Line, ...]) -> list[Block]:
    """Say which of the hot topics rose and fell most on the month before."""
    known = [line for line in lines if line.on_month and line.on_month.basis is not None]
    rising = sorted((x for x in known if _basis(x) > 0), key=_basis, reverse=True)[:3]
    falling = sorted((x for x in known if _basis(x) < 0), key=_basis)[:3]
    parts = [f"{line.label}{moved(line.on_month, '')}" for line in (*rising, *falling)]
    if not parts:
        return []
    text = "环比变化较大的有：" + "，".join(parts) + "。"
    yearly = [line for line in lines if line.on_year is not None and line.on_year.basis is not None]
    if yearly:
        high = max(yearly, key=lambda x: abs(x.on_year.basis or 0) if x.on_year else 0)
        text += f"同比变化最大的是{named([high.label])}（{cell(high.on_year)}）。"
    return [Paragraph(text)]


def _basis(line: Line) -> int:
    return (line.on_month.basis or 0) if line.on_month else 0
