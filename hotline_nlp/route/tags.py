"""Special desks and urgency: the pack's tags whose trigger words stand in a request."""

from __future__ import annotations

from collections.abc import Container, Iterable

from hotline_nlp.pack import Tag
from hotline_nlp.result import TagHit
from hotline_nlp.route.words import Words

URGENCY = "紧急程度"


class Tagger:
    """Find a city's tags in a text."""

    def __init__(self, tags: Iterable[Tag]) -> None:
        """Split the tags into special desks and urgency levels (the gravest first)."""
        everything = tuple(tags)
        self._desks = tuple(tag for tag in everything if tag.desk != URGENCY)
        self._levels = tuple(tag for tag in everything if tag.desk == URGENCY)
        self._words = Words(word for tag in everything for word in tag.triggers)
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
        return self.read(text, topic)[0]

    def urgency(self, text: str, topic: str) -> TagHit | None:
        """Return the gravest level whose words stand in the text; else the one without words, if any."""
        return self.read(text, topic)[1]

    def read(self, text: str, topic: str) -> tuple[tuple[TagHit, ...], TagHit | None]:
        """Return the special desks' tags and the urgency of a request at once."""
        found = self._words.found(text)
        if not found:
            return (), self._plain
        desks, levels = self._of(topic)
        hits = tuple([hit for tag in desks if (hit := _hit(tag, found))])
        return hits, next((hit for tag in levels if (hit := _hit(tag, found))), self._plain)

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


def _hit(tag: Tag, found: Container[str]) -> TagHit | None:
    words = [word for word in tag.triggers if word in found]
    return TagHit(tag.desk, tag.tag, tuple(words)) if words else None
