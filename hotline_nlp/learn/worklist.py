"""Read the raw texts and the labels of a file, with the line of each row, to make a list to work through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..headings import need_columns
from ..normalise import reject_reason
from .sources import Faults, as_text

if TYPE_CHECKING:
    from ..batch.rows import Chunk

_CHUNK = 8192
_ID = "id"


@dataclass
class Worklist:
    """Rows of one file: raw texts ("" for none), labels a head ("" where unknown), line numbers, ids if any.

    notes: one sentence for each kind of row that was left out.
    """

    texts: list[str] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def usable(self, name: str) -> Worklist:
        """Return the rows whose text has words, the others noted; raise InputError where none has.

        name: what to call the file.
        """
        faults, kept = Faults(), list[int]()
        for row, text in enumerate(self.texts):
            if reject_reason(text) is None:
                kept.append(row)
            else:
                faults.add(f"{name}: rows without a usable text, left out", self.lines[row])
        if not kept:
            raise InputError(f"{name} has no row with a usable text: check its column of requests.")
        return Worklist(
            [self.texts[row] for row in kept],
            {head: [values[row] for row in kept] for head, values in self.labels.items()},
            [self.lines[row] for row in kept],
            [self.ids[row] for row in kept] if self.ids else [],
            (*self.notes, *faults.notes()),
        )


def texts_of(chunk: Chunk) -> list[str]:
    """Return the raw texts of a chunk's rows, "" for none."""
    from ..batch.cells import plain

    texts = chunk.texts.to_pylist() if hasattr(chunk.texts, "to_pylist") else chunk.texts
    return [value if isinstance(value, str) else plain(value) for value in texts]


def read_worklist(
    path: Path, text: str, columns: Mapping[str, str], *, id_: str | None = None, sheet: str | None = None
) -> Worklist:
    """Read a CSV, XLSX, JSONL or Parquet file; `columns` maps each head to the column of its labels.

    id_: the column of ticket numbers.

    Every row is kept, so that line numbers are the file's; labels lose the blanks around them. Raises
    ColumnError for a column that is not there or there twice, FileFormatError for a file that can't be read,
    InputError for one that is missing or has no rows.
    """
    from ..batch.cells import decode, is_cells
    from ..batch.inputs import open_source

    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path.")
    source = open_source(path, sheet)
    wanted = {**columns, **({_ID: id_} if id_ else {})}
    need_columns(source.schema.names, {"text": text, **wanted}, path.name)
    out = Worklist(labels={head: [] for head in wanted})
    for chunk in source.chunks(text, _CHUNK, 0):
        out.texts += texts_of(chunk)
        out.lines += list(chunk.lines)
        for head, name in wanted.items():
            values = chunk.table.column(name).to_pylist()
            if is_cells(chunk.table.schema.field(name)):
                values = [decode(value) for value in values]
            out.labels[head] += [as_text(value).strip() for value in values]
    if not out.texts:
        raise InputError(f"{path.name} has no rows: give a file with requests.")
    out.ids = out.labels.pop(_ID, [])
    return out
