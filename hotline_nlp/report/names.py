"""One name for each unit and district, whatever the tickets call it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..pack import CityPack
from ..pack.model import LOCAL
from .ledger import BY_MODEL, Ledger


def settle(ledger: Ledger, pack: CityPack) -> Ledger:
    """Return the ledger with units and districts under one name each.

    Names that the pack knows as the same unit become the spelling that the tickets use most. A unit that the
    model gave is named as the city dispatches: a county's own bureau counts as its county.
    """
    return _districts(_units(ledger, pack), pack)


def _units(ledger: Ledger, pack: CityPack) -> Ledger:
    codes, labels = ledger.coded("unit")
    guessed = (ledger.numbers("by_model") & BY_MODEL["unit"]) > 0
    counts = np.bincount(codes[~guessed], minlength=len(labels))
    spelling: dict[str, Counter[str]] = defaultdict(Counter)
    for label, count in zip(labels, counts.tolist(), strict=True):
        unit = pack.find_unit(label)
        if unit is not None and count:
            spelling[unit.id][label] += count
    chosen = {key: found.most_common(1)[0][0] for key, found in spelling.items()}
    county = _county_bureaus(pack)
    given = [_unit_name(pack, label, chosen) for label in labels]
    of_model = [_unit_name(pack, county.get(label, label), chosen) for label in labels]
    return _renamed(ledger, "unit", codes, given, of_model, guessed)


def _unit_name(pack: CityPack, label: str, chosen: Mapping[str, str]) -> str:
    unit = pack.find_unit(label)
    if unit is None:
        return label
    area = pack.place(unit.area) if unit.function == LOCAL else None
    usual = area.short if area is not None else next(iter(unit.aliases), unit.name)
    return chosen.get(unit.id, usual)


def _county_bureaus(pack: CityPack) -> dict[str, str]:
    """Return the names of counties' own bureaus, each with the name of its local government."""
    found = {}
    for unit in pack.units:
        if unit.function == LOCAL:
            for rule in pack.level_rules:
                for function in rule.bureaus:
                    name = pack.county_unit(unit.area, function)
                    if name:
                        found[name] = unit.name
        elif unit.level == "县" and unit.area:
            local = pack.local_unit(unit.area)
            if local is not None:
                found[unit.name] = local.name
    return found


def _renamed(
    ledger: Ledger,
    name: str,
    codes: NDArray[np.int32],
    given: Sequence[str],
    of_model: Sequence[str],
    guessed: NDArray[np.bool_],
) -> Ledger:
    labels = list(dict.fromkeys(("", *given, *of_model)))
    at = {label: i for i, label in enumerate(labels)}
    first, second = (np.array([at[label] for label in side], np.int32) for side in (given, of_model))
    return ledger.with_coded(name, np.where(guessed, second[codes], first[codes]), labels)


def district_names(pack: CityPack) -> dict[str, str]:
    """Return every name of an area, each with the short name that the bulletin prints."""
    found: dict[str, str] = {}
    for place in pack.places:
        if place.level != "area":
            continue
        local = pack.local_unit(place.code)
        names = (place.name, place.short, *place.aliases, *((local.name, *local.aliases) if local else ()))
        found.update(dict.fromkeys(names, place.short))
    return found


def _districts(ledger: Ledger, pack: CityPack) -> Ledger:
    codes, labels = ledger.coded("district")
    known = district_names(pack)
    names = [known.get(label, label) for label in labels]
    return _renamed(ledger, "district", codes, names, names, np.zeros(len(codes), bool))
