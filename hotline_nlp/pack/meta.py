"""Read the JSON files of a city pack: pack.json and shares.json."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hotline_nlp.pack.model import LevelRule
from hotline_nlp.pack.read import fail, line_of, read_object
from hotline_nlp.taxonomy import load_taxonomy

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Meta:
    """What pack.json says."""

    id: str
    city: str
    province: str
    short_names: tuple[str, ...]
    schema_version: str
    level_rules: tuple[LevelRule, ...]


def _check_format(path: Path, data: dict[str, Any], text: str) -> None:
    number = data.get("format")
    line = line_of(text, "format")
    if type(number) is not int or number < 1:
        fail(path, line, f"format must be a whole number from 1 to {FORMAT}, not {number!r}")
    if number > FORMAT:
        fail(path, line, f"the pack has format {number}, newer than {FORMAT}; update hotline_nlp to read it")


def read_meta(path: Path, areas: Container[str]) -> Meta:
    """Return the checked content of pack.json; level rules may name these areas."""
    data, text = read_object(path)
    _check_format(path, data, text)
    for key in ("id", "city", "province", "schema_version"):
        if not isinstance(data.get(key), str) or not data[key].strip():
            fail(path, line_of(text, key), f"{key!r} must be a non-empty text")
    names = data.get("short_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        fail(path, line_of(text, "short_names"), "'short_names' must be a list of texts")
    return Meta(
        id=data["id"],
        city=data["city"],
        province=data["province"],
        short_names=tuple(names),
        schema_version=data["schema_version"],
        level_rules=_level_rules(path, data.get("level_rules", []), text, areas),
    )


def _level_rules(path: Path, rules: Any, text: str, known: Container[str]) -> tuple[LevelRule, ...]:
    functions = {label.label for label in load_taxonomy().unit_functions}
    line = line_of(text, "level_rules")
    if not isinstance(rules, list):
        fail(path, line, "'level_rules' must be a list")
    found, taken = [], set[tuple[str, str]]()
    for rule in rules:
        areas = rule.get("areas") if isinstance(rule, dict) else None
        bureaus = rule.get("bureaus") if isinstance(rule, dict) else None
        if not isinstance(areas, list) or not isinstance(bureaus, dict):
            fail(path, line, "each of 'level_rules' needs 'areas' (a list) and 'bureaus' (an object)")
        for area in areas:
            if area not in known:
                fail(path, line_of(text, str(area)), f"unknown area {area!r}; use a code of places.csv")
        for function in bureaus:
            if function not in functions:
                fail(
                    path,
                    line_of(text, function),
                    f"unknown unit function {function!r}; see unit_functions.csv",
                )
            if not isinstance(bureaus[function], str) or not bureaus[function].strip():
                wrong = f"the bureau of {function!r} must be a non-empty text, not {bureaus[function]!r}"
                fail(path, line_of(text, function), wrong)
            for area in areas:
                if (area, function) in taken:
                    again = f"{function!r} has two bureaus in area {area!r}; keep one of the level rules"
                    fail(path, line_of(text, str(area)), again)
                taken.add((area, function))
        found.append(LevelRule(tuple(map(str, areas)), MappingProxyType(dict(bureaus))))
    return tuple(found)


def read_shares(path: Path) -> dict[str, Any]:
    """Return a month's figures, {} where the pack has no shares.json; counts are whole numbers from 0 up."""
    if not path.exists():
        return {}
    data, text = read_object(path)
    _check_format(path, data, text)
    for key, value in data.items():
        if key in ("format", "period"):
            continue
        counts = value if isinstance(value, dict) else {key: value}
        for name, count in counts.items():
            if type(count) is not int or count < 0:
                fail(path, line_of(text, name), f"{name!r} must be a whole number from 0 up, not {count!r}")
    return data
