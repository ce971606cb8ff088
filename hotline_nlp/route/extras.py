"""Read the optional files of a pack that only routing needs: distractors, rules and past returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hotline_nlp.pack.read import read_table

WEAK, FOREIGN, IGNORE = "weak", "foreign", "ignore"
KINDS = (WEAK, FOREIGN, IGNORE)


@dataclass(frozen=True, slots=True)
class Distractor:
    """A form that may mislead the place resolver.

    weak: a place whose name is also an everyday word; it counts only beside another place or a locator.
    foreign: another city; the place name right after it is not ours.
    ignore: a phrase that holds a place's name but is none (九华山).
    """

    name: str
    kind: str


def read_distractors(path: Path) -> tuple[Distractor, ...]:
    """Return the distractors, none where the pack has no such file; raise PackError for a faulty row."""
    if not path.exists():
        return ()
    seen: dict[str, int] = {}
    found = []
    for row in read_table(path, ("name", "kind")):
        if len(row["name"]) < 2:
            row.fail("'name' needs at least two characters; correct it")
        if row["kind"] not in KINDS:
            row.fail(f"unknown kind {row['kind']!r}; use one of {', '.join(KINDS)}")
        if row["name"] in seen:
            row.fail(f"duplicate name {row['name']!r}, first used on line {seen[row['name']]}; remove one")
        seen[row["name"]] = row.line
        found.append(Distractor(row["name"], row["kind"]))
    return tuple(found)
