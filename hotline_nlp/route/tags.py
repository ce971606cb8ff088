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
        self._limited: dict[str, dict[str, tuple[int, ...]]] = {}
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
        fitting = self._of(topic)
        order = sorted({at for word in found for at in fitting.get(word, ())})
        if not order:
            return (), self._plain
        desks = tuple([_hit(self._desks[at], found) for at in order if at < len(self._desks)])
        level = next((at - len(self._desks) for at in order if at >= len(self._desks)), None)
        return desks, self._plain if level is None else _hit(self._levels[level], found)

    def _of(self, topic: str) -> dict[str, tuple[int, ...]]:
        """Return, by word, which tags a topic may get for it: numbers of the desks' tags, then the levels."""
        key = topic if topic in self._topics else ""
        found = self._limited.get(key)
        if found is None:
            listed: dict[str, list[int]] = {}
            for at, tag in enumerate((*self._desks, *self._levels)):
                if not tag.topics or key in tag.topics:
                    for word in tag.triggers:
                        listed.setdefault(word, []).append(at)
            found = self._limited[key] = {word: tuple(tags) for word, tags in listed.items()}
        return found


def _hit(tag: Tag, found: Container[str]) -> TagHit:
    return TagHit(tag.desk, tag.tag, tuple([word for word in tag.triggers if word in found]))
