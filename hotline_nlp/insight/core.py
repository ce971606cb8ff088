"""Cut a ticket to what the citizen says: no directive, no answer pasted in, no urging around it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..normalise import mask, normalise_many

_LEAST = 8
"""Characters that must be left for a cut to be made."""
_QUOTED = re.compile(r"工单内容[:：\s]*(?:市?市民.{2,4}[:：]\s*)?")
_OPENING = re.compile(
    r"^[^，。！？；]{0,12}?(?:来电|短信|微信|网络|网友|市民)(?:反映|咨询|投诉|求助|建议|举报|反馈)[:：\s]*"
)
_DIRECTIVE = re.compile(
    r"[，。！；\s]?(?:故来电\w{0,6}[，。！]?)?(?:请|望|转|建议)[^，。！？；]{0,16}(?:核实|查证|调查)\s?处\s?理"
    r"|[（(]请[^（）()]{2,12}(?:按|在)规定"
    r"|\d{2,4}[-/年]\d{1,2}[-/月]\d{1,2}日?[\s\d:：]*[^，。！？；]{2,20}(?:答复|回复|反馈)[:：]"
)


def core(text: str) -> str:
    """Return the part of a raw text that states the matter; the text itself where nothing is to be cut.

    Of an urging that quotes its order (工单内容：…) the quotation is kept; what follows the operator's
    directive (请…核实处理) or the stamp of an answer goes. Never shorter than 8 characters where the text
    is not.
    """
    for pattern in (_QUOTED, _OPENING):
        found = pattern.search(text)
        if found and len(text) - found.end() >= _LEAST:
            text = text[found.end() :]
    found = _DIRECTIVE.search(text, _LEAST)
    return (text[: found.start()] if found else text).strip()


def cores(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the masked cores of raw texts, and the same normalised."""
    kept = [core(mask(text)) for text in texts]
    return kept, normalise_many(kept)
