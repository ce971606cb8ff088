"""Check replies for what can be told from the texts: six kinds of findings, each with its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InputError
from . import reply_rules as rules
from .reply_match import match
from .reply_text import Part, han, substance
from .table import read
from .typos import typos

NEEDED, OPTIONAL = ("request", "reply"), ("id", "unit", "date")
LABELS = {
    "other_matter": "答非所问",
    "empty": "空白回复",
    "template": "套话回复",
    "promise_without_date": "承诺无时限",
    "contradiction": "前后矛盾",
    "other_unit": "指向其他单位",
    "typo": "疑似错字",
}
LEAST, FOREIGN = 12, 0.1
"""Characters that say something, below which a reply is a template; probability of speaking of the request's
matter below which it speaks of another."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a reply to look at.

    kind: other_matter, empty, template, promise_without_date, contradiction, other_unit or typo;
    evidence: the stretch of the reply, from start to end in characters; reason: why, in Chinese; score:
    0 to 1, how sure.
    """

    kind: str
    evidence: str
    start: int
    end: int
    reason: str
    score: float

    @property
    def label(self) -> str:
        """Return the kind's Chinese name."""
        return LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """What a check found: the probability that the reply speaks of the request's matter, and findings."""

    match: float
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, JSON-ready."""
        found = [{**asdict(f), "label": f.label} for f in self.findings]
        return {"match": round(self.match, 4), "findings": found}


def check_reply(
    request: str, reply: str, *, earlier: Sequence[str] = (), unit: str = "", city: str = "xiangtan"
) -> ReplyCheck:
    """Check one reply.

    earlier: replies given before to the same order, oldest first; unit: the unit that replies, so that naming
    itself counts for nothing; city: a city pack, whose aliases of that unit are known. Raises InputError
    where a text is no str, MissingExtra without the extra `insight`.
    """
    for value in (request, reply, *earlier):
        if not isinstance(value, str):
            raise InputError(
                f"a request or reply must be text, not {type(value).__name__}: pass it as a str."
            )
    if han(reply) < 4:
        whole = _whole(reply)
        return ReplyCheck(0.0, (_finding("empty", whole, "回复没有内容。", 1.0),))
    probability = match(request, reply)
    said = substance(reply, request)
    found: list[Finding] = []
    if sum(han(part.text) for part in said) < LEAST:
        found.append(_finding("template", _whole(reply), "除称呼、转办和客套外没有实质内容。", 0.9))
    elif probability < FOREIGN and han(request) >= 6:
        found.append(
            _finding(
                "other_matter",
                _span(reply, said),
                f"与诉求内容相符的概率仅 {probability:.0%}。",
                1 - probability,
            )
        )
    found += [
        _finding("promise_without_date", p, "作出承诺但未说明时限。", 0.7) for p in rules.promises(reply)
    ]
    own = _aliases(unit, city)
    for part, name in rules.other_units(reply, unit):
        if name not in own:
            reason = f"称应由{name}负责或请诉求人另找该单位。" if name else "称不属本单位职责。"
            found.append(_finding("other_unit", part, reason, 0.8))
    for old in earlier:
        for part, before, what in rules.contradictions(reply, old):
            found.append(_finding("contradiction", part, f"与先前回复“{before.text[:40]}”{what}。", 0.7))
    for part, meant in typos(reply):
        reason = f"疑为“{meant}”之误。" if meant else "标点、叠字或日期有误。"
        found.append(_finding("typo", part, reason, 0.6 if meant else 0.8))
    return ReplyCheck(probability, tuple(found))


def check_replies(
    table: Any, *, columns: Mapping[str, str] | None = None, city: str = "xiangtan"
) -> list[ReplyCheck]:
    """Check every row of a table, in its order.

    Columns: request and reply; id (rows with the same id are one order, replied to in the order of date, else
    of the rows), unit, date where there are any; `columns` maps these to the table's own names. Raises
    ColumnError for a missing column, InputError for a table that can't be read.
    """
    rows = read(table, columns, needed=NEEDED, optional=OPTIONAL)
    replies, ids, units = rows.column("reply"), rows.column("id"), rows.column("unit")
    orders: dict[str, list[int]] = defaultdict(list)
    for row, number in enumerate(ids):
        if number:
            orders[number].append(row)
    before: dict[int, list[str]] = {}
    for numbers in orders.values():
        dated = sorted(numbers, key=lambda row: (_time(float(rows.dates[row])), row))
        for k, row in enumerate(dated):
            before[row] = [replies[other] for other in dated[:k]]
    return [
        check_reply(request, reply, earlier=before.get(row, ()), unit=units[row], city=city)
        for row, (request, reply) in enumerate(zip(rows.texts, replies, strict=True))
    ]


def _time(seconds: float) -> float:
    return seconds if seconds == seconds else float("inf")


def _aliases(unit: str, city: str) -> frozenset[str]:
    """Return all names of the unit that replies."""
    if not unit:
        return frozenset()
    from ..pack import load_pack

    found = load_pack(city).find_unit(unit)
    return frozenset((unit, found.name, *found.aliases)) if found else frozenset((unit,))


def _span(reply: str, said: Sequence[Part]) -> Part:
    """Return what the reply says, from its first to its last clause of substance."""
    start, end = said[0].start, said[-1].end
    return Part(reply[start : min(end, start + 80)], start, end)


def _whole(text: str) -> Part:
    return Part(text[:80], 0, len(text))


def _finding(kind: str, part: Part, reason: str, score: float) -> Finding:
    return Finding(kind, part.text, part.start, part.end, reason, round(score, 4))
