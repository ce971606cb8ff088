"""Weigh place mentions against each other and name the one place that they agree on best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hotline_nlp.pack import CityPack
from hotline_nlp.pack.model import LOCAL
from hotline_nlp.result import Place
from hotline_nlp.route.names import Name, Sense

PARK = "园区"
DEMOTED, UNSUPPORTED = 1, 2
FADE, SHARED, ORIGIN = 0.95, 0.5, 0.25
SURE = 0.97


@dataclass(frozen=True, slots=True)
class Reading:
    """A place with what else was read.

    area is the district's code ("" if unknown); areas are (area code, share) with the best first, shares
    summing to 1.
    """

    place: Place
    area: str = ""
    areas: tuple[tuple[str, float], ...] = ()

    @property
    def spot(self) -> str:
        """Return the known place's name, "" where the text has none."""
        return self.place.spot

    @property
    def candidates(self) -> tuple[str, ...]:
        """Return full paths (district/town/village) where the text leaves several open."""
        return self.place.candidates


@dataclass(frozen=True, slots=True)
class _Clue:
    senses: Sequence[Sense]
    factor: float

    def within(self, area: str) -> list[Sense]:
        return [sense for sense in self.senses if sense.area == area]


class Reader:
    """Turn encoded mentions (name index << 2 | flags) into a Reading."""

    def __init__(self, pack: CityPack, names: Sequence[Name]) -> None:
        """Keep the pack's names and which areas are parks carved out of districts."""
        self._names = names
        self._pack = pack
        self._parks = {u.area for u in pack.units if u.function == LOCAL and u.kind == PARK}

    def read(self, key: Iterable[int]) -> Reading:
        """Return the reading of the mentions; Reading of an empty Place where none counts."""
        clues = self._clues(tuple(key))
        if not clues:
            return Reading(Place())
        votes = self._votes(clues)
        ranked = sorted(votes, key=lambda area: -votes[area])
        total = sum(votes.values())
        areas = tuple((area, votes[area] / total) for area in ranked)
        if len(ranked) > 1 and votes[ranked[0]] - votes[ranked[1]] < 1e-9 and self._same_name(clues):
            return self._open(clues, areas)
        return self._within(ranked[0], clues, areas)

    def _clues(self, key: tuple[int, ...]) -> list[_Clue]:
        sure = [code for code in key if not code & UNSUPPORTED]
        known = {sense.area for code in sure for sense in self._names[code >> 2].senses}
        only = {area for code in sure for area in self._single(code)}
        clues: list[_Clue] = []
        for code in key:
            senses: Sequence[Sense] = self._names[code >> 2].senses
            if code & UNSUPPORTED:
                senses = [sense for sense in senses if sense.area in known]
            narrowed = [sense for sense in senses if sense.area in only]
            if senses:
                elsewhere = bool(only) and not narrowed
                factor = (ORIGIN if code & DEMOTED or elsewhere else 1.0) * FADE ** min(len(clues), 8)
                clues.append(_Clue(narrowed or senses, factor))
        return clues

    def _single(self, code: int) -> set[str]:
        """Return the one area that a mention can only lie in, as a set; empty for a shared name."""
        areas = {sense.area for sense in self._names[code >> 2].senses}
        return areas if len(areas) == 1 else set()

    def _votes(self, clues: Sequence[_Clue]) -> dict[str, float]:
        """Sum each area's support; a specific spot in a park outweighs the bare district around it."""
        votes: dict[str, float] = {}
        specific: set[str] = set()
        for clue in clues:
            areas = dict.fromkeys(sense.area for sense in clue.senses)
            for area in areas:
                best = max(sense.weight for sense in clue.within(area))
                votes[area] = votes.get(area, 0.0) + best * clue.factor * (SHARED if len(areas) > 1 else 1.0)
            if len(areas) == 1 and any(sense.specific for sense in clue.senses):
                specific |= areas.keys()
        if specific and specific <= self._parks:
            for area in specific:
                votes[area] += 1.0
        return votes

    def _same_name(self, clues: Sequence[_Clue]) -> bool:
        return all(len({sense.area for sense in clue.senses}) > 1 for clue in clues)

    def _open(self, clues: Sequence[_Clue], areas: tuple[tuple[str, float], ...]) -> Reading:
        """Keep all readings of a name that several areas share."""
        top = {area for area, share in areas if share >= areas[0][1] - 1e-9}
        senses = [sense for clue in clues[:1] for sense in clue.senses if sense.area in top]
        names = {self._name(sense.village) for sense in senses}
        village = names.pop() if len(names) == 1 else ""
        paths = tuple(map(self._path, senses))
        return Reading(Place("", "", village, round(1.0 / len(senses), 4), "", paths), "", areas)

    def _within(self, area: str, clues: Sequence[_Clue], areas: tuple[tuple[str, float], ...]) -> Reading:
        local = [(clue, clue.within(area)) for clue in clues]
        senses = [sense for _, found in local for sense in found]
        town = self._town(local)
        villages = [s for s in senses if s.village and (not town or s.town == town)]
        options = list(dict.fromkeys(s.village for s in villages if s.village))
        name = self._name(options[0]) if options else ""
        same = [code for code in options if self._name(code) == name]
        if len(same) == 1 and not town:
            town = next(s.town for s in villages if s.village == same[0])
        spot = next((s.spot for s in senses if s.spot and (not s.town or not town or s.town == town)), "")
        best = max(clue.factor * sense.weight for clue, found in local for sense in found)
        confidence = min(SURE, (0.75 + 0.25 * best) if best > ORIGIN else best) * areas[0][1]
        paths = tuple(self._path(s) for s in villages if s.village in same) if len(same) > 1 else ()
        place = Place(self._name(area), self._name(town), name, round(confidence, 4), spot, paths)
        return Reading(place, area, areas)

    def _town(self, local: Sequence[tuple[_Clue, list[Sense]]]) -> str:
        """Return the town with the most support, "" where only names shared by several towns speak."""
        votes: dict[str, float] = {}
        for clue, found in local:
            towns = dict.fromkeys(sense.town for sense in found if sense.town)
            for town in towns:
                share = clue.factor / len(towns) if len(towns) > 1 else clue.factor
                votes[town] = votes.get(town, 0.0) + share * max(s.weight for s in found if s.town == town)
        if not votes:
            return ""
        ranked = sorted(votes.values(), reverse=True)
        if len(ranked) > 1 and ranked[0] - ranked[1] < 1e-9:
            return ""
        return max(votes, key=lambda town: votes[town])

    def _name(self, code: str) -> str:
        division = self._pack.place(code)
        return division.short if division else ""

    def _path(self, sense: Sense) -> str:
        names = map(self._name, (sense.area, sense.town, sense.village))
        return "/".join(name for name in names if name)
