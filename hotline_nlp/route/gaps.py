"""Point out what a valid city pack still leaves open: each note names the file, and the line where one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hotline_nlp.pack import CityPack
from hotline_nlp.pack.model import LOCAL
from hotline_nlp.pack.read import read_table
from hotline_nlp.route.rules import ANYWHERE, Rule, read_rules
from hotline_nlp.taxonomy import load_taxonomy

SHOWN = 6


def find_gaps(pack: CityPack) -> tuple[str, ...]:
    """Return what dispatch lacks: areas and functions without a unit, units without a duty, dead rules."""
    return (*_areas(pack), *_functions(pack), *_duties(pack), *_rules(pack))


def _areas(pack: CityPack) -> Iterator[str]:
    lines = _lines(pack.folder / "places.csv", "code")
    for place in pack.places:
        if place.level == "area" and pack.local_unit(place.code) is None:
            yield (
                f"{pack.folder / 'places.csv'}, line {lines[place.code]}: {place.name} has no unit of "
                f"{LOCAL} in units.csv; its orders go to the area with the most orders"
            )


def _functions(pack: CityPack) -> Iterator[str]:
    missing = [label.label for label in load_taxonomy().unit_functions if not pack.units_for(label.label)]
    if missing:
        yield (
            f"{pack.folder / 'units.csv'}: no unit has the function {_some(missing)}; dispatch then names "
            "the function instead of a unit"
        )


def _duties(pack: CityPack) -> Iterator[str]:
    holders = {duty.unit for duty in pack.duties}
    lines = _lines(pack.folder / "units.csv", "id")
    idle = [unit for unit in pack.units if not {unit.id, unit.function} & holders]
    for unit in idle[:SHOWN]:
        yield (
            f"{pack.folder / 'units.csv'}, line {lines[unit.id]}: {unit.name} has no clause in duties.csv; "
            "no reason can quote one, and doubtful requests come back as unclear_duty"
        )
    if len(idle) > SHOWN:
        yield f"{pack.folder / 'units.csv'}: {len(idle) - SHOWN} more units have no clause in duties.csv"


def _rules(pack: CityPack) -> Iterator[str]:
    path = pack.folder / "rules.csv"
    rules = read_rules(path, pack)
    lines = _lines(path, "id") if rules else {}
    for at, rule in enumerate(rules):
        first = next((earlier for earlier in rules[:at] if _covers(earlier, rule)), None)
        if first is not None:
            yield (
                f"{path}, line {lines[rule.id]}: rule {rule.id} never decides, since {first.id} on line "
                f"{lines[first.id]} holds wherever it does; move it up or remove it"
            )


def _covers(earlier: Rule, later: Rule) -> bool:
    """Tell whether the earlier rule holds wherever the later one does."""
    conditions = ("functions", "topics", "words")
    pairs = [(set(getattr(earlier, name)), set(getattr(later, name))) for name in conditions]
    if any(wide and not (narrow and narrow <= wide) for wide, narrow in pairs):
        return False
    if not earlier.areas or earlier.areas == later.areas:
        return True
    return bool(later.areas) and (earlier.areas == (ANYWHERE,) or set(later.areas) <= set(earlier.areas))


def _lines(path: Path, column: str) -> dict[str, int]:
    return {row[column]: row.line for row in read_table(path, (column,))}


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "、".join(names[:SHOWN]) + more
