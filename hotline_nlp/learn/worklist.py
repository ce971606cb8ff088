"""Read the raw texts and the labels of a file, with the line of each row, to make a list to work through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError

_CHUNK = 8192


@dataclass
class Worklist:
    """Rows of one file: raw texts ("" for none), labels a head ("" where unknown), line numbers."""

    texts: list[str] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)


def read_worklist(path: Path, text: str, columns: Mapping[str, str], *, sheet: str | None = None) -> Worklist:
    """Read a CSV, XLSX, JSONL or Parquet file; `columns` maps each head to the column of its labels.

    Every row is kept, so that line numbers are the file's; labels lose the blanks around them. Raises
    ColumnError for a column that is not there or there twice, FileFormatError for a file that can't be read,
    InputError for one that is missing or has no rows.
    """
    from ..batch.cells import decode, is_cells, plain
    from ..batch.choose import check_columns
    from ..batch.inputs import open_source

    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path.")
    source = open_source(path, sheet)
    for name in (text, *columns.values()):
        check_columns(source.schema.names, name, path.name)
    out = Worklist(labels={head: [] for head in columns})
    for chunk in source.chunks(text, _CHUNK, 0):
        texts = chunk.texts.to_pylist() if hasattr(chunk.texts, "to_pylist") else list(chunk.texts)
        out.texts += [value if isinstance(value, str) else plain(value) for value in texts]
        out.lines += list(chunk.lines)
        for head, name in columns.items():
            values = chunk.table.column(name).to_pylist()
            if is_cells(chunk.table.schema.field(name)):
                values = [decode(value) for value in values]
            out.labels[head] += [plain(value).strip() for value in values]
    if not out.texts:
        raise InputError(f"{path.name} has no rows: give a file with requests.")
    return out
