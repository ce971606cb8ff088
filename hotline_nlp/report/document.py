"""Put the sections together into a document."""

from __future__ import annotations

import datetime as dt

from .blocks import Document, numbered
from .figures import Figures
from .text_changes import fresh, repeats, watch
from .text_notes import notes
from .text_orders import orders
from .text_overall import overall
from .text_places import places
from .text_topics import topics
from .tiles import Tiles


def write_document(
    figures: Figures, tiles: Tiles, *, issuer: str = "", issued: dt.date | None = None
) -> Document:
    """Return the bulletin as blocks; issuer and date stand at its end (default: the hotline, today)."""
    day = issued or dt.date.today()
    sections = (
        ("总体情况", overall(figures)),
        ("热点诉求", topics(figures)),
        ("办理情况", orders(figures)),
        ("区域分布", places(figures, tiles)),
        ("重复诉求", repeats(figures)),
        ("变化与新情况", fresh(figures)),
        ("需要关注的事项", watch(figures)),
        ("统计口径与数据说明", notes(figures)),
    )
    month = figures.month
    return Document(
        f"{figures.city}12345政务服务便民热线{month}运行情况通报",
        f"（{month}1日至{month.month}月{month.days}日）",
        numbered(sections),
        issuer or f"{figures.city}12345政务服务便民热线",
        f"{day.year}年{day.month}月{day.day}日",
    )
