"""Turn the parts of a finished job into the output, the rejects file and the counts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..files import sync_folder, write_whole
from .inputs import side_paths
from .journal import Journal
from .output import GROUP, LINES, Layout, regroup
from .report import COUNTED, LISTED, Progress, ProgressCallback, Reject, count_labels
from .write_sheet import write_parquet, write_xlsx
from .write_text import write_csv, write_jsonl

if TYPE_CHECKING:
    import pyarrow as pa

Writer = Callable[[IO[bytes], Layout, "Iterable[pa.Table]"], tuple[str, ...]]
WRITERS: dict[str, Writer] = {
    ".csv": write_csv,
    ".jsonl": write_jsonl,
    ".ndjson": write_jsonl,
    ".parquet": write_parquet,
    ".xlsx": write_xlsx,
}


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of all parts in groups of fixed size; can be gone through again and again."""

    journal: Journal
    size: int
    progress: ProgressCallback | None = None

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the groups, telling how far the writing has come."""
        done, rows = 0, self.journal.position.rows
        for table in regroup(self.journal.tables(), self.size):
            yield table
            done += table.num_rows
            if self.progress is not None:
                self.progress(Progress(done, done / max(rows, 1), "write"))


@dataclass(slots=True)
class Tally:
    """Counts over all rows, and the rejects."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in COUNTED})
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0

    def add(self, table: pa.Table) -> None:
        """Count a part's labels and decisions."""
        for name, counter in self.counts.items():
            count_labels(counter, table.column(name))

    def sorted(self) -> dict[str, dict[str, int]]:
        """Return the counts, most frequent first."""
        return {name: dict(counter.most_common()) for name, counter in self.counts.items()}


def write_output(
    journal: Journal, layout: Layout, out: Path, progress: ProgressCallback | None
) -> tuple[str, ...]:
    """Write the output beside its place and move it there; return what its format could not hold."""
    notes: list[str] = []
    write = WRITERS[out.suffix.lower()]
    part = journal.folder / "output"
    parts = Parts(journal, GROUP if write is write_parquet else LINES, progress)
    write_whole(part, lambda stream: notes.extend(write(stream, layout, parts)))
    part.replace(out)
    sync_folder(out.parent)
    return tuple(notes)


def write_rejects(journal: Journal, files: Sequence[str], out: Path) -> tuple[Tally, Path | None]:
    """Count all rows and write every reject (file, line, reason, unreadable content) beside the output."""
    tally = Tally()
    part, target = journal.folder / "rejects", side_paths(out)[0]

    def write(stream: IO[bytes]) -> None:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
        lines = csv.writer(text)
        lines.writerow(("file", "line", "reason", "content"))
        for table in journal.tables():
            tally.add(table)
            for row in _rejected(table):
                reject = Reject(files[row["file"]], row["line"], row["reason"])
                lines.writerow((reject.file, reject.line, reject.reason, row["content"] or ""))
                tally.rejected += 1
                if len(tally.rejects) < LISTED:
                    tally.rejects.append(reject)
        text.detach()

    write_whole(part, write)
    if tally.rejected:
        part.replace(target)
        return tally, target
    target.unlink(missing_ok=True)
    return tally, None


def _rejected(table: pa.Table) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    wanted = table.select(["file", "line", "reason", "content"])
    return list(wanted.filter(pc.equal(table.column("decision"), "reject")).to_pylist())
