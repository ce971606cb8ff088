"""The bulletin's annex: how each figure is defined, and what the input could not give."""

from __future__ import annotations

from .blocks import Block, Paragraph
from .figures import Figures
from .wording import number

DEFINITIONS = (
    ("计数", "受理诉求按工单计，一个工单编号计一次；接听来电按不重复的通话编号计。"),
    (
        "占比",
        "各项构成（类型、渠道、区域、单位、事项）的占比按最大余数法取两位小数，合计恰为100.00%；"
        "其他比率四舍五入取两位小数；分母均不含未填写的诉求。",
    ),
    ("环比、同比", "环比与上月比较，同比与上年同月比较，均为件数的增减幅度；比率的变化以百分点计。"),
    ("当场办结率", "当场答复办结件数除以办理方式明确的诉求件数。"),
    (
        "按时办结率",
        "在办理时限内办结的工单数，除以已办结及已过时限的工单数；时限只有日期的，以当日24时为限。",
    ),
    ("满意率", "评价为非常满意、满意、基本满意的件数，除以有评价的件数（含一般和各级不满意）。"),
    (
        "显著变化",
        "两月件数按条件泊松检验比较，按星期校正天数，按每日波动放大方差；"
        "各项既要自身变化显著，又要相对诉求总量变化显著；"
        "全部比较一并控制错误发现率（Benjamini与Hochberg，1995）。",
    ),
)
_HEADS = {"type": "诉求类型", "topic": "热点事项", "unit": "承办单位", "district": "所属区域"}


def notes(figures: Figures) -> list[Block]:
    """Return definitions, where labels came from, and what could not be used."""
    found: list[Block] = [Paragraph(text, f"{name}：") for name, text in DEFINITIONS]
    if figures.by_model:
        parts = "，".join(f"{_HEADS[name]}{number(n)}件" for name, n in figures.by_model.items())
        name = f"模型（{figures.model}）" if figures.model else "模型"
        text = f"由{name}判定的：{parts}。模型判定可能有误，以人工核定为准。"
        found.append(Paragraph(text, "模型判定："))
    said = [text for name, text in figures.absent.items() if name in ("calls", "channels")]
    rest = [*said, *figures.notes]
    if rest:
        found.append(Paragraph("".join(rest), "数据情况："))
    return found
