"""The job's memory on disk: parts, each whole or absent, and a journal of how far they reach.

A part is written beside its name, forced to the disk and then renamed; only then does the journal, written
the same way, count it. A job killed at any moment therefore restarts from what the journal says, and
at most one part is scored again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..files import part_of, sync_folder, write_whole
from .lock import LOCK
from .output import parquet_writer

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 4
JOURNAL = "journal.json"
OWN = (JOURNAL, "part-", "output", "rejects", LOCK)
"""Beginnings of the names that a job gives to files in its folder, a dot aside while they are written."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a job has come: whole parts, rows in them, and the place to go on reading."""

    parts: int = 0
    rows: int = 0
    file: int = 0
    file_rows: int = 0


class Part:
    """A part in the making: a row group a chunk, so that memory holds one; there only once it is kept."""

    def __init__(self, path: Path) -> None:
        """Open the file beside its name."""
        self._path, self._beside = path, part_of(path)
        self._stream = self._beside.open("wb")
        self._writer: Any = None
        self.chunks = 0
        self.bytes = 0

    def write(self, table: pa.Table) -> None:
        """Write one chunk."""
        import pyarrow as pa

        if self._writer is None:
            labels = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
            self._writer = parquet_writer(self._stream, table.schema, labels)
        self._writer.write_table(table)
        self.chunks += 1
        self.bytes += table.nbytes

    def keep(self) -> None:
        """Force the part to the disk and give it its name."""
        self._writer.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._beside.replace(self._path)
        sync_folder(self._path.parent)

    def drop(self) -> None:
        """Let go of a part that will not be kept; its file is written over or removed by the next run."""
        with suppress(OSError, ValueError):
            if self._writer is not None:
                self._writer.close()
        with suppress(OSError):
            self._stream.close()


class Journal:
    """The folder of parts of one job."""

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        """Take the folder and what identifies the job (JSON-ready)."""
        self.folder, self._identity = folder, identity
        self.position = Position()

    def open(self, resume: bool) -> None:
        """Read how far an earlier run came, or start anew.

        Raises InputError where the folder holds another job's parts or parts are missing.
        """
        self.folder.mkdir(exist_ok=True)
        path = self.folder / JOURNAL
        if resume and path.exists():
            self.position = self._resume(path)
        else:
            self.clear()
            self._save()

    def _resume(self, path: Path) -> Position:
        over = "run it again with --restart (resume=False) to start over"
        try:
            state = json.loads(path.read_text("utf-8"))
            position = Position(**state["position"])
            identity, number = state["identity"], state["format"]
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path} can't be read: {over}.") from None
        if number != FORMAT:
            raise InputError(f"{path} was written by another version of hotline_nlp: {over}.")
        for what, value in self._identity.items():
            if identity.get(what) != value:
                raise InputError(
                    f"{self.folder} holds an unfinished job with another "
                    f"{_difference(what, identity, value)}: {over}, or give the job of before to finish it."
                )
        missing = [part.name for part in self._parts(position.parts) if not part.is_file()]
        if missing:
            raise InputError(f"{self.folder / missing[0]} of the unfinished job is missing: {over}.")
        return position

    def _parts(self, count: int) -> list[Path]:
        return [self.folder / f"part-{i:05d}.parquet" for i in range(count)]

    def _save(self) -> None:
        state = {"format": FORMAT, "identity": self._identity, "position": asdict(self.position)}
        raw = json.dumps(state, ensure_ascii=False, indent=1).encode()
        write_whole(self.folder / JOURNAL, lambda stream: stream.write(raw))

    def part(self) -> Part:
        """Begin the next part."""
        return Part(self.folder / f"part-{self.position.parts:05d}.parquet")

    def count(self, part: Part, position: Position) -> None:
        """Keep a part that reaches to a position, then count it."""
        part.keep()
        self.position = position
        self._save()

    def tables(self) -> Iterator[pa.Table]:
        """Yield what the parts hold, in order, a row group at a time."""
        import pyarrow.parquet as pq

        for path in self._parts(self.position.parts):
            with pq.ParquetFile(path, pre_buffer=False) as file:
                for group in range(file.num_row_groups):
                    yield file.read_row_group(group, use_threads=False)
                if file.num_row_groups == 0:
                    yield file.read()

    def clear(self) -> None:
        """Remove what an earlier run left, the journal first; raise InputError for files of others."""
        for path in sorted(self.folder.iterdir(), key=lambda path: path.name != JOURNAL):
            if not path.name.removeprefix(".").startswith(OWN):
                raise InputError(f"{self.folder} holds {path.name}, which is no part of a job: move it away.")
            if path.name != LOCK:
                path.unlink()


def _difference(what: str, before: dict[str, Any], now: Any) -> str:
    """Say in which point two jobs differ."""
    old = before.get(what)
    if isinstance(now, dict) and isinstance(old, dict):
        for key, value in now.items():
            if old.get(key) != value:
                return f"{key} ({old.get(key)!r}, now {value!r})"
    if what == "inputs":
        return "input, or its input has changed since"
    return f"{what} ({old!r}, now {now!r})"
