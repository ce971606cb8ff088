"""Score on the way the tickets that come without a label, by the columnar path."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .ledger import BY_MODEL

if TYPE_CHECKING:
    from ..classifier import Classifier

SCORED_UNIT = "lead_unit"
_HEADS = ("type", "topic", "unit", "district")


class Scorer:
    """Fills labels that are missing; loads the classifier when the first one is."""

    def __init__(self, load: Callable[[], Classifier]) -> None:
        """Keep how to load the classifier."""
        self._load = load
        self._clf: Classifier | None = None

    @property
    def name(self) -> str:
        """Return the model's name and version, "" where nothing was scored."""
        return self._clf.name if self._clf is not None else ""

    def fill(self, columns: dict[str, Any], roles: Mapping[str, str]) -> None:
        """Put the model's labels where `columns` (arrow arrays by role) have none, and mark them.

        roles: role -> heading. Units under the heading that `hotline-nlp score` writes are the model's too.

        A ticket that was handled on the spot needs no unit. Where nothing says how it was handled but units
        are given, a blank unit stays blank: it was not dispatched.
        """
        import pyarrow as pa

        lacking = {name: _blank(columns[name]) for name in _HEADS}
        lacking["unit"] &= _may_need_unit(columns, roles)
        if "district" in roles:
            lacking["district"][:] = False
        need = np.logical_or.reduce(list(lacking.values())) & ~_blank(columns["text"])
        rows = np.flatnonzero(need)
        marks = np.zeros(len(need), np.int8)
        if roles.get("unit") == SCORED_UNIT:
            marks[~_blank(columns["unit"])] |= BY_MODEL["unit"]
        if len(rows):
            if self._clf is None:
                self._clf = self._load()
            scored = self._clf.score_columns(columns["text"].take(pa.array(rows)))
            labels = {"type": "type", "topic": "topic", "unit": "lead_unit", "district": "district"}
            for name, source in labels.items():
                self._put(columns, name, scored.column(source), rows, lacking[name], marks)
            for name in ("decision", "flags"):
                self._put(columns, name, scored.column(name), rows, _blank(columns[name]), None)
            urgent = np.array(columns["urgent"].to_numpy(), copy=True)
            said = np.array([bool(value) for value in scored.column("urgent").to_pylist()], np.int8)
            urgent[rows] = np.where(urgent[rows] < 0, said, urgent[rows])
            columns["urgent"] = pa.array(urgent)
        columns["by_model"] = pa.array(marks)

    def _put(
        self, columns: dict[str, Any], name: str, scored: Any, rows: Any, lacking: Any, marks: Any
    ) -> None:
        """Put scored values (of `rows`) into a column where it lacks one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        plain = scored.cast(pa.string()).combine_chunks().fill_null("")
        at = np.full(len(lacking), -1, np.int64)
        at[rows] = np.arange(len(rows))
        use = lacking & (at >= 0)
        spread = plain.take(pa.array(np.maximum(at, 0)))
        columns[name] = pc.if_else(pa.array(use), spread, columns[name])
        if marks is not None:
            marks[use & ~_blank(columns[name])] |= BY_MODEL[name]


def _may_need_unit(columns: dict[str, Any], roles: Collection[str]) -> Any:
    if "unit" not in roles or "on_spot" in roles:
        return columns["on_spot"].to_numpy() != 1
    return np.zeros(len(columns["unit"]), bool)


def _blank(array: Any) -> Any:
    import pyarrow.compute as pc

    return np.asarray(pc.equal(array, "").to_numpy(zero_copy_only=False)).copy()
