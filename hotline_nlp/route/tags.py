"""Special desks and urgency: the pack's tags whose trigger words stand in a request."""

from __future__ import annotations

from collections.abc import Iterable

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
        self._topics = {topic for tag in everything for topic in tag.topics}
        self._limited: dict[str, tuple[tuple[Tag, ...], tuple[Tag, ...]]] = {}
        plain = next((tag for tag in self._levels if not tag.triggers), None)
        self._plain = TagHit(URGENCY, plain.tag, ()) if plain else None

    @property
    def gravest(self) -> str:
        """Return the tag of the gravest urgency level, "" where the pack has none."""
        return self._levels[0].tag if self._levels else ""

    def desks(self, text: str, topic: str) -> tuple[TagHit, ...]:
        """Return the special desks' tags whose topic fits and of whose words one stands in the text."""
        return tuple([hit for tag in self._of(topic)[0] if (hit := _hit(tag, text))])

    def urgency(self, text: str, topic: str) -> TagHit | None:
        """Return the gravest level whose words stand in the text; else the one without words, if any."""
        for tag in self._of(topic)[1]:
            hit = _hit(tag, text)
            if hit:
                return hit
        return self._plain

    def _of(self, topic: str) -> tuple[tuple[Tag, ...], tuple[Tag, ...]]:
        """Return the desks' tags and the levels that a topic may get."""
        key = topic if topic in self._topics else ""
        found = self._limited.get(key)
        if found is None:
            desks, levels = (
                tuple(tag for tag in tags if not tag.topics or key in tag.topics)
                for tags in (self._desks, self._levels)
            )
            found = self._limited[key] = desks, levels
        return found


def _hit(tag: Tag, text: str) -> TagHit | None:
    words = [word for word in tag.triggers if word in text]
    return TagHit(tag.desk, tag.tag, tuple(words)) if words else None
