"""Read the named places of a ticket, known to a gazetteer or not: what ends like a place, and its number.

A name's left edge can't be told without a dictionary, so a place is the two characters before an ending such
as 小区 or 路, plus the ending (天元美居乐小区 -> 居乐小区). How much a shared place says is its rarity
among the tickets at hand, so that what only looks like a place (附近小区) says little.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST, LENGTH = 8, 240
_ENDINGS = (
    "大道 中路 东路 西路 南路 北路 横路 路口 路 大街 街道 街 巷 里弄 弄 村 小区 花园 家园 公寓 社区 广场 "
    "学校 小学 "
    "中学 大学 学院 幼儿园 医院 卫生院 诊所 镇 乡 苑 大厦 商城 市场 酒店 宾馆 超市 商场 车站 站 桥 公园 "
    "工地 厂 "
    "别墅 庭 府邸 公馆 湾 居 城 坊 组 水库 河 收费站 加油站 营业厅 服务区"
)
_PLACE = re.compile(
    r"([\u4e00-\u9fff]{2}|[A-Z]\d{1,2})(" + "|".join(sorted(_ENDINGS.split(), key=lambda e: -len(e))) + ")"
    r"(?<![堵线上马铁公思网半全出]路)(?<!网站)(?!管|住|民|委|办|管理|中队|大队|电话|发生)"
    r"(?:[\u4e00-\u9fff]{0,4}?(\d{1,4})(号|栋|幢|期|组|弄|巷|村|米|座))?"
)
_ADDRESS = ("号", "栋", "幢", "期", "组", "弄", "巷", "村", "座")
_NEVER = re.compile(
    r"^(?:[的在到从往向去由住其这那该某各每上下来整条段个位本我你他请让使把被给]|附近|周边|周围|居民)"
)


class Places(NamedTuple):
    """A ticket's places, at most 8, and for some of them the house or block number that stands behind."""

    names: tuple[str, ...]
    numbers: dict[str, str]


def read_places(text: str) -> Places:
    """Return the places of a ticket's core (digits as written)."""
    names: dict[str, None] = {}
    numbers: dict[str, str] = {}
    for found in _PLACE.finditer(text, 0, LENGTH):
        stem, ending, number, kind = found.groups()
        if _NEVER.match(stem):
            continue
        name = stem + ending
        names[name] = None
        if number and kind in _ADDRESS:
            numbers.setdefault(name, number + kind)
        if len(names) == MOST:
            break
    return Places(tuple(names), numbers)


def without_places(text: str) -> str:
    """Return a text without its places' names, so that what is left tells the matter."""
    return _PLACE.sub(" ", text)


def conflict(first: Places, second: Places) -> bool:
    """Tell whether two tickets name different numbers of the same kind behind the same place."""
    for name, number in first.numbers.items():
        other = second.numbers.get(name, number)
        if other != number and other[-1] == number[-1]:
            return True
    return False
