"""The tickets of the months that count, as arrow columns: what every figure is a formula over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .period import Month

if TYPE_CHECKING:
    import pyarrow as pa

CODED = ("type", "topic", "unit", "channel", "district", "desk", "satisfied", "decision", "flags")
TEXTS = ("id", "caller", "call", "text")
ANSWERS = ("on_spot", "on_time", "called_back", "urgent")
MOMENTS = ("date", "due", "closed")
BY_MODEL = {"type": 1, "topic": 2, "unit": 4, "district": 8}
"""Bits of the column `by_model`: the labels that the model gave where the input has none."""
_LISTED = 3


@dataclass(slots=True)
class Faults:
    """Rows and values that can't be used: each kind is counted, the first few are named."""

    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, count: int, places: Sequence[str] = ()) -> None:
        """Count rows of one kind and remember where the first ones stand."""
        self.counts[kind] += count
        known = self.places.setdefault(kind, [])
        known += [place for place in places if place not in known][: max(_LISTED - len(known), 0)]

    def add_values(self, kind: str, values: Sequence[str]) -> None:
        """Count values of one kind, each once."""
        known = self.places.setdefault(kind, [])
        known += [value for value in values if value not in known]
        self.counts[kind] = len(known)

    def sentences(self) -> tuple[str, ...]:
        """Return a Chinese sentence for each kind; a kind's text has a {} for the count."""
        found = []
        for kind, count in self.counts.items():
            if count:
                first = "、".join(self.places[kind][:_LISTED])
                where = f"（如{first}）" if first else ""
                found.append(f"{kind.format(f'{count:,}')}{where}。")
        return tuple(found)


@dataclass(frozen=True)
class Ledger:
    """Tickets from a year before the month to its end, one row each.

    table: columns date, due, closed (float64 seconds since 1970, NaN unknown), the coded labels (dictionary,
    "" unknown), on_spot, on_time, called_back, urgent (int8: 1, 0, -1 unknown), id, caller, call, text
    (string), file (int16), line (int32), by_model (int8, see BY_MODEL) and month (int16: 0 the month itself,
    -1 the one before, -12 a year before). roles: those that a column of the input stands for.
    The column `spread` (uint32) is the same for all tickets of a caller; past texts are kept where it is
    below `bound`.
    """

    month: Month
    table: pa.Table
    roles: frozenset[str]
    files: tuple[str, ...]
    read: int
    faults: Faults
    model: str = ""
    bound: int = 1 << 32

    def months(self) -> NDArray[np.int16]:
        """Return each row's month, relative to the bulletin's."""
        return np.asarray(self.table.column("month").to_numpy())

    def rows(self, shift: int = 0) -> NDArray[np.bool_]:
        """Say which rows belong to a month."""
        return np.equal(self.months(), shift)

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column of numbers."""
        return np.asarray(self.table.column(name).to_numpy())

    def coded(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return a coded column: each row's code, and the labels that the codes stand for."""
        column = self.table.column(name).combine_chunks()
        return np.asarray(column.indices.to_numpy(), np.int32), list(column.dictionary.to_pylist())

    def with_coded(self, name: str, codes: NDArray[np.int32], labels: Sequence[str]) -> Ledger:
        """Return the ledger with another coded column in place of one."""
        import pyarrow as pa

        column = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(labels, pa.string()))
        return self.with_column(name, column)

    def with_column(self, name: str, column: Any) -> Ledger:
        """Return the ledger with another column in place of one."""
        table = self.table.set_column(self.table.column_names.index(name), name, column)
        return self.with_table(table)

    def with_table(self, table: pa.Table) -> Ledger:
        """Return the ledger with another table."""
        return replace(self, table=table)

    def name_of(self, row: int) -> str:
        """Return how to find a ticket again: its number, or its file and line."""
        number = self.table.column("id")[row].as_py()
        if number:
            return str(number)
        line = self.table.column("line")[row].as_py()
        file = self.files[self.table.column("file")[row].as_py()]
        return f"{file}第{line}行" if file else f"第{line}行"
