"""Read and check the CSV tables of a city pack, one function a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from hotline_nlp.pack.model import LOCAL, Duty, KnownPlace, Place, Renamed, Tag, Unit
from hotline_nlp.pack.read import Row, read_table
from hotline_nlp.taxonomy import load_taxonomy

KINDS = ("县市区", "园区", "市直", "国企", "公用事业", "垂管")
UNIT_LEVELS = ("市", "县")
PLACE_LEVELS = ("area", "town", "village")
COLUMNS = {
    "units": ("id", "name", "aliases", "kind", "function", "area", "level"),
    "places": ("code", "name", "short", "level", "parent", "aliases"),
    "known_places": ("name", "aliases", "area", "town", "kind"),
    "renamed": ("old", "code", "note"),
    "duties": ("id", "unit", "clause", "topics"),
    "tags": ("desk", "tag", "triggers", "topics"),
}


def _rows(path: Path) -> Iterable[Row]:
    return read_table(path, COLUMNS[path.stem])


def _required(row: Row, *columns: str) -> None:
    for column in columns:
        if not row[column]:
            row.fail(f"{column!r} is empty; fill it in")


def _one_of(row: Row, column: str, allowed: Iterable[str]) -> None:
    if row[column] not in allowed:
        row.fail(f"unknown {column} {row[column]!r}; use one of {', '.join(allowed)}")


class _Unique:
    """Remember on which line a value first stood, and refuse it a second time."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lines: dict[str, int] = {}

    def add(self, row: Row, *values: str, scope: str = "") -> None:
        for value in dict.fromkeys(values):
            first = self._lines.setdefault(f"{scope}\0{value}", row.line)
            if first != row.line:
                row.fail(f"duplicate {self._what} {value!r}, first used on line {first}; remove one of them")
        if len(set(values)) != len(values):
            row.fail(f"duplicate {self._what} within the row; remove one of them")


def _code(row: Row, column: str, places: Mapping[str, Place], levels: Iterable[str]) -> str:
    """Check an optional reference to a place."""
    code = row[column]
    if code and (code not in places or places[code].level not in levels):
        row.fail(f"{column} {code!r} is not the code of a known {' or '.join(levels)}; see places.csv")
    return code


def read_places(path: Path) -> tuple[Place, ...]:
    """Return the divisions, with known parents and no cycle among them."""
    codes, names = _Unique("code"), _Unique("alias")
    found: dict[str, tuple[Place, Row]] = {}
    for row in _rows(path):
        _required(row, "code", "name", "short")
        _one_of(row, "level", PLACE_LEVELS)
        if not (row["code"].isascii() and row["code"].isdigit()):
            row.fail(f"code {row['code']!r} is not a number; use the digits of the division's code")
        if not row["parent"] and row["level"] != "area":
            row.fail(f"{row['name']} has no parent; a {row['level']} needs one")
        codes.add(row, row["code"])
        place = Place(
            row["code"], row["name"], row["short"], row["level"], row["parent"], row.parts("aliases")
        )
        names.add(row, place.short, *place.aliases, scope=place.parent)
        found[place.code] = (place, row)
    _check_parents(found)
    return tuple(place for place, _ in found.values())


def _check_parents(found: Mapping[str, tuple[Place, Row]]) -> None:
    for place, row in found.values():
        if place.parent and place.parent not in found:
            row.fail(f"unknown parent {place.parent!r}; add a row with that code or correct it")
    sound: set[str] = set()
    for code in found:
        path: dict[str, None] = {}
        while code and code not in sound:
            if code in path:
                found[code][1].fail(f"the parents of {code!r} form a cycle; correct the parent column")
            path[code] = None
            code = found[code][0].parent
        sound.update(path)


def read_units(path: Path, places: Mapping[str, Place]) -> tuple[Unit, ...]:
    """Return the units; ids, and names with aliases, are unique."""
    functions = tuple(label.label for label in load_taxonomy().unit_functions)
    ids, names = _Unique("id"), _Unique("alias")
    found = []
    for row in _rows(path):
        _required(row, "id", "name")
        _one_of(row, "kind", KINDS)
        _one_of(row, "function", functions)
        _one_of(row, "level", UNIT_LEVELS)
        area = _code(row, "area", places, ("area",))
        if row["function"] == LOCAL and not area:
            row.fail("a unit of 属地 needs its area code; see places.csv")
        aliases = row.parts("aliases")
        ids.add(row, row["id"])
        names.add(row, row["name"], *aliases)
        found.append(Unit(row["id"], row["name"], aliases, row["kind"], row["function"], area, row["level"]))
    return tuple(found)


def read_known_places(path: Path, places: Mapping[str, Place]) -> tuple[KnownPlace, ...]:
    """Return the well-known spots; a town must lie in the row's area."""
    names = _Unique("alias")
    found = []
    for row in _rows(path):
        _required(row, "name", "area", "kind")
        area, town = _code(row, "area", places, ("area",)), _code(row, "town", places, ("town",))
        if town and places[town].parent != area:
            row.fail(f"town {town!r} does not lie in area {area!r}; correct one of them")
        aliases = row.parts("aliases")
        names.add(row, row["name"], *aliases)
        found.append(KnownPlace(row["name"], aliases, area, town, row["kind"]))
    return tuple(found)


def read_renamed(path: Path, places: Mapping[str, Place]) -> tuple[Renamed, ...]:
    """Return former names with the code that each stands for today."""
    names = _Unique("name")
    found = []
    for row in _rows(path):
        _required(row, "old", "code")
        names.add(row, row["old"])
        found.append(Renamed(row["old"], _code(row, "code", places, PLACE_LEVELS), row["note"]))
    return tuple(found)


def _topics(row: Row) -> tuple[str, ...]:
    known = {label.label for label in load_taxonomy().topics}
    topics = row.parts("topics")
    for topic in topics:
        if topic not in known:
            row.fail(f"unknown topic {topic!r}; see the labels in topics.csv")
    return topics


def read_duties(path: Path, unit_ids: Iterable[str]) -> tuple[Duty, ...]:
    """Return the duty clauses, each of a unit function or of one unit."""
    holders = {label.label for label in load_taxonomy().unit_functions} | set(unit_ids)
    ids = _Unique("id")
    found = []
    for row in _rows(path):
        _required(row, "id", "clause")
        if row["unit"] not in holders:
            row.fail(f"unknown unit {row['unit']!r}; use a unit function or an id of units.csv")
        ids.add(row, row["id"])
        found.append(Duty(row["id"], row["unit"], row["clause"], _topics(row)))
    return tuple(found)


def read_tags(path: Path) -> tuple[Tag, ...]:
    """Return the tags of the special desks."""
    names = _Unique("tag")
    found = []
    for row in _rows(path):
        _required(row, "desk", "tag")
        names.add(row, row["tag"], scope=row["desk"])
        found.append(Tag(row["desk"], row["tag"], row.parts("triggers"), _topics(row)))
    return tuple(found)
