"""Mask the numbers that identify a person: phones, ID cards, plates, bank cards, e-mails, work orders.

Every pattern takes whole runs of digits, so that masking a text twice changes nothing more; every
repetition is bounded or starts only at the start of a run, so that the time is linear in the text.
`\\d` is any decimal digit of Unicode, full-width ones included.
"""

from __future__ import annotations

import re

_LATIN = "A-Za-zＡ-Ｚａ-ｚ"
_GAP = r"[\s\-‐-―－.·•\u200b-\u200f\u2060\ufeff]{0,2}"
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_NUMBERED = "单编理水账帐卡证户"

_EMAIL = re.compile(
    rf"(?<![{_LATIN}\d._%+\-])[{_LATIN}\d._%+\-]+[@＠][{_LATIN}\d\-]+(?:[.．][{_LATIN}\d\-]+)+"
)

_MOBILE = (
    rf"(?:(?:[+＋]|[0０]{{2}})?[8８][6６]{_GAP})?[1１][3-9３-９]\d(?:"
    rf"{_GAP}(?:\d{{4}}{_GAP}\d{{4}}|\d{{3}}{_GAP}\d{{5}})"
    rf"|\d{_GAP}(?:\d{{4}}{_GAP}\d{{3}}|\d{{3}}{_GAP}\d{{4}})"
    rf"|[*＊×]{{4}}\d{{4}})(?!\d)"
)
_LANDLINE = rf"[(（]?[0０]\d{{2,3}}[)）]?{_GAP}\d{{3,4}}{_GAP}\d{{4}}(?:[\-－转]\d{{1,5}})?(?!\d)"
_SERVICE_LINE = rf"[48４８][0０]{{2}}{_GAP}\d{{3,4}}{_GAP}\d{{3,4}}(?!\d)"
_ID_CARD = rf"\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXxＸｘ](?!\d)"
_BANK_CARD = rf"[3-69３-６９]\d{{3}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?(?!\d)"
_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
_AMOUNT = r"\d{7,9}(?:\.\d{1,2})?\s?(?:元|块|万|亿|吨|米|平|亩|人|户|千克|公斤|公里)"
_LONG_RUN = rf"(?!{_DATE})(?!{_AMOUNT})\d{{7,}}"
_PLATE = (
    rf"[{_PROVINCE}]\s?[{_LATIN}][·•.\s\-]?(?=[{_LATIN}]{{0,5}}\d)"
    rf"(?:[{_LATIN}\d]{{5,}}|[{_LATIN}\d]{{4}}[挂学警港澳领])"
)
_ORDER_NUMBER = (
    rf"(?P<word>[{_NUMBERED}]号[\s:：为是]{{0,3}})(?=[{_LATIN}\-－]{{0,6}}\d)[{_LATIN}\d\-－]{{6,}}"
)

_NUMBER = re.compile(
    rf"(?=[\d+＋(（{_PROVINCE}{_NUMBERED}])(?:"
    rf"(?<!\d)(?:{_MOBILE}|{_LANDLINE}|{_SERVICE_LINE}|{_ID_CARD}|{_BANK_CARD}|{_LONG_RUN})"
    rf"|{_PLATE}|{_ORDER_NUMBER})"
)

# Platforms export texts that were masked before: [PHONE], [PLATE], [ID].
_PLACEHOLDER = re.compile(r"\[[A-Z]{2,12}\]")

# A text without any of these has nothing to mask. It starts with one character class because the regex
# engine skips ahead by it, several times faster than by alternatives.
_LIKELY = re.compile(
    rf"[\d@＠号{_PROVINCE}](?:"
    rf"(?<=\d)\d\d(?:\d{{4}}|\d{{0,5}}[^\w，。！？；：、,;:]{{1,4}}\d{{3}})|(?<=[@＠])"
    rf"|(?<=[{_PROVINCE}])\s?[{_LATIN}]|(?<=[{_NUMBERED}]号)[\s:：为是]{{0,3}}[{_LATIN}\d\-－])"
)


def mask(text: str) -> str:
    """Return the text with every character of an identifying number turned into `*`, its length unchanged.

    Masked: mobile phones (1[3-9]x, +86, separators), landlines with an area code, 400 and 800 lines, ID
    cards, bank cards, licence plates, e-mails, what follows 工单号, 编号, 账号 and the like, and any run of
    seven digits or more that is no date (20240131) and no amount (1200000元). Short public numbers
    (12345, 110, 10086) stay; a placeholder in capitals such as [PHONE] becomes stars too. Masking a masked
    text changes nothing.
    """
    if "[" not in text and _LIKELY.search(text) is None:
        return text
    return mask_likely(text)


def mask_likely(text: str) -> str:
    """Return what `mask` does for a text that most likely has something to mask, sooner."""
    if "[" in text:
        text = _PLACEHOLDER.sub(_stars, text)
    if "@" in text or "＠" in text:
        text = _EMAIL.sub(_stars, text)
    return _NUMBER.sub(_stars_after_word, text)


def _stars(match: re.Match[str]) -> str:
    """Return a star a character."""
    return "*" * len(match.group())


def _stars_after_word(match: re.Match[str]) -> str:
    """Return a star a character, the word before a numbered matter left readable."""
    word: str = match["word"] or ""
    return word + "*" * (len(match.group()) - len(word))
