"""Split a request into its matters: spans that a scorer reads as different topics or units."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Units = Sequence[tuple[str, float]]
SpanScorer = Callable[[str], tuple[str, Units]]
"""A callable that reads a span: text -> (topic, ((unit function, probability), ...) with the best first)."""

MIN_HAN, MAX_PARTS = 8, 12
SURE, SURE_MARKED = 0.65, 0.4
_DIGIT = "[1-9１-９一二三四五六七八九]"
_NUMBER = rf"(?:[（(]?{_DIGIT}[）)、.．](?!\d)|第[一二三四五六七八九][，、是,]|[①-⑨]|[一二三四五]是)"
_LINK = r"(?:另外|此外|同时|还有|再者|再就是|其次|除此之外|另反映|还反映|并反映|顺便|以及还|还想问|还要反映)"
_MARK = re.compile(rf"(?:(?<=[。；;！!？?，,：:\n ])|^){_NUMBER}|(?<=[。；;！!？?，,\n ]){_LINK}")
_END = re.compile(r"[。；;！!？?\n]+")
_HAN = re.compile(r"[㐀-鿿]+")


@dataclass(frozen=True, slots=True)
class Span:
    """A matter: code-point offsets, topic, units with the best first, and whether a mark opened it."""

    start: int
    end: int
    topic: str
    units: tuple[tuple[str, float], ...]
    marked: bool


def parts(text: str) -> list[tuple[int, int, bool]]:
    """Return (start, end, marked) of the text's clauses; marked ones open with a number or a link word.

    Clauses too short to carry a matter join the one before; at most MAX_PARTS remain.
    """
    cuts = {0: False}
    cuts.update({match.end(): False for match in _END.finditer(text) if match.end() < len(text)})
    cuts.update({match.start(): True for match in _MARK.finditer(text)})
    starts = sorted(cuts)
    found: list[tuple[int, int, bool]] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        short = _han(text, start, end) < MIN_HAN
        if found and (short or len(found) == MAX_PARTS):
            found[-1] = (found[-1][0], end, found[-1][2])
        elif found and _han(text, found[-1][0], found[-1][1]) < MIN_HAN:
            found[-1] = (found[-1][0], end, found[-1][2] or cuts[start])
        else:
            found.append((start, end, cuts[start]))
    return found


def _han(text: str, start: int, end: int) -> int:
    """Return how many Chinese characters a part of a text has."""
    return sum(map(len, _HAN.findall(text, start, end)))


def split(text: str, scorer: SpanScorer) -> tuple[Span, ...]:
    """Return the matters of a text, at least two, or () where it holds one.

    A clause opens a new matter where the scorer is sure of it (probability >= SURE; SURE_MARKED after a
    number or a link word) and both its topic and its unit differ from the matter before; else it joins that.
    Matters with the same topic and unit are one.
    """
    pieces = parts(text)
    if len(pieces) < 2:
        return ()
    spans: list[Span] = []
    for start, end, marked in pieces:
        topic, units = scorer(text[start:end])
        sure = bool(units) and units[0][1] >= (SURE_MARKED if marked else SURE)
        last = spans[-1] if spans else None
        if last is not None and (not sure or last.topic == topic or last.units[0][0] == units[0][0]):
            spans[-1] = Span(last.start, end, last.topic, last.units, last.marked)
        elif sure:
            spans.append(Span(start if spans else 0, end, topic, tuple(units), marked))
    return tuple(_distinct(spans)) if len(spans) > 1 else ()


def _distinct(spans: Sequence[Span]) -> list[Span]:
    seen: dict[tuple[str, str], None] = {}
    kept = []
    for span in spans:
        key = (span.topic, span.units[0][0])
        if key not in seen:
            seen[key] = None
            kept.append(span)
    return kept if len(kept) > 1 else []
