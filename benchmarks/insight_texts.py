"""Compose requests of our own wording: labelled matters for repeats, months for emerging topics.

Wordings stand in insight_wordings.csv: those of one kind and matter state the same problem in other
words. The places are those of the Xiangtan pack, so that a thousand names come up.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from hotline_nlp.pack import load_pack

_FILE = Path(__file__).with_name("insight_wordings.csv")
_OPENINGS = ("", "", "市民来电反映：", "您好，", "我想问一下，", "来电人称，", "领导好，")
_CLOSINGS = ("", "", "，请相关单位核实处理，谢谢！", "。谢谢", "，请尽快答复", "，联系电话13900000000")
_SPOT = ("", "", "附近", "旁边", "这边", "对面")


@dataclass(frozen=True)
class Wording:
    """One way of stating a problem; {p} stands for the place."""

    kind: str
    matter: str
    topic: str
    unit: str
    wording: str


@lru_cache(maxsize=1)
def wordings() -> tuple[Wording, ...]:
    """Return all wordings."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(Wording(**row) for row in csv.DictReader(stream))


@lru_cache(maxsize=1)
def places() -> tuple[str, ...]:
    """Return names of places: known spots, and villages with their town in front."""
    pack = load_pack("xiangtan")
    towns = {place.code: place.short for place in pack.places}
    villages = [
        towns.get(p.parent, "") + p.short
        for p in pack.places
        if p.level == "village" and len(p.short) >= 3 and p.short.endswith(("村", "社区"))
    ]
    return tuple([spot.name for spot in pack.known_places] + villages)


def say(wording: Wording, place: str, rng: np.random.Generator) -> str:
    """Return one request: a wording at a place, opened and closed as callers and operators do."""
    spot = place + str(rng.choice(_SPOT))
    opening, closing = str(rng.choice(_OPENINGS)), str(rng.choice(_CLOSINGS))
    return f"{opening}{wording.wording.replace('{p}', spot)}{closing}"


@dataclass(frozen=True)
class Labelled:
    """Tickets with the matter that each is about; caller and matter numbers, shape (tickets,)."""

    texts: list[str]
    topics: list[str]
    units: list[str]
    days: list[str]
    callers: list[str]
    matters: list[int]

    def table(self) -> list[dict[str, str]]:
        """Return records as a hotline would export them."""
        names = ("text", "topic", "unit", "date", "caller")
        rows = zip(self.texts, self.topics, self.units, self.days, self.callers, strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]


def labelled(sites: Sequence[str], seed: int = 0, *, single: float = 0.5) -> Labelled:
    """Compose matters at these places: each place has three, and of each one to five tickets.

    Each ticket words the matter anew; `single` is the share of matters with one ticket only. Two of a place's
    matters share the topic where it has several kinds, so that place and topic alone give no matter away.
    """
    rng = np.random.default_rng(seed)
    by_matter: dict[tuple[str, str], list[Wording]] = {}
    for wording in wordings():
        by_matter.setdefault((wording.kind, wording.matter), []).append(wording)
    several = [key for key, found in by_matter.items() if len(found) > 1]
    rows: list[tuple[str, str, str, str, str, int]] = []
    number = 0
    for place in sites:
        for key in _three(several, by_matter, rng):
            found = by_matter[key]
            size = 1 if rng.random() < single else int(rng.integers(2, len(found) + 1))
            one = rng.random() < 0.4
            caller = _caller(rng)
            for pick in rng.permutation(len(found))[:size]:
                who = caller if one else _caller(rng)
                day = f"2024-11-{int(rng.integers(1, 31)):02}"
                wording = found[pick]
                rows.append((say(wording, place, rng), wording.topic, wording.unit, day, who, number))
            number += 1
    order = rng.permutation(len(rows))
    columns = list(zip(*(rows[i] for i in order), strict=True))
    return Labelled(*(list(column) for column in columns))


def _three(
    keys: list[tuple[str, str]], by_matter: dict[tuple[str, str], list[Wording]], rng: np.random.Generator
) -> list[tuple[str, str]]:
    """Return three matters of different kinds, the second of the first one's topic where there is one."""
    order = [keys[i] for i in rng.permutation(len(keys)).tolist()]
    first = order[0]
    topic = by_matter[first][0].topic
    near = [k for k in order if k[0] != first[0] and by_matter[k][0].topic == topic][:1]
    far = [k for k in order if by_matter[k][0].topic != topic]
    return [first, *near, *far][:3]


def _caller(rng: np.random.Generator) -> str:
    return f"138****{int(rng.integers(0, 10_000)):04}"


def month(size: int, rng: np.random.Generator, *, year_month: str = "2024-11") -> list[dict[str, str]]:
    """Compose an ordinary month: kinds with lasting shares of their own, any place, any day."""
    known = wordings()
    weights = 1.0 / (1 + np.arange(len(known)) % 17)
    picks = rng.choice(len(known), size, p=weights / weights.sum())
    sites = rng.integers(0, len(places()), size)
    return [
        {
            "text": say(known[k], places()[site], rng),
            "topic": known[k].topic,
            "unit": known[k].unit,
            "date": f"{year_month}-{int(rng.integers(1, 29)):02}",
        }
        for k, site in zip(picks.tolist(), sites.tolist(), strict=True)
    ]
