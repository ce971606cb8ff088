"""Take a reply apart: clauses with their place, and which of them say nothing about the matter."""

from __future__ import annotations

import re
from typing import NamedTuple

LENGTH = 6000
"""Characters read of a reply."""
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]?")
_CLAUSE = re.compile(r"[^，,。！？!?；;：:、\n]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DATE_LINE = re.compile(
    r"[\u4e00-\u9fffA-Z\d\s]{0,20}?(?:[二〇零一\d]{4}\s*年.{1,6}月.{1,4}日?|\d{4}[./-]\d{1,2}[./-]\d{1,2})"
)
_COURTESY = re.compile(
    r"网友|您好|你好|尊敬的|收悉|已?收到|感谢|谢谢|敬请|高度重视|作出批示|现[将就]?.{0,14}(?:回复|答复)(?:如下)?"
    r"|回复如下|答复如下|欢迎.{0,8}监督|支持.{0,4}监督|祝您?|特此(?:回复|答复|告知)|第一时间|(?:留言|来信|来电|来帖|来邮)"
    r"|(?:已|将|并)?.{0,6}(?:转|交|交由|批转|转交|转办|转至|转给).{0,20}(?:办理|调查|核实|处理|处置|核处|研究|阅处|回复)"
    r"|办理情况.{0,12}(?:回复|答复|反馈)|(?:及时|尽快|再).{0,6}(?:回复|答复)|联系电话|如有.{0,10}(?:疑问|问题)|请致电|咨询电话"
    r"|(?:认真|积极).{0,6}(?:办理|处理)|关心.{0,6}(?:理解|支持)|(?:理解|关注)(?:与|和|、)"
)


class Part(NamedTuple):
    """A stretch of a reply and where it stands."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Part]:
    """Return the sentences of a text."""
    return _parts(_SENTENCE, text)


def clauses(text: str) -> list[Part]:
    """Return the clauses of a text."""
    return _parts(_CLAUSE, text)


def _parts(pattern: re.Pattern[str], text: str) -> list[Part]:
    found = (Part(m.group().strip(), m.start(), m.end()) for m in pattern.finditer(text[:LENGTH]))
    return [part for part in found if part.text]


def han(text: str) -> int:
    """Return how many Chinese characters a text holds."""
    return len(_HAN.findall(text))


def substance(reply: str, request: str = "") -> list[Part]:
    """Return the clauses that say something: no courtesy, no passing on, no date, no echo of the request."""
    told = "".join(request.split())
    return [
        part
        for part in clauses(reply)
        if han(part.text) >= 2
        and not _COURTESY.search(part.text)
        and not _DATE_LINE.fullmatch(part.text)
        and "".join(part.text.split()) not in told
        and not re.search(
            r"反映的?.{0,40}(?:问题|情况|事项|一事)$|^关于.{2,60}(?:问题|情况|事项|咨询|一事)$", part.text
        )
    ]
