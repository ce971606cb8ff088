"""Special desks and urgency: the pack's tags whose trigger words stand in a request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hotline_nlp.pack import Tag
from hotline_nlp.result import TagHit

URGENCY = "紧急程度"


class Tagger:
    """Find a city's tags in a text."""

    def __init__(self, tags: Iterable[Tag]) -> None:
        """Split the tags into special desks and urgency levels (the gravest first)."""
        everything = tuple(tags)
        self._desks = tuple(tag for tag in everything if tag.desk != URGENCY)
        self._levels = tuple(tag for tag in everything if tag.desk == URGENCY)

    @property
    def gravest(self) -> str:
        """Return the tag of the gravest urgency level, "" where the pack has none."""
        return self._levels[0].tag if self._levels else ""

    def desks(self, text: str, topic: str) -> tuple[TagHit, ...]:
        """Return the special desks' tags whose topic fits and of whose words one stands in the text."""
        return tuple(hit for tag in self._desks if (hit := _hit(tag, text, topic)))

    def urgency(self, text: str, topic: str) -> TagHit | None:
        """Return the gravest level whose words stand in the text; else the one without words, if any."""
        for tag in self._levels:
            hit = _hit(tag, text, topic)
            if hit:
                return hit
        plain: Sequence[Tag] = [tag for tag in self._levels if not tag.triggers]
        return TagHit(URGENCY, plain[0].tag, ()) if plain else None


def _hit(tag: Tag, text: str, topic: str) -> TagHit | None:
    if tag.topics and topic not in tag.topics:
        return None
    words = tuple(word for word in tag.triggers if word in text)
    return TagHit(tag.desk, tag.tag, words) if words else None
