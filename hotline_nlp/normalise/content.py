"""Decide whether there is a text to classify at all."""

from __future__ import annotations

import re

from hotline_nlp.errors import InputError

from .boilerplate import body_span
from .masking import mask
from .pipeline import MAX_CHARACTERS, Normalised, normalise

EMPTY = "文本为空。"
NO_WORDS = "文本没有文字，只有标点、数字或表情符号。"
NOT_CHINESE = "文本不是中文：其中没有汉字。"

_HAN = re.compile("[㐀-䶿一-鿿豈-\ufaff\U00020000-\U000323af]")
_UNIFIED = re.compile("[一-鿿]")


def checked(text: object) -> str:
    """Return a request's text, cut to MAX_CHARACTERS; raise InputError for what is no str."""
    if isinstance(text, str):
        return text[:MAX_CHARACTERS]
    if isinstance(text, bytes | bytearray):
        raise InputError("A request must be text, not bytes: decode it first, as in data.decode('utf-8').")
    if text is None:
        raise InputError("A request must be text, not None: drop the rows without one or fill them with ''.")
    raise InputError(f"A request must be text, not {type(text).__name__}: pass it as a str.")


def reject_reason(text: str | Normalised) -> str | None:
    """Return in one sentence why a text can't be classified, or None where it can."""
    if isinstance(text, str):
        masked = mask(text[:MAX_CHARACTERS])
        if _UNIFIED.search(masked, *body_span(masked)):
            return None  # folding leaves these Chinese, so that most texts are done here
        text = normalise(text)
    if not text.text:
        return EMPTY
    if _HAN.search(text.text):
        return None
    return NOT_CHINESE if any(map(str.isalpha, text.text)) else NO_WORDS
