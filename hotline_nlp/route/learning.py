"""Learn from a table of past returns: count who gave which orders to whom, into a pack's returns.csv."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline_nlp.errors import InputError
from hotline_nlp.files import save_file
from hotline_nlp.route.bounce_table import Order, read_orders
from hotline_nlp.route.corrections import COLUMNS, read_counts
from hotline_nlp.route.units import UnitTable
from hotline_nlp.taxonomy import load_taxonomy

LISTED = 5
_SEAL = "# learnt from "


@dataclass(frozen=True, slots=True)
class Learned:
    """What learn_returns did.

    orders read, returned ones among them, pairs in the pack now (from and to differ), the file written,
    skipped rows and why (the first few, by line), the pairs of this table with the most frequent first.
    """

    orders: int
    returned: int
    pairs: int
    path: Path
    skipped: int = 0
    faults: tuple[str, ...] = ()
    top: tuple[tuple[str, str, str, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        plain = {name: getattr(self, name) for name in ("orders", "returned", "pairs", "skipped")}
        pairs = [dict(zip(COLUMNS, row, strict=True)) for row in self.top]
        return {**plain, "path": str(self.path), "faults": list(self.faults), "top": pairs}


@dataclass(slots=True)
class _Tally:
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    skipped: int = 0

    def add(self, order: Order, units: UnitTable, topics: set[str]) -> None:
        """Count an order, or note why it can't be used."""
        source = units.find(order.source)
        target = units.find(order.target) if order.target else source
        why = ""
        if order.topic not in topics:
            why = f"unknown topic {order.topic!r}; see topics.csv"
        elif not source or not target:
            bad = order.target if source else order.source
            why = f"unknown unit {bad!r}; use a name, alias or id of units.csv"
        elif not (order.count.isascii() and order.count.isdigit()) or len(order.count) > 9:
            why = f"count {order.count!r} is no whole number from 0 up"
        if not why:
            self.counts[order.topic, source, target] += int(order.count)
            return
        self.skipped += 1
        if len(self.faults) < LISTED:
            self.faults.append(f"line {order.line}: {why}")


def learn_returns(
    table: str | Path | Iterable[Mapping[str, Any]],
    units: UnitTable,
    out: Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    skip_bad: bool = False,
    replace: bool = False,
) -> Learned:
    """Count past orders into a pack's returns.csv, on top of what it holds unless `replace`.

    table: a CSV or XLSX file, or mappings, a row an order: the topic, the unit first sent to and the unit
    that took it (columns topic, from, to, or 事项, 首派单位, 改派单位, or as `columns` has them), optionally
    a count. An order whose `to` is empty or equals `from` stayed; such rows tell how often a unit keeps its
    orders. Rows with an unknown topic or unit or a bad count are refused, or left out with `skip_bad`; the
    file is written whole or not at all.
    Raises ColumnError for a missing column, FileFormatError for an unreadable file, InputError for bad
    rows, naming the lines, for a file that was learnt before, and where returns.csv can't be written.
    """
    where = str(table) if isinstance(table, str | Path) else "the table"
    if isinstance(table, str | Path) and out.exists() and Path(table).exists() and out.samefile(table):
        raise InputError(f"{where} is where the pack keeps what it learnt; give a table of past orders")
    seals = [] if replace else _seals(out)
    tally, topics = _Tally(), {label.label for label in load_taxonomy().topics}
    for order in read_orders(table, columns, sheet):
        tally.add(order, units, topics)
    if isinstance(table, str | Path):
        seal = hashlib.sha256(Path(table).read_bytes()).hexdigest()[:16]
        if any(line.split()[3] == seal for line in seals):
            raise InputError(
                f"{where} was learnt into {out} before; pass new orders only, or start over with --replace"
            )
        seals.append(f"{_SEAL}{seal} {Path(table).name}".replace('"', "'").replace("\n", " "))
    if tally.faults and not skip_bad:
        more = f"; and {tally.skipped - LISTED} more" if tally.skipped > LISTED else ""
        raise InputError(
            f"{where}, {'; '.join(tally.faults)}{more}: correct them, or leave them out with --skip-bad"
        )
    if not tally.counts:
        raise InputError(f"{where} holds no order that can be learnt; give rows with topic, from and to")
    return _finish(tally, {} if replace else _known(out, units), seals, out)


def _known(out: Path, units: UnitTable) -> Counter[tuple[str, str, str]]:
    known: Counter[tuple[str, str, str]] = Counter()
    for topic, source, target, count in read_counts(out, units):
        known[topic, source, target] += count
    return known


def _finish(tally: _Tally, known: Mapping[tuple[str, str, str], int], seals: list[str], out: Path) -> Learned:
    both = tally.counts + Counter(known)
    _write(out, both, seals)
    moved = Counter({pair: n for pair, n in tally.counts.items() if pair[1] != pair[2]})
    top = sorted(moved.items(), key=lambda item: (-item[1], item[0]))[:10]
    return Learned(
        sum(tally.counts.values()),
        sum(moved.values()),
        sum(source != target for _, source, target in both),
        out,
        tally.skipped,
        tuple(tally.faults),
        tuple((*pair, count) for pair, count in top),
    )


def _seals(out: Path) -> list[str]:
    """Return the lines of a returns.csv that name the tables it was learnt from."""
    if not out.exists():
        return []
    with out.open(encoding="utf-8-sig", errors="replace") as stream:
        return [line.rstrip("\n") for line in stream if line.startswith(_SEAL) and len(line.split()) > 3]


def _write(out: Path, counts: Mapping[tuple[str, str, str], int], seals: Iterable[str]) -> None:
    stream = io.StringIO(newline="")
    stream.writelines(f"{seal}\n" for seal in seals)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((*pair, counts[pair]) for pair in sorted(counts))
    save_file(out, stream.getvalue().encode(), "copy the pack to a folder of your own and pass that")
