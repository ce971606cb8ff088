"""Find the duty clause that a request falls under: words shared with the clause, and its topic."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from hotline_nlp.pack import CityPack, Duty
from hotline_nlp.taxonomy import load_taxonomy

CLAUSE, TOPIC_TEXT = 1.0, 0.4
TOPIC_BONUS = 1.0
_HAN = re.compile(r"[㐀-鿿]+")
_COMMON = frozenset(
    ("办理", "管理", "监管", "受理", "处理", "组织", "指导", "负责", "查处", "实施", "落实", "以及")
)


@dataclass(frozen=True, slots=True)
class Fit:
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
        self._duties = pack.duties
        definitions = {label.label: f"{label.label} {label.definition}" for label in load_taxonomy().topics}
        bags = [self._bag(duty, definitions) for duty in pack.duties]
        seen: defaultdict[str, int] = defaultdict(int)
        for bag in bags:
            for gram in bag:
                seen[gram] += 1
        self._idf = {gram: math.log(1.0 + len(bags) / n) for gram, n in seen.items()}
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._norms = []
        for index, bag in enumerate(bags):
            norm = math.sqrt(sum((self._idf[g] * w) ** 2 for g, w in bag.items())) or 1.0
            self._norms.append(norm)
            for gram, weight in bag.items():
                self._postings[gram].append((index, self._idf[gram] * weight / norm))

    def fits(self, text: str, topic: str = "", units: Iterable[str] | None = None) -> list[Fit]:
        """Return the duties with the best first; `units` limits them to these functions or unit ids."""
        grams = {gram for gram in _bigrams(text) if gram in self._idf}
        totals = [0.0] * len(self._duties)
        for gram in sorted(grams):
            for index, weight in self._postings[gram]:
                totals[index] += weight
        wanted = None if units is None else set(units)
        found = [
            Fit(duty, words, words + (TOPIC_BONUS if topic in duty.topics else 0.0))
            for duty, words in zip(self._duties, totals, strict=True)
            if wanted is None or duty.unit in wanted
        ]
        found.sort(key=lambda fit: (-fit.score, fit.duty.id))
        return found

    def _bag(self, duty: Duty, definitions: dict[str, str]) -> dict[str, float]:
        bag = {gram: TOPIC_TEXT for topic in duty.topics for gram in _bigrams(definitions.get(topic, topic))}
        bag.update(dict.fromkeys(_bigrams(duty.clause), CLAUSE))
        return bag


def _bigrams(text: str) -> set[str]:
    runs = _HAN.findall(text)
    return {run[i : i + 2] for run in runs for i in range(len(run) - 1)} - _COMMON
