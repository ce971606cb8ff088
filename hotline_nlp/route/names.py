"""Compile a pack's gazetteer: every written form of a place, and what each may mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hotline_nlp.pack import CityPack, KnownPlace
from hotline_nlp.pack import Place as Division
from hotline_nlp.pack.model import LOCAL
from hotline_nlp.route.extras import FOREIGN, WEAK, Distractor

SUFFIXES = ("街道", "社区", "区", "县", "市", "镇", "乡", "村")
TOWN_SWAPS = {"镇": ("乡",), "乡": ("镇",), "街道": ("办事处", "街道办")}
WEIGHTS = {"area": 1.0, "town": 1.0, "village": 0.7}
BARE_WEIGHTS = {"area": 0.8, "town": 0.8, "village": 0.4}
SPOT_WEIGHT, ROAD_WEIGHT = 0.8, 0.5
ROAD = "道路"


@dataclass(frozen=True, slots=True)
class Sense:
    """One reading of a written form: codes of the area, town and village, and the spot's own name."""

    area: str
    town: str = ""
    village: str = ""
    spot: str = ""
    weight: float = 1.0
    road: bool = False

    @property
    def specific(self) -> bool:
        """Tell whether it says more than the area, a road (which may cross areas) apart."""
        return bool(self.town or self.village or self.spot) and not self.road


@dataclass(slots=True)
class Name:
    """A written form with its readings; `bare` has no suffix such as 区, `weak` is also an everyday word."""

    surface: str
    senses: list[Sense] = field(default_factory=list)
    bare: bool = False
    weak: bool = False
    foreign: bool = False

    def add(self, sense: Sense) -> None:
        """Add a reading unless the same place stands there already."""
        key = (sense.area, sense.town, sense.village)
        if all((old.area, old.town, old.village) != key for old in self.senses):
            self.senses.append(sense)


def redirects(pack: CityPack) -> dict[str, str]:
    """Return area code -> area code for areas that `renamed.csv` merges into another one."""
    areas = {name: p.code for p in pack.places if p.level == "area" for name in (p.name, p.short)}
    found = {}
    for item in pack.renamed:
        source, target = areas.get(item.old), pack.area_of(item.code)
        if source and target is not None and target.code != source:
            found[source] = target.code
    return found


def _stem(division: Division) -> tuple[str, str]:
    for suffix in SUFFIXES:
        if division.short.endswith(suffix) and len(division.short) > len(suffix) + 1:
            return division.short[: -len(suffix)], suffix
    return division.short, ""


def _variants(division: Division) -> Iterator[str]:
    """Yield forms that people use for a town or community beside those in the pack."""
    stem, suffix = _stem(division)
    if division.level == "town":
        yield from (stem + swap for swap in TOWN_SWAPS.get(suffix, ()))
    elif division.level == "village" and suffix == "社区":
        yield stem + "居委会"


class _Table:
    def __init__(self, pack: CityPack) -> None:
        self.names: dict[str, Name] = {}
        self._pack = pack
        self._moved = redirects(pack)

    def area(self, code: str) -> str:
        found = self._pack.area_of(code)
        return self._moved.get(found.code, found.code) if found else ""

    def put(self, surface: str, sense: Sense, *, bare: bool = False) -> None:
        if len(surface) < 2 or surface in (self._pack.city, *self._pack.short_names):
            return
        name = self.names.setdefault(surface, Name(surface, bare=bare))
        name.bare = name.bare and bare
        name.add(sense)

    def sense(self, division: Division, *, bare: bool) -> Sense:
        weight = (BARE_WEIGHTS if bare else WEIGHTS)[division.level]
        area = self.area(division.code)
        if division.level == "town":
            return Sense(area, town=division.code, weight=weight)
        if division.level == "village":
            return Sense(area, division.parent, division.code, weight=weight)
        return Sense(area, weight=weight)

    def division(self, division: Division, surface: str) -> None:
        bare = not surface.endswith((*SUFFIXES, "委会", "委员会", "办事处", "街道办"))
        self.put(surface, self.sense(division, bare=bare), bare=bare)

    def spot(self, known: KnownPlace) -> None:
        road = known.kind == ROAD
        weight = ROAD_WEIGHT if road else SPOT_WEIGHT
        sense = Sense(self.area(known.area), known.town, "", known.name, weight, road)
        for surface in (known.name, *known.aliases):
            self.put(surface, sense)


def _put_renamed(table: _Table, pack: CityPack, by_code: Mapping[str, Division]) -> None:
    for item in pack.renamed:
        table.names.pop(item.old, None)
        table.division(by_code[item.code], item.old)


def compile_names(pack: CityPack, distractors: tuple[Distractor, ...] = ()) -> tuple[Name, ...]:
    """Return every written form, ordered; forms that several places share carry several senses."""
    table = _Table(pack)
    by_code = {division.code: division for division in pack.places}
    for division in pack.places:
        for surface in dict.fromkeys((division.short, division.name, *division.aliases)):
            table.division(division, surface)
    for unit in pack.units:
        if unit.function == LOCAL and unit.area:
            for surface in (unit.name, *unit.aliases):
                table.division(by_code[unit.area], surface)
    _put_renamed(table, pack, by_code)
    for known in pack.known_places:
        table.spot(known)
    real = set(table.names)
    for division in pack.places:
        for surface in _variants(division):
            if surface not in real:
                table.division(division, surface)
    table.names[pack.city] = Name(pack.city)
    _put_distractors(table.names, distractors)
    return tuple(table.names[surface] for surface in sorted(table.names))


def _put_distractors(names: dict[str, Name], distractors: tuple[Distractor, ...]) -> None:
    for item in distractors:
        if item.kind == WEAK and item.name in names:
            names[item.name].weak = True
        elif item.kind != WEAK:
            names[item.name] = Name(item.name, foreign=item.kind == FOREIGN)
