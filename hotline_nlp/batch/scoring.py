"""Score texts into columns, whatever the texts are, and put the reason of unreadable rows in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .rows import Chunk, Fault

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier


def score_texts(clf: Classifier, texts: Any) -> pa.Table:
    """Score texts, a missing one (an empty cell) as an empty text."""
    if isinstance(texts, list):
        return clf.score_columns(["" if text is None else text for text in texts])
    return clf.score_columns(texts.fill_null(""))


def plain_columns(table: pa.Table) -> pa.Table:
    """Return a table with dictionary columns as plain texts."""
    import pyarrow as pa

    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(field.type.value_type))
    return table


def with_reasons(scored: pa.Table, faults: Mapping[int, Fault]) -> pa.Table:
    """Return scored columns with the reasons of the rows that could not be read."""
    import pyarrow as pa

    if not faults:
        return scored
    at = scored.column_names.index("reason")
    reasons = scored.column(at).to_pylist()
    for row, fault in faults.items():
        reasons[row] = fault.reason
    return scored.set_column(at, "reason", pa.array(reasons, pa.string()).dictionary_encode())


def part_table(file: int, chunk: Chunk, scored: pa.Table) -> pa.Table:
    """Return a chunk's part: file, line, content of faults, in.0..., and all score columns."""
    import pyarrow as pa

    scored = with_reasons(scored, chunk.faults)
    rows = chunk.table.num_rows
    content: list[Any] = [chunk.faults[i].content if i in chunk.faults else None for i in range(rows)]
    columns: dict[str, Any] = {
        "file": pa.array([file] * rows, pa.int32()),
        "line": pa.array(chunk.lines, pa.int64()),
        "content": pa.array(content, pa.string()),
    }
    columns.update((f"in.{i}", column) for i, column in enumerate(chunk.table.columns))
    columns.update((name, scored.column(name)) for name in scored.column_names)
    return pa.table(columns)
