"""Turn feedback into a table that `hotline-nlp train` takes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..batch.finish import WRITERS
from ..batch.inputs import check_suffix
from ..batch.output import Layout
from ..batch.write_sheet import check_rows
from ..errors import InputError
from .feedback import ACCEPTED, Feedback

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("id", "date", "text", "type", "topic", "unit", "lead", "kind", "returned_by", "reason", "model")


def training_rows(items: Iterable[Feedback]) -> list[dict[str, str]]:
    """Return a row for each request, by the last word on its ticket, or on its text where it has none.

    An accepted request has the labels that the model had given; a correction has those that the person gave,
    a return too: what nobody said stays "". A request without any label is left out.
    """
    last: dict[str, Feedback] = {}
    for item in items:
        last[f"ticket {item.ticket}" if item.ticket else f"text {item.text}"] = item
    rows = (_row(item) for item in last.values())
    return [row for row in rows if row["type"] or row["topic"] or row["unit"]]


def _row(item: Feedback) -> dict[str, str]:
    said = {head: getattr(item, head) for head in ("type", "topic", "unit")}
    if item.kind == ACCEPTED:
        said = {head: label or _predicted(item, head) for head, label in said.items()}
    plain = {name: str(getattr(item, name)) for name in ("text", "lead", "kind", "returned_by", "reason")}
    return {**plain, **said, "id": item.ticket or str(item.id), "date": item.at[:10], "model": item.model}


def _predicted(item: Feedback, head: str) -> str:
    score = (item.predicted or {}).get(head)
    return str(score["label"]) if score else ""


def write_export(items: Iterable[Feedback], out: Path) -> int:
    """Write a CSV, XLSX, JSONL or Parquet file, whole or not at all; return its rows.

    Raises FileFormatError for another suffix, InputError where the place can't be written.
    """
    import pyarrow as pa

    suffix = check_suffix(out)
    rows = training_rows(items)
    if suffix == ".xlsx":
        check_rows(len(rows))
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    columns = [pa.array([row[name] for row in rows], pa.string()) for name in COLUMNS]
    table: pa.Table = pa.table({f"in.{i}": column for i, column in enumerate(columns)})
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            WRITERS[suffix](stream, Layout(schema, {}), [table])
        part.replace(out)
    except OSError as error:
        raise InputError(f"{out} can't be written ({error.strerror}): choose another place.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return len(rows)
