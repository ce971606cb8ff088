"""A document as blocks, the same for every file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (一、) or 2 （一）, with its number."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text; `lead` is set in bold at its beginning."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; columns named in `left` are set to the left, all others are centred.

    widths: shares of the line, one a column, () for equal ones.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with its caption and a sentence for those who don't see it; width is a share of the line."""

    caption: str
    png: bytes
    alt: str
    width: float = 1.0


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A bulletin: its title, the lines under it, the blocks, and who signs it when."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    issuer: str
    issued: str


_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Write a number from 1 to 99 in Chinese digits: 十, 十二, 二十三."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("" if tens == 1 else _DIGITS[tens]) + "十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def numbered(sections: Sequence[tuple[str, Sequence[Block]]]) -> tuple[Block, ...]:
    """Return the blocks of sections under numbered headings 一、 二、; those without a block are left out.

    Headings of level 2 are numbered （一） （二） within their section.
    """
    found: list[Block] = []
    for number, (title, blocks) in enumerate((s for s in sections if s[1]), 1):
        found.append(Heading(1, f"{chinese(number)}、{title}"))
        second = 0
        for block in blocks:
            if isinstance(block, Heading):
                second += 1
                found.append(Heading(2, f"（{chinese(second)}）{block.text}"))
            else:
                found.append(block)
    return tuple(found)
