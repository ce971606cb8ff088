"""Corrections learnt from a table of past returns, kept in the pack's returns.csv."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline_nlp.errors import ColumnError, FileFormatError, InputError
from hotline_nlp.pack.read import read_table
from hotline_nlp.route.units import UnitTable
from hotline_nlp.taxonomy import load_taxonomy

COLUMNS = ("topic", "from", "to", "count")
SYNONYMS = {
    "topic": ("topic", "事项", "事项类别", "主题"),
    "from": ("from", "首派单位", "退回单位", "原承办单位"),
    "to": ("to", "改派单位", "实际承办单位", "承办单位"),
    "count": ("count", "件数", "次数"),
}
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
    return Corrections(_read_counts(path, units))


def _read_counts(path: Path, units: UnitTable) -> list[tuple[str, str, str, int]]:
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


@dataclass(frozen=True, slots=True)
class Learned:
    """What learn_returns did: orders read, returns among them, pairs in the pack now, the file written."""

    orders: int
    returned: int
    pairs: int
    path: Path


def learn_returns(table: str | Path | Iterable[Mapping[str, Any]], units: UnitTable, out: Path) -> Learned:
    """Count past returns into a pack's returns.csv, on top of what it holds.

    table: a CSV or XLSX file, or mappings, with the topic, the unit first sent to and the unit that took the
    order (columns topic, from, to, or 事项, 首派单位, 改派单位), optionally a count. An order whose `to` is
    empty or equals `from` stayed. Raises ColumnError for a missing column, FileFormatError for an unreadable
    file, InputError for an unknown topic or unit, naming the line.
    """
    where = str(table) if isinstance(table, (str, Path)) else "the table"
    topics = {label.label for label in load_taxonomy().topics}
    counts: Counter[tuple[str, str, str]] = Counter()
    for topic, source, target, count in _read_counts(out, units):
        counts[topic, source, target] += count
    orders = returned = 0
    for line, row in enumerate(_rows(table), 2):
        cells = _cells(row, where)
        source = units.find(cells["from"])
        target = units.find(cells["to"]) if cells["to"] else source
        if cells["topic"] not in topics:
            raise InputError(f"{where}, line {line}: unknown topic {cells['topic']!r}; see topics.csv")
        if not source or not target:
            bad = cells["to"] if source else cells["from"]
            raise InputError(f"{where}, line {line}: unknown unit {bad!r}; use a name or alias of units.csv")
        if not cells["count"].isdigit():
            raise InputError(f"{where}, line {line}: count {cells['count']!r} is no whole number from 0 up")
        counts[cells["topic"], source, target] += int(cells["count"])
        orders += int(cells["count"])
        returned += int(cells["count"]) * (source != target)
    _write(out, counts)
    return Learned(orders, returned, sum(source != target for _, source, target in counts), out)


def _cells(row: Mapping[str, Any], where: str) -> dict[str, str]:
    found = {}
    for column, names in SYNONYMS.items():
        name = next((n for n in names if n in row), None)
        if name is None and column != "count":
            raise ColumnError(f"{where} has no column {column!r} (or {'、'.join(names[1:])}); add it")
        value = row[name] if name is not None else 1
        found[column] = "" if value is None else str(value).strip()
    return found


def _rows(table: str | Path | Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    if not isinstance(table, (str, Path)):
        return table
    path = Path(table)
    try:
        if path.suffix.lower() == ".xlsx":
            return _sheet(path)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileFormatError(f"{path} can't be read ({error}); pass a UTF-8 CSV or an XLSX file") from error


def _sheet(path: Path) -> list[dict[str, Any]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError) as error:
        raise FileFormatError(f"{path} is no XLSX workbook ({error}); save it again as .xlsx") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        header = [str(cell or "").strip() for cell in next(rows, ())]
        return [dict(zip(header, row, strict=False)) for row in rows if any(cell is not None for cell in row)]
    finally:
        book.close()


def _write(out: Path, counts: Mapping[tuple[str, str, str], int]) -> None:
    part = out.with_suffix(".csv.part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*pair, counts[pair]) for pair in sorted(counts))
    part.replace(out)
