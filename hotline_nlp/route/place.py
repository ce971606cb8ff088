"""Find where a request is about: mentions by Aho-Corasick, then the most consistent reading of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotline_nlp.pack import CityPack
from hotline_nlp.result import Place
from hotline_nlp.route.extras import Distractor
from hotline_nlp.route.names import Name, compile_names
from hotline_nlp.route.reading import DEMOTED, UNSUPPORTED, Reader, Reading
from hotline_nlp.route.words import without_surrogates

MAX_MENTIONS = 32
MAX_CACHE = 1 << 16
PLACE, FOREIGN, WEAK, AREA, BARE, VILLAGE = 1, 2, 4, 8, 16, 32
GUARDED = BARE | VILLAGE
EMPTY = Reading(Place())
Hit = tuple[int, int, int]

_NOT_PLACE = re.compile(r"[东西南北中]{0,2}(?:路|大道|大街|街(?!道)|巷)|山|话|牌|灌区")
_PEOPLE = re.compile(r"籍|人(?![民社才大防力])")
_ORIGIN = re.compile(r"(?:户籍|籍贯|老家|祖籍|娘家)地?(?:[在是为]|都在)?$")
_PEOPLE_START, _ORIGIN_ENDS = frozenset("籍人"), frozenset("籍贯家地在是为\n")
"""What _PEOPLE begins and _ORIGIN ends with: looked at first, since most names have neither beside them."""
_LOCATOR = re.compile(
    r"集?镇|乡|街道|片区|办事处|派出所|卫生院|政府|[村居]委|社区|村民|支[部书]|书记|第?[\d一二三四五六七八九十]+组"
)
_OUTER = re.compile(r"(?<![小市城园社辖片地街])[县区市]$|[镇乡]$")
_OUTER_ENDS = "县区市镇乡"


@dataclass(frozen=True, slots=True)
class Mention:
    """A place name in a text: its code-point span and the name's index in the gazetteer."""

    name: int
    start: int
    end: int


class PlaceResolver:
    """Resolve district, town, village and known spot from a text.

    Aho-Corasick (Aho & Corasick 1975, doi:10.1145/360825.360855) finds all names; the longest ones that do
    not overlap stay, guarded by their neighbours (韶山路 is a road, 长沙高新区 another city's); the reading
    that agrees best with all of them wins. The text should be in simplified characters.
    """

    def __init__(self, pack: CityPack, distractors: Sequence[Distractor] = ()) -> None:
        """Compile the pack's names."""
        from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

        self.names: tuple[Name, ...] = compile_names(pack, tuple(distractors))
        self._city = pack.city
        self._reader = Reader(pack, self.names)
        self._cache: dict[tuple[int, ...], Reading] = {}
        self._tests = tuple(map(_tests, self.names))
        forms = [name.surface for name in self.names]
        small = Implementation.ContiguousNFA  # as quick here as a DFA, which takes 8 MB
        self._find = AhoCorasick(forms, MatchKind.LeftmostLongest, None, small).find_matches_as_indexes
        self._find_all = AhoCorasick(forms, MatchKind.Standard, None, small).find_matches_as_indexes

    def resolve(self, text: str) -> Reading:
        """Return the best reading of a text's place names; an empty Place where there is none."""
        return self.locate(text)[0]

    def locate(self, text: str) -> tuple[Reading, Sequence[Hit]]:
        """Return the reading and the names that count: index of the name, code-point start and end."""
        try:
            hits = self._find(text)
        except UnicodeEncodeError:
            return self.locate(without_surrogates(text))
        if not hits:
            return EMPTY, ()
        hits = self._select(text, hits)
        key = self._key(text, hits)
        reading = self._cache.get(key)
        if reading is None:
            if len(self._cache) >= MAX_CACHE:
                self._cache.clear()
            reading = self._cache[key] = self._reader.read(key)
        return reading, hits

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return the place names that count in a text, in order."""
        return tuple(Mention(*hit) for hit in self.locate(text)[1])

    def _select(self, text: str, hits: Sequence[Hit]) -> list[Hit]:
        """Drop the hits that their neighbours rule out; where one falls, shorter names get their chance."""
        kept = self._standing(text, hits)
        if kept is None:
            kept = _longest(self._standing(text, self._find_all(text, True), drop=True) or [])
        return [hit for hit in kept[:MAX_MENTIONS] if self.names[hit[0]].senses]

    def _standing(self, text: str, hits: Sequence[Hit], *, drop: bool = False) -> list[Hit] | None:
        """Return the hits that stand; None where one falls and shorter names may lie beneath it."""
        abroad: set[int] = set()
        kept: list[Hit] = []
        for hit in hits:
            pid, start, end = hit
            test = self._tests[pid]
            if test & FOREIGN:
                abroad.add(end)
                abroad.add(end + text.startswith("市", end))
            elif test & PLACE and (start in abroad or (test & GUARDED and _ruled_out(text, end, test))):
                if not drop and start not in abroad:
                    return None
                continue
            kept.append(hit)
        return kept

    def _key(self, text: str, hits: Sequence[Hit]) -> tuple[int, ...]:
        """Encode the mentions with their flags: what the reading depends on."""
        previous = -1
        key = []
        for pid, start, end in hits:
            flags = 0
            if (text[end : end + 1] in _PEOPLE_START and _PEOPLE.match(text, end)) or (
                start and text[start - 1] in _ORIGIN_ENDS and _ORIGIN.search(text, max(0, start - 6), start)
            ):
                flags = DEMOTED
            if start != previous and self._alone(text, start, end, self._tests[pid]):
                flags |= UNSUPPORTED
            key.append(pid << 2 | flags)
            previous = end
        return tuple(key)

    def _alone(self, text: str, start: int, end: int, test: int) -> bool:
        """Tell whether a name needs another place beside it before it counts."""
        if test & WEAK:
            return _LOCATOR.match(text, end) is None
        if test & AREA or not start or text[start - 1] not in _OUTER_ENDS:
            return False
        inner = text[start - 1] == "市" and text.startswith(self._city, max(0, start - len(self._city)))
        return not inner and _OUTER.search(text, max(0, start - 2), start) is not None


def _tests(name: Name) -> int:
    """Return which checks a name needs, as bits."""
    area = bool(name.senses) and all(not sense.town and not sense.spot for sense in name.senses)
    guarded = BARE if name.bare else VILLAGE if name.surface[-1] == "村" else 0
    return (
        (PLACE if name.senses else 0)
        | (FOREIGN if name.foreign else 0)
        | (WEAK if name.weak else 0)
        | (AREA if area else 0)
        | guarded
    )


def _ruled_out(text: str, end: int, test: int) -> bool:
    if test & BARE:
        return _NOT_PLACE.match(text, end) is not None
    return text[end : end + 1] in ("镇", "庄", "落")


def _longest(hits: list[Hit]) -> list[Hit]:
    """Keep the longest hits that don't overlap, in the order of the text."""
    taken: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h[1] - h[2], h[1])):
        if all(hit[2] <= other[1] or hit[1] >= other[2] for other in taken):
            taken.append(hit)
            if len(taken) >= 2 * MAX_MENTIONS:
                break
    taken.sort(key=lambda h: h[1])
    return taken
