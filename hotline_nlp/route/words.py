"""Find which of many words stand in a text."""

from __future__ import annotations

from collections.abc import Iterable


class Words:
    """A set of words, found all at once by Aho-Corasick (1975, doi:10.1145/360825.360855)."""

    def __init__(self, words: Iterable[str]) -> None:
        """Compile the words; empty ones stand nowhere."""
        from ahocorasick_rs import AhoCorasick, MatchKind

        forms = sorted(set(filter(None, words)))
        self._find = AhoCorasick(forms, MatchKind.Standard).find_matches_as_strings

    def found(self, text: str) -> dict[str, None]:
        """Return the words that stand in a text, those within longer ones too, by where they first end."""
        try:
            return dict.fromkeys(self._find(text, True))
        except UnicodeEncodeError:
            return dict.fromkeys(self._find(without_surrogates(text), True))


def without_surrogates(text: str) -> str:
    """Return the text with lone surrogates, which no UTF-8 holds, as question marks; the length stays."""
    return text.encode("utf-8", "replace").decode("utf-8")
