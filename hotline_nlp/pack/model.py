"""The records of a city pack and the look-ups over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hotline_nlp.errors import InputError, PackError

LOCAL = "属地"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that takes work orders; area is set for a county, district or park."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    function: str
    area: str
    level: str


@dataclass(frozen=True, slots=True)
class Place:
    """An administrative division: level is area, town or village; short is the name as spoken."""

    code: str
    name: str
    short: str
    level: str
    parent: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A well-known spot (estate, school, hospital, road) with the area, and the town where known."""

    name: str
    aliases: tuple[str, ...]
    area: str
    town: str
    kind: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A former or alternative division name and the code that it stands for today."""

    old: str
    code: str
    note: str


@dataclass(frozen=True, slots=True)
class Duty:
    """One clause of what a unit function (or a single unit, by id) is responsible for."""

    id: str
    unit: str
    clause: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A special desk's tag, the words that trigger it and the topics that it is limited to."""

    desk: str
    tag: str
    triggers: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelRule:
    """In these areas the bureau of a function is named area + stem, e.g. 湘潭县 + 公安局."""

    areas: tuple[str, ...]
    bureaus: Mapping[str, str]


@dataclass(frozen=True)
class CityPack:
    """Everything that routing knows about one city, and the folder it stands in; shares may be {}."""

    id: str
    city: str
    province: str
    short_names: tuple[str, ...]
    schema_version: str
    level_rules: tuple[LevelRule, ...]
    units: tuple[Unit, ...]
    places: tuple[Place, ...]
    known_places: tuple[KnownPlace, ...]
    renamed: tuple[Renamed, ...]
    duties: tuple[Duty, ...]
    tags: tuple[Tag, ...]
    shares: Mapping[str, Any]
    folder: Path

    @cached_property
    def _units_by_id(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in self.units}

    @cached_property
    def _units_by_name(self) -> dict[str, Unit]:
        return {name: unit for unit in self.units for name in (unit.name, *unit.aliases)}

    @cached_property
    def _places_by_code(self) -> dict[str, Place]:
        return {place.code: place for place in self.places}

    def unit(self, unit_id: str) -> Unit | None:
        """Return the unit with this id."""
        return self._units_by_id.get(unit_id)

    def find_unit(self, name: str) -> Unit | None:
        """Return the unit with this official name or alias."""
        return self._units_by_name.get(name)

    def units_for(self, function: str) -> tuple[Unit, ...]:
        """Return the units of a function, the leading one first."""
        return tuple(unit for unit in self.units if unit.function == function)

    def lead_unit(self, function: str) -> Unit:
        """Return the unit that leads a function.

        Raises InputError for 属地, which only a place can resolve (see local_unit), and PackError where the
        pack lists no unit for the function.
        """
        if function == LOCAL:
            raise InputError("属地 has no single lead unit: find the place's area and use local_unit(area)")
        for unit in self.units:
            if unit.function == function:
                return unit
        raise PackError(f"city pack {self.id!r} has no unit for {function!r}: add a row to its units.csv")

    def local_unit(self, area: str) -> Unit | None:
        """Return the local government or park committee of an area code."""
        return next((u for u in self.units if u.function == LOCAL and u.area == area), None)

    def county_unit(self, area: str, function: str) -> str | None:
        """Return the name of an area's own bureau for a function, e.g. 湘潭县公安局, or None."""
        place = self._places_by_code.get(area)
        for rule in self.level_rules:
            if place is not None and area in rule.areas and function in rule.bureaus:
                return place.short + rule.bureaus[function]
        return None

    def place(self, code: str) -> Place | None:
        """Return the division with this code."""
        return self._places_by_code.get(code)

    def area_of(self, code: str) -> Place | None:
        """Return the area that a division's code lies in (itself for an area)."""
        place = self._places_by_code.get(code)
        while place is not None and place.level != "area":
            place = self._places_by_code.get(place.parent)
        return place

    def duties_of(self, unit: str) -> tuple[Duty, ...]:
        """Return the duties of a unit function, or of one unit by its id."""
        return tuple(duty for duty in self.duties if duty.unit == unit)
