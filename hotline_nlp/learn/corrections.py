"""Write a table again with the labels that a person put into the sheet of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .sources import as_text
from .worklist import read_worklist, texts_of
from .worksheet import clean

if TYPE_CHECKING:
    import pyarrow as pa

    from ..batch.rows import Chunk

SHEET = {"line": "行号", "column": "字段", "given": "原标签", "new": "改为", "text": "诉求"}
"""Columns of an audit's sheet that say what to change."""
_CHUNK, _COMPARED = 8192, 200


@dataclass(frozen=True, slots=True)
class Correction:
    """One label to change: line and column of the table, what stands there, what to write, the row's text."""

    line: int
    column: str
    given: str
    new: str
    text: str


def read_corrections(path: Path) -> list[Correction]:
    """Return the filled-in rows of an audit's sheet, in the order of lines.

    Raises InputError for another file, where nothing is filled in, or where a cell is to become two labels.
    """
    from ..batch.inputs import open_source

    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path.")
    if not set(SHEET.values()) <= set(open_source(path).schema.names):
        raise InputError(
            f"{path.name} is no sheet of audit: it lacks one of the columns {', '.join(SHEET.values())}."
        )
    data = read_worklist(path, SHEET["text"], SHEET)
    rows = zip(*(data.labels[name] for name in ("line", "column", "given", "new")), data.texts, strict=True)
    found: dict[tuple[int, str], Correction] = {}
    for line, column, given, new, text in rows:
        if not new:
            continue
        if not line.isdecimal():
            raise InputError(
                f"{path.name} has the 行号 {line!r}, which is no number: put back what stood there."
            )
        made = Correction(int(line), column, given, new, text)
        if found.setdefault((made.line, column), made).new != new:
            raise InputError(f"{path.name} gives row {line} two labels of {column}: keep one.")
    if not found:
        raise InputError(f"{path.name} has nothing in its column 改为: put the right labels there.")
    return [found[key] for key in sorted(found)]


def correct(table: Path, changes: list[Correction], out: Path, *, text: str, sheet: str | None = None) -> int:
    """Write the table with the labels changed, whole or not at all; return how many were.

    Other columns stay as they are; of a workbook the one sheet is written, without its formats. Raises
    InputError where a row is not what the audit saw, or can't be read or written.
    """
    from ..batch.choose import check_columns
    from ..batch.finish import WRITERS
    from ..batch.inputs import check_suffix, open_source
    from ..batch.output import Layout
    from ..batch.write_sheet import check_rows
    from ..files import write_whole

    write = WRITERS[check_suffix(out)]
    if not table.is_file():
        raise InputError(f"there is no file {table}: check the path.")
    source = open_source(table, sheet)
    check_columns(source.schema.names, text, table.name)
    gone = next((change.column for change in changes if change.column not in source.schema.names), None)
    if gone is not None:
        raise InputError(f"{table.name} has no column {gone!r}: give the table that was audited.")
    wanted: dict[int, list[Correction]] = {}
    for change in changes:
        wanted.setdefault(change.line, []).append(change)
    parts = [_changed(chunk, wanted, table.name) for chunk in source.chunks(text, _CHUNK, 0)]
    if wanted:
        raise InputError(f"{table.name} has no row {min(wanted)}: give the table that was audited.")
    if out.suffix.lower() == ".xlsx":
        check_rows(sum(part.num_rows for part in parts))
    tables = [part.rename_columns([f"in.{i}" for i in range(part.num_columns)]) for part in parts]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, lambda stream: write(stream, Layout(source.schema, {}), tables))
    except OSError as error:
        raise InputError(
            f"{out} can't be written ({error.strerror or error}): choose another place for it."
        ) from error
    return len(changes)


def _changed(chunk: Chunk, wanted: dict[int, list[Correction]], where: str) -> pa.Table:
    """Return a chunk's table with the changes of its lines, which leave `wanted`."""
    if chunk.faults:
        line = chunk.lines[min(chunk.faults)]
        raise InputError(f"row {line} of {where} can't be read, so it can't be written again: mend it first.")
    texts = texts_of(chunk)
    cells: dict[str, dict[int, str]] = {}
    for at, line in enumerate(chunk.lines):
        for change in wanted.pop(line, ()):
            if _bare(texts[at]) != _bare(change.text):
                raise InputError(
                    f"row {line} of {where} has another text than the audit saw: audit it again."
                )
            cells.setdefault(change.column, {})[at] = change.new
            _check_given(chunk.table, at, change, where)
    table = chunk.table
    for column, new in cells.items():
        table = _replaced(table, column, new)
    return table


def _bare(text: str) -> str:
    """Return what of a text survives a spreadsheet."""
    from ..batch.cells import plain

    return "".join(str(clean(plain(text))).split())[:_COMPARED]


def _check_given(table: pa.Table, at: int, change: Correction, where: str) -> None:
    from ..batch.cells import decode, is_cells

    value = table.column(change.column)[at].as_py()
    found = as_text(decode(value) if is_cells(table.schema.field(change.column)) else value).strip()
    if found != change.given:
        raise InputError(
            f"row {change.line} of {where} has the label {found!r} and had {change.given!r} in the audit: "
            "audit it again."
        )


def _replaced(table: pa.Table, column: str, new: Mapping[int, str]) -> pa.Table:
    """Return a table with some values of a column replaced, by position."""
    import pyarrow as pa

    from ..batch.cells import encode, is_cells

    field = table.schema.field(column)
    values: list[Any] = table.column(column).to_pylist()
    for at, label in new.items():
        values[at] = encode(label) if is_cells(field) else label
    try:
        array = pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(f"the column {column} holds no texts, so no label can be put there.") from error
    return table.set_column(table.schema.get_field_index(column), field, array)
