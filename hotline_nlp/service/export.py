"""Turn feedback into a table that `hotline-nlp train` takes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..batch.finish import WRITERS
from ..batch.inputs import check_suffix
from ..batch.output import Layout
from ..batch.write_sheet import check_rows
from ..errors import InputError
from ..files import write_whole
from .feedback import ACCEPTED, RETURN, Feedback

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("id", "date", "text", "type", "topic", "unit", "lead", "kind", "returned_by", "reason", "model")
HEADS = ("type", "topic", "unit")


def training_rows(items: Iterable[Feedback]) -> list[dict[str, str]]:
    """Return a row for each ticket, or each text that has none, by the last word on each of its heads.

    An accepted request has the labels that the model had given; a correction has those that the person gave,
    a return too: of what it does not name, what was said before stays. A return takes back the unit that sent
    the order back, and no other. A request without any label is left out.
    """
    told: dict[str, _Told] = {}
    for item in items:
        told.setdefault(f"ticket {item.ticket}" if item.ticket else f"text {item.text}", _Told()).take(item)
    rows = (one.row() for one in told.values())
    return [row for row in rows if any(row[head] for head in HEADS)]


class _Told:
    """What people have said of one request: labels by head, and the real unit that leads."""

    def __init__(self) -> None:
        self._last = Feedback("", "")
        self._said = dict.fromkeys(HEADS, "")
        self._lead = ""  # as a person named it
        self._meant = ""  # as the model had named it for the unit that stands

    def take(self, item: Feedback) -> None:
        """Hear one more item."""
        self._last = item
        given = {head: getattr(item, head) for head in HEADS}
        if item.kind == ACCEPTED:
            given = {head: label or _predicted(item, head) for head, label in given.items()}
        if item.kind == RETURN and self._sent_back(item):
            self._set_unit("", item)
        if given["unit"]:
            self._set_unit(given["unit"], item)
        elif item.lead:
            if self._lead not in ("", item.lead):  # of the other unit nobody said the function
                self._set_unit("", item)
            self._lead = item.lead
        self._said.update({head: given[head] for head in ("type", "topic") if given[head]})

    def _set_unit(self, unit: str, item: Feedback) -> None:
        self._said["unit"], self._lead = unit, item.lead
        self._meant = _led(item, unit)

    def _sent_back(self, item: Feedback) -> bool:
        """Tell whether the unit that stands is the one that sent the order back."""
        back, unit = item.returned_by, self._said["unit"]
        lead = self._lead or self._meant or _led(item, unit) or unit
        return "" not in (back, lead) and (back == unit or back in lead or lead in back)

    def row(self) -> dict[str, str]:
        """Return the request as a row of the export."""
        last = self._last
        plain = {
            name: str(getattr(last, name)) for name in ("text", "kind", "returned_by", "reason", "model")
        }
        return {
            **plain,
            **self._said,
            "lead": self._lead,
            "id": last.ticket or str(last.id),
            "date": last.at[:10],
        }


def _led(item: Feedback, unit: str) -> str:
    """Return the real unit that the model had named for this unit function, "" where it named another one."""
    predicted = item.predicted or {}
    return str(predicted.get("lead") or "") if unit and unit == _predicted(item, "unit") else ""


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
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, lambda stream: WRITERS[suffix](stream, Layout(schema, {}), [table]))
    except OSError as error:
        raise InputError(f"{out} can't be written ({error.strerror}): choose another place.") from error
    return len(rows)
