"""Make requests of about 110 characters for timing, from the project's own sample requests and templates.

Clauses of the samples are put together at random, so that n-grams vary as they do in real requests; some
texts carry a phone number, some the operator's opening and closing. Shares of both are parameters.
"""

from __future__ import annotations

import random
import re

from hotline_nlp.normalise import body_span, mask
from hotline_nlp.samples import load_samples

LENGTH = 110
OPENINGS = ("市民来电反映：", "市民来电咨询：", "来电人称，", "网民反映：", "市民再次来电投诉：")
CLOSINGS = (
    "，请{unit}核实处理，谢谢！",
    "，请{unit}尽快处理并回复市民。",
    "，望相关部门及时处理。",
    "，请{unit}核实处理。（请职能局30分钟内响应，联系市民）",
)
UNITS = (
    "岳塘区政府",
    "雨湖区城管局",
    "市住建局",
    "市人社局",
    "湘乡市政府",
    "市市场监管局",
    "市公安局交警支队",
)
AREAS = ("岳塘区", "雨湖区", "湘潭县", "湘乡市", "韶山市", "高新区", "经开区", "昭山")
KINDS = ("小区", "路", "村", "大厦", "菜市场", "学校", "医院", "工地", "公园", "银行")
_SYLLABLES = "金银福康和平新华建设东西南北中山河湖湘江莲城万达天元书院韶峰云塘宝塔锦绣翠竹明珠盛世阳光百合"


def clauses() -> tuple[str, ...]:
    """Return the clauses of the samples' bodies."""
    found: dict[str, None] = {}
    for row in load_samples():
        masked = mask(row["text"])
        start, end = body_span(masked)
        for part in re.split(r"[，。！？；：,;!?\s]+", masked[start:end]):
            if 4 <= len(part) <= 30 and "*" not in part:
                found[part] = None
    return tuple(found)


def make(count: int, *, seed: int = 0, wrapped: float = 0.2, phones: float = 0.13) -> list[str]:
    """Return texts; `wrapped` is the share with an operator's formulas, `phones` that with a number."""
    rng = random.Random(seed)
    parts = clauses()
    return [_one(rng, parts, wrapped, phones) for _ in range(count)]


def _one(rng: random.Random, parts: tuple[str, ...], wrapped: float, phones: float) -> str:
    size = max(40, int(rng.gauss(LENGTH, 25)))
    name = "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) + rng.choice(KINDS)
    formula = rng.random() < wrapped
    text = rng.choice(OPENINGS) if formula else ""
    text += f"{rng.choice(AREAS)}{name}{rng.randint(1, 30)}栋，"
    closing = rng.choice(CLOSINGS).format(unit=rng.choice(UNITS)) if formula else "。"
    if rng.random() < phones:
        closing = f"，电话1{rng.randint(30, 99)}{rng.randint(10**7, 10**8 - 1)}{closing}"
    while len(text) + len(closing) < size:
        text += rng.choice(parts) + rng.choice("，，，。")
    return text[: max(size - len(closing), 20)].rstrip("，。") + closing
