"""A city's own dispatch rules (派单目录): topic, words and place -> unit, read from the pack's rules.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline_nlp.pack import CityPack
from hotline_nlp.pack.read import Row, read_table
from hotline_nlp.taxonomy import load_taxonomy

COLUMNS = ("id", "functions", "topics", "words", "areas", "unit", "co_units", "note")
ANYWHERE = "any"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: where all its filled conditions hold, `unit` leads and `co_units` help.

    functions, topics, words, areas: one of each must hold, an empty tuple holds always; areas may be
    ("any",): the text must name some district. unit and co_units are ids of units.csv or unit functions.
    """

    id: str
    functions: tuple[str, ...]
    topics: tuple[str, ...]
    words: tuple[str, ...]
    areas: tuple[str, ...]
    unit: str
    co_units: tuple[str, ...]
    note: str

    def holds(self, text: str, area: str) -> bool:
        """Tell whether the words and the place fit."""
        if self.areas and not (area and (area in self.areas or self.areas == (ANYWHERE,))):
            return False
        return not self.words or any(word in text for word in self.words)

    def word_in(self, text: str) -> str:
        """Return the first word of the rule that stands in the text, "" where it has none."""
        return next((word for word in self.words if word in text), "")


class RuleBook:
    """The rules of a city, the first that holds wins."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        """Keep the rules in their order."""
        self._rules = tuple(rules)
        self._fitting: dict[tuple[str, str], tuple[Rule, ...]] = {}

    def __len__(self) -> int:
        """Return how many rules there are."""
        return len(self._rules)

    def match(self, function: str, topic: str, text: str, area: str) -> Rule | None:
        """Return the first rule that holds for the top function, the topic, the text and the area's code."""
        key = (function, topic)
        fitting = self._fitting.get(key)
        if fitting is None:
            fitting = self._fitting[key] = tuple(
                rule
                for rule in self._rules
                if (not rule.functions or function in rule.functions)
                and (not rule.topics or topic in rule.topics)
            )
        for rule in fitting:
            if rule.holds(text, area):
                return rule
        return None


def read_rules(path: Path, pack: CityPack) -> tuple[Rule, ...]:
    """Return the rules, none where the pack has no rules.csv; raise PackError for a faulty row."""
    if not path.exists():
        return ()
    taxonomy = load_taxonomy()
    functions = {label.label for label in taxonomy.unit_functions}
    units = {unit.id for unit in pack.units} | functions
    topics = {label.label for label in taxonomy.topics}
    areas = {place.code for place in pack.places if place.level == "area"}
    lines: dict[str, int] = {}
    found = []
    for row in read_table(path, COLUMNS):
        first = lines.setdefault(row["id"], row.line)
        if first != row.line:
            row.fail(f"duplicate id {row['id']!r}, first used on line {first}; give each rule its own")
        _known(row, "functions", functions, "unit_functions.csv")
        _known(row, "topics", topics, "topics.csv")
        _known(row, "co_units", units, "units.csv")
        if row.parts("areas") != (ANYWHERE,):
            _known(row, "areas", areas, "places.csv")
        if not row["id"] or row["unit"] not in units:
            row.fail(f"unknown unit {row['unit']!r} or empty id; use an id of units.csv or a unit function")
        rule = Rule(
            row["id"],
            row.parts("functions"),
            row.parts("topics"),
            row.parts("words"),
            row.parts("areas"),
            row["unit"],
            row.parts("co_units"),
            row["note"],
        )
        if not (rule.functions or rule.topics or rule.words):
            row.fail("the rule has no function, topic or word, so it would take every request; add one")
        found.append(rule)
    return tuple(found)


def _known(row: Row, column: str, allowed: set[str], source: str) -> None:
    for part in row.parts(column):
        if part not in allowed:
            row.fail(f"unknown value {part!r} in {column!r}; see {source}")
