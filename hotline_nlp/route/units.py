"""Turn a unit function and a place into the city's real unit, and unit names into one another."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from hotline_nlp.pack import CityPack, Unit
from hotline_nlp.pack.model import LOCAL
from hotline_nlp.route.reading import Reading
from hotline_nlp.taxonomy import load_taxonomy

OTHER = "其他单位"
_FORMS = re.compile(r"分公司$|有限公司$|集团$|公司$|部门$")


class UnitTable:
    """All real units of a city, by function, area and name."""

    def __init__(self, pack: CityPack) -> None:
        """Index the pack's units and the county bureaus of its level rules."""
        self._pack = pack
        self._areas = tuple(place.code for place in pack.places if place.level == "area")
        self._local = {u.area: u.name for u in reversed(pack.units) if u.function == LOCAL}
        self._city = {
            label.label: tuple(u for u in pack.units if u.function == label.label)
            for label in load_taxonomy().unit_functions
        }
        self._county: dict[tuple[str, str], str] = {}
        for area in self._areas:
            for function in self._city:
                name = pack.county_unit(area, function)
                if name and function != LOCAL:
                    self._county[area, function] = name
        self._function = {u.name: u.function for u in pack.units}
        self._function |= {name: function for (_, function), name in self._county.items()}
        self._aliases = self._index()
        self._words = {u.id: self._stems(u) for u in pack.units}
        shared = {f: {t for d in pack.duties_of(f) for t in d.topics} for f in self._city}
        self._topics = {
            u.id: {t for d in pack.duties_of(u.id) for t in d.topics} - shared[u.function] for u in pack.units
        }
        self.prior = self._prior()
        self._by_prior = max(self.prior, key=lambda area: self.prior[area]) if self.prior else ""
        self._spoken = {
            function: tuple((at, word) for at, unit in enumerate(units) for word in self._words[unit.id])
            for function, units in self._city.items()
        }
        self._lead = lru_cache(maxsize=1 << 14)(self._choose)
        self.spread = lru_cache(maxsize=1 << 14)(self._share_out)

    @property
    def names(self) -> Mapping[str, str]:
        """Return every official name, alias and function label with the official name that it means."""
        return self._aliases

    def function_of(self, name: str) -> str:
        """Return the unit function of an official name ("" for an unknown one)."""
        return self._function.get(name, "")

    def find(self, name: str) -> str:
        """Return the official name that a name, alias or id means, "" for an unknown one."""
        unit = self._pack.unit(name)
        return unit.name if unit else self._aliases.get(name, "")

    def local(self, area: str) -> str:
        """Return the local government or park of an area; of the busiest one where the area is unknown."""
        return self._local.get(area) or self._local.get(self._by_prior, LOCAL)

    def lead(self, function: str, area: str, topic: str, text: str) -> str:
        """Return the real unit of a function in an area, chosen among several by name, then by duties.

        A label that is no function of the pack is taken for a unit's own name.
        """
        named = -1
        for at, word in self._spoken.get(function, ()):
            if word in text:
                named = at
                break
        return self._lead(function, area, topic, named)

    def _choose(self, function: str, area: str, topic: str, named: int) -> str:
        """Return the real unit; named is which of the function's several units the text names, -1: none."""
        if function == LOCAL:
            return self.local(area)
        units = self._city.get(function, ())
        if len(units) > 1:
            unit = units[named] if named >= 0 else self._among(units, area, topic)
            if unit is not units[0] and (area, function) not in self._county:
                return unit.name
        county = self._county.get((area, function))
        if county:
            return county
        return units[0].name if units else self._aliases.get(function, function)

    def at(self, name: str, area: str) -> str:
        """Return the county's own bureau for a city bureau's name, the name itself where there is none."""
        return self._county.get((area, self._function.get(name, "")), name)

    def _share_out(self, reading: Reading) -> tuple[tuple[str, float], ...]:
        """Return (local government, share), the most first: what the text says, the rest by the prior."""
        sure = reading.place.confidence if reading.area else 1.0 if reading.areas else 0.0
        shares = {area: p * (1.0 - sure) for area, p in self.prior.items()}
        for area, share in reading.areas:
            shares[area] = shares.get(area, 0.0) + share * sure
        ranked = sorted(shares.items(), key=lambda item: -item[1])
        return tuple((self.local(area), share) for area, share in ranked)

    def _among(self, units: Sequence[Unit], area: str, topic: str) -> Unit:
        if area and not any(unit.area for unit in units):
            named = self._pack.place(area)
            for unit in units[1:]:
                if named and unit.level == "县" and unit.name.startswith(named.short):
                    return unit
        if units[0].function != OTHER:
            fitting = [unit for unit in units if topic in self._topics[unit.id]]
            if len(fitting) == 1:
                return fitting[0]
        return units[0]

    def _stems(self, unit: Unit) -> tuple[str, ...]:
        """Return what people call one of several units of a function: 湘潭移动 -> 移动."""
        if len(self._city.get(unit.function, ())) < 2:
            return ()
        stems = set()
        cities = (self._pack.city, *self._pack.short_names, "中国", "市")
        for alias in unit.aliases:
            stem = _FORMS.sub("", alias)
            for city in cities:
                stem = stem.removeprefix(city).removesuffix(city)
            if len(stem) >= 2 and stem not in unit.function:
                stems.add(stem)
        return tuple(sorted(stems))

    def _index(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for unit in self._pack.units:
            for name in (unit.name, *unit.aliases):
                found.setdefault(name, unit.name)
        for name in self._county.values():
            found.setdefault(name, name)
        for function, units in self._city.items():
            if units and function != LOCAL:
                found.setdefault(function, units[0].name)
        short = {name.removeprefix("市"): real for name, real in found.items() if name.startswith("市")}
        for name, real in short.items():
            if len(name) >= 3:
                found.setdefault(name, real)
        return found

    def _prior(self) -> dict[str, float]:
        """Return each area's share of past orders; one that has no figure gets half of the smallest."""
        counts = self._pack.shares.get("units", {})
        ids = {u.area: u.id for u in reversed(self._pack.units) if u.function == LOCAL}
        known = [counts[i] for i in ids.values() if counts.get(i)]
        floor = min(known) / 2 if known else 1.0
        raw = {area: float(counts.get(i) or floor) for area, i in ids.items()}
        total = sum(raw.values())
        return {area: n / total for area, n in sorted(raw.items(), key=lambda item: (-item[1], item[0]))}


@lru_cache(maxsize=1)
def _traditional() -> tuple[re.Pattern[str], dict[int, int]]:
    from hotline_nlp.normalise import fold_table

    table = fold_table()
    han = {code: int(table[code]) for code in range(0x3400, 0xA000) if table[code] != code}
    return re.compile("[" + "".join(map(chr, han)) + "]"), han


def simplify(text: str) -> str:
    """Return the text with traditional characters simplified, of the same length."""
    pattern, table = _traditional()
    return text.translate(table) if pattern.search(text) else text
