"""The brief view: a Result's chief fields, made from the columnar path without a Result a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..columns import NAMES
from ..result import SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier


def brief(clf: Classifier, texts: Sequence[str | None]) -> Iterator[dict[str, Any]]:
    """Yield each text's labels, probabilities, district, lead unit and decision, where a Result has them."""
    table: pa.Table = clf.score_columns(texts)
    model = clf.name
    rows = zip(*(_values(table.column(name)) for name in NAMES), strict=True)
    for kind, kind_p, topic, topic_p, unit, unit_p, urgent, urgent_p, flags, *rest in rows:
        action, why, lead, area, how = rest
        yield {
            "schema": SCHEMA,
            "type": None if kind is None else {"label": kind, "probability": kind_p},
            "topic": None if topic is None else {"label": topic, "probability": topic_p},
            "unit": None if unit is None else {"label": unit, "probability": unit_p},
            "urgent": bool(urgent),
            "urgent_probability": urgent_p or 0.0,
            "flags": flags.split(",") if flags else [],
            "place": {"district": area or ""},
            "dispatch": {"lead": lead or "", "procedure": how or ""},
            "decision": {"action": action, "reason": why},
            "model": model,
        }


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column as Python values, the labels of a dictionary looked up rather than made anew."""
    import pyarrow as pa

    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_dictionary(array.type):
        labels = [*array.dictionary.to_pylist(), None]
        return [labels[i] for i in array.indices.fill_null(-1).to_numpy().tolist()]
    if array.null_count == 0 and pa.types.is_floating(array.type):
        values: list[Any] = array.to_numpy().tolist()
        return values
    return list(array.to_pylist())
