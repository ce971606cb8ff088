"""Find the duty clause that a request falls under: words shared with the clause, and its topic."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import add
from typing import NamedTuple

from hotline_nlp.pack import CityPack, Duty
from hotline_nlp.route.words import Words
from hotline_nlp.taxonomy import load_taxonomy

CLAUSE, TOPIC_TEXT = 1.0, 0.4
TOPIC_BONUS, MAX_TOPICS = 1.0, 256
_HAN = re.compile(r"[㐀-鿿]+")
_COMMON = frozenset(
    ("办理", "管理", "监管", "受理", "处理", "组织", "指导", "负责", "查处", "实施", "落实", "以及")
)


class Fit(NamedTuple):
    """How well a duty fits: `words` from 0 up by shared wording alone, `score` with the topic's bonus."""

    duty: Duty
    words: float
    score: float


class DutyIndex:
    """An inverted index of character bigrams over the duties, weighted by inverse document frequency.

    The weighting is that of Spärck Jones (1972, doi:10.1108/eb026526): log(1 + N / n); a duty's wording is
    its clause and, weighted less, the definitions of its topics. A fit is the request's bag of bigrams, each
    counted once, projected on the duty's unit vector: 0 where nothing is shared.
    """

    def __init__(self, pack: CityPack) -> None:
        """Index the pack's duties."""
        self._duties = tuple(sorted(pack.duties, key=lambda duty: duty.id))
        self.holders = frozenset(duty.unit for duty in pack.duties)
        definitions = {label.label: f"{label.label} {label.definition}" for label in load_taxonomy().topics}
        bags = [self._bag(duty, definitions) for duty in self._duties]
        seen: defaultdict[str, int] = defaultdict(int)
        for bag in bags:
            for gram in bag:
                seen[gram] += 1
        idf = {gram: math.log(1.0 + len(bags) / n) for gram, n in seen.items()}
        self._weights = [_unit_vector({gram: idf[gram] * w for gram, w in bag.items()}) for bag in bags]
        self._covering: defaultdict[str, set[str]] = defaultdict(set)
        for duty in pack.duties:
            for topic in duty.topics:
                self._covering[topic].add(duty.unit)
        self._part = lru_cache(maxsize=256)(self._compile)

    def fits(
        self, text: str, topic: str = "", units: Iterable[str] | None = None, most: int | None = None
    ) -> list[Fit]:
        """Return the duties, at most this many, with the best first.

        `units` limits them to these functions or unit ids.
        """
        part = self._part(None if units is None else frozenset(units))
        words = part.words(text)
        scores = list(map(add, words, part.bonus(topic)))
        if most == 1:
            ranked = [scores.index(max(scores))] if scores else []
        else:
            ranked = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)  # ties: the lower id
        return [Fit(part.duties[i], words[i], scores[i]) for i in ranked[:most]]

    def overlap(self, text: str, units: frozenset[str]) -> float:
        """Return how well the best of the units' duties fits by wording alone."""
        return max(self._part(units).words(text), default=0.0)

    def covers(self, topic: str, units: frozenset[str]) -> bool:
        """Tell whether a duty of these functions or unit ids names the topic."""
        return topic in self._covering and not self._covering[topic].isdisjoint(units)

    def _compile(self, units: frozenset[str] | None) -> _Part:
        postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        kept = [i for i, duty in enumerate(self._duties) if units is None or duty.unit in units]
        for at, index in enumerate(kept):
            for gram, weight in self._weights[index].items():
                postings[gram].append((at, weight))
        return _Part([self._duties[i] for i in kept], dict(postings))

    def _bag(self, duty: Duty, definitions: dict[str, str]) -> dict[str, float]:
        bag = {gram: TOPIC_TEXT for topic in duty.topics for gram in _told(definitions.get(topic, topic))}
        bag.update(dict.fromkeys(_told(duty.clause), CLAUSE))
        return bag


class _Part:
    """Some of the duties, and by bigram which of them has it with what weight."""

    def __init__(self, duties: Sequence[Duty], postings: dict[str, list[tuple[int, float]]]) -> None:
        self.duties, self._postings = duties, postings
        self._bonus: dict[str, tuple[float, ...]] = {}
        self._grams = Words(postings)

    def words(self, text: str) -> list[float]:
        """Return each duty's fit, 0.0 where it shares nothing with the text."""
        totals, postings = [0.0] * len(self.duties), self._postings
        for gram in self._grams.found(text):
            for index, weight in postings[gram]:
                totals[index] += weight
        return totals

    def bonus(self, topic: str) -> tuple[float, ...]:
        """Return what each duty gains from the topic."""
        found = self._bonus.get(topic)
        if found is None:
            found = tuple(TOPIC_BONUS if topic in duty.topics else 0.0 for duty in self.duties)
            if len(self._bonus) < MAX_TOPICS:
                self._bonus[topic] = found
        return found


def _told(text: str) -> set[str]:
    """Return the bigrams of Chinese characters that tell duties apart."""
    runs = _HAN.findall(text)
    return {run[i : i + 2] for run in runs for i in range(len(run) - 1)} - _COMMON


def _unit_vector(bag: dict[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(w**2 for w in bag.values())) or 1.0
    return {gram: w / norm for gram, w in bag.items()}
