"""Corrections learnt from a table of past returns, kept in the pack's returns.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from hotline_nlp.pack.read import read_table
from hotline_nlp.route.units import UnitTable
from hotline_nlp.taxonomy import load_taxonomy

COLUMNS = ("topic", "from", "to", "count")
SMOOTHING = 10.0


class Corrections:
    """Pairwise corrections: of a topic's orders sent to one unit, the share that ended with another.

    A noisy-channel correction: the new share of unit v is the sum over u of p(u) T[u, v], with
    T[u, v] = n(u, v) / (n(u) + SMOOTHING). n(u) counts all outcomes of the topic's orders at u, those that
    stayed (from = to) included. Without any order that stayed, the share of returns is unknown: then
    T[u, v] is scaled by the model's own doubt, 1 - p(u).
    """

    def __init__(self, rows: Iterable[tuple[str, str, str, int]] = ()) -> None:
        """Take rows of (topic, from, to, count) with official names."""
        self._counts: dict[str, dict[str, Counter[str]]] = {}
        for topic, source, target, count in rows:
            self._counts.setdefault(topic, {}).setdefault(source, Counter())[target] += count

    def __len__(self) -> int:
        """Return how many pairs of units were learnt, over all topics."""
        sources = (item for topic in self._counts.values() for item in topic.items())
        return sum(target != source for source, targets in sources for target in targets)

    def __contains__(self, topic: str) -> bool:
        """Tell whether anything was learnt for a topic."""
        return topic in self._counts

    def apply(self, topic: str, scores: Mapping[str, float]) -> dict[str, float]:
        """Return the corrected shares."""
        found: dict[str, float] = {}
        for unit, p in scores.items():
            counts = self._counts.get(topic, {}).get(unit)
            moved = 0.0
            if counts:
                scale = (1.0 if counts[unit] else 1.0 - p) / (sum(counts.values()) + SMOOTHING)
                for target, count in sorted(counts.items()):
                    if target != unit:
                        found[target] = found.get(target, 0.0) + p * count * scale
                        moved += count * scale
            found[unit] = found.get(unit, 0.0) + p * (1.0 - moved)
        return found

    def seen(self, topic: str, source: str, target: str) -> int:
        """Return how many orders went this way."""
        return self._counts.get(topic, {}).get(source, Counter())[target]


def read_corrections(path: Path, units: UnitTable) -> Corrections:
    """Return the pack's learnt corrections, none where it has no returns.csv; raise PackError."""
    return Corrections(read_counts(path, units))


def read_counts(path: Path, units: UnitTable) -> list[tuple[str, str, str, int]]:
    """Return the rows of a returns.csv as (topic, from, to, count) with official names; raise PackError."""
    if not path.exists():
        return []
    topics = {label.label for label in load_taxonomy().topics}
    found = []
    for row in read_table(path, COLUMNS):
        source, target = units.find(row["from"]), units.find(row["to"])
        if row["topic"] not in topics:
            row.fail(f"unknown topic {row['topic']!r}; see topics.csv")
        if not source or not target:
            row.fail(f"unknown unit {row['to'] if source else row['from']!r}; use a name or id of units.csv")
        if not row["count"].isascii() or not row["count"].isdigit():
            row.fail(f"count {row['count']!r} is no whole number from 0 up; correct it")
        found.append((row["topic"], source, target, int(row["count"])))
    return found
