"""Score files: read, score and keep in parts, then write the output whole."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .finish import write_output, write_rejects
from .inputs import check_suffix, find_files, side_paths
from .journal import Journal, Position
from .lock import locked
from .output import Layout
from .plan import Options, Plan
from .report import BatchReport, Progress, ProgressCallback
from .scoring import part_table
from .write_sheet import check_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier

PART_BATCHES = 16
PART_SECONDS = 10.0
PART_BYTES = 1 << 26
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def score_files(
    clf: Classifier,
    source: str | Path | Iterable[str | Path],
    out: str | Path,
    options: Options,
    *,
    progress: ProgressCallback | None = None,
    resume: bool = True,
) -> BatchReport:
    """Score files into one; see hotline_nlp.batch.score_batch."""
    began, target = time.perf_counter(), Path(out)
    check_suffix(target)
    if target.is_dir() or not target.parent.is_dir():
        raise InputError(f"{target} can't be written: name a file in a folder that exists.")
    folder = side_paths(target)[1]
    with _explained(target, folder):
        plan = Plan(find_files(source, target), options)
        with locked(folder):
            journal = Journal(folder, _identity(clf, plan, target))
            journal.open(resume)
            resumed = journal.position.rows
            _score(clf, plan, journal, target, progress)
            report = _finish(plan, journal, target, progress, began, resumed)
            journal.clear()
    return report


def _identity(clf: Classifier, plan: Plan, out: Path) -> dict[str, Any]:
    """Return what must be equal for a job to go on."""
    weights = clf.manifest.get("weights", {})
    return {
        "inputs": plan.prints,
        "options": {**plan.options.to_dict(), "output": out.suffix.lower(), "city": clf.pack.id},
        "model": f"{clf.name} {str(weights.get('sha256', ''))[:12]}".strip(),
    }


@dataclass(slots=True)
class _Pending:
    """Scored chunks that are not yet a part."""

    position: Position
    tables: list[pa.Table] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def add(self, file: int, table: pa.Table) -> None:
        """Take one more chunk and move the position on."""
        before, rows = self.position, table.num_rows
        read = before.file_rows + rows if file == before.file else rows
        self.position = Position(before.parts, before.rows + rows, file, read)
        self.tables.append(table)

    def is_full(self) -> bool:
        """Say whether it is time for a part: by batches, bytes or seconds."""
        return (
            len(self.tables) >= PART_BATCHES
            or sum(table.nbytes for table in self.tables) >= PART_BYTES
            or time.monotonic() - self.since >= PART_SECONDS
        )

    def save(self, journal: Journal) -> None:
        """Make a part of what there is."""
        import pyarrow as pa

        if self.tables:
            at = self.position
            self.position = Position(at.parts + 1, at.rows, at.file, at.file_rows)
            journal.add(pa.concat_tables(self.tables).combine_chunks(), self.position)
        self.tables, self.since = [], time.monotonic()


def _score(
    clf: Classifier, plan: Plan, journal: Journal, out: Path, progress: ProgressCallback | None
) -> None:
    """Score what the journal does not hold yet; an interrupt saves what was scored."""
    pending = _Pending(journal.position)
    sheet = out.suffix.lower() == ".xlsx"
    try:
        for file, chunk in plan.chunks(pending.position.file, pending.position.file_rows):
            pending.add(file, part_table(clf, file, chunk))
            if sheet:
                check_rows(pending.position.rows)
            if pending.is_full():
                pending.save(journal)
            if progress is not None:
                progress(Progress(pending.position.rows, chunk.fraction))
    except KeyboardInterrupt:
        pending.save(journal)
        raise
    changed = plan.changed()
    if changed is not None:
        raise InputError(
            f"{changed} was changed while it was read: run it again with --restart (resume=False)."
        )
    pending.save(journal)
    if journal.position.parts == 0:
        journal.add(_empty(clf, plan), Position(parts=1))


def _empty(clf: Classifier, plan: Plan) -> pa.Table:
    """Return a part without rows, so that an input without rows has an output with its columns."""
    from .rows import Chunk

    return part_table(clf, 0, Chunk(plan.schema.empty_table(), [], [], {}, 1.0))


def _finish(
    plan: Plan, journal: Journal, out: Path, progress: ProgressCallback | None, began: float, resumed: int
) -> BatchReport:
    layout = Layout(plan.schema, plan.added)
    tally, rejects_path = write_rejects(journal, [path.name for path in plan.files], out)
    notes = write_output(journal, layout, out, progress)
    return BatchReport(
        path=out,
        rejects_path=rejects_path,
        rows=journal.position.rows,
        rejected=tally.rejected,
        resumed=resumed,
        seconds=time.perf_counter() - began,
        counts=tally.sorted(),
        rejects=tuple(tally.rejects),
        notes=notes,
    )


@contextmanager
def _explained(out: Path, folder: Path) -> Iterator[None]:
    """Turn what the system refuses into one sentence that says how to go on."""
    try:
        yield
    except OSError as error:
        again = f"then run the same command again; what is done is kept in {folder}"
        if error.errno in _FULL:
            raise InputError(f"the disk of {out} is full: free some space, {again}.") from error
        what = f"{error.filename or out}: {error.strerror or error}"
        raise InputError(f"{what}: bring the file back or allow access to it, {again}.") from error
