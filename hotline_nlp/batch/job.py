"""Score files: read, score and keep in parts, then write the output whole."""

from __future__ import annotations

import errno
import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..artefact import digest, file_hash
from ..errors import InputError
from .finish import write_output, write_rejects
from .inputs import check_suffix, find_files, side_paths
from .journal import Journal, Part, Position
from .lock import locked
from .output import Layout
from .plan import Options, Plan
from .report import BatchReport, Progress, ProgressCallback
from .rows import Chunk
from .scoring import part_table, score_texts
from .workers import score_in_order
from .write_sheet import check_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier

PART_BATCHES = 16
PART_SECONDS = 10.0
PART_BYTES = 1 << 26
_SHOWN = 12
"""Digits of a digest that a message shows."""
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
    return {
        "inputs": plan.prints,
        "options": {**plan.options.to_dict(), "output": out.suffix.lower()},
        "model": f"{clf.name} {digest(clf.manifest)[:_SHOWN]}",
        "city pack": f"{clf.pack.id} {_pack_digest(clf.pack.folder)[:_SHOWN]}",
    }


def _pack_digest(folder: Path) -> str:
    """Return a SHA-256 of a city pack's tables, what was learnt among them, and of its JSON."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".json") and not path.name.startswith("."):
            found.update(f"{path.name} {file_hash(path)}\n".encode("utf-8", "replace"))
    return found.hexdigest()


class _Pending:
    """The part being written and how far it reaches."""

    def __init__(self, journal: Journal) -> None:
        """Go on from where the journal is."""
        self._journal = journal
        self._part: Part | None = None
        self._since = 0.0
        self.position = journal.position

    def add(self, file: int, table: pa.Table) -> None:
        """Take one more chunk and move the position on; close the part when it is time."""
        before, rows = self.position, table.num_rows
        read = before.file_rows + rows if file == before.file else rows
        if self._part is None:
            self._part, self._since = self._journal.part(), time.monotonic()
        part, self._part = self._part, None  # what is interrupted in here must not be counted
        try:
            part.write(table)
        except BaseException:
            part.drop()
            raise
        self.position, self._part = Position(before.parts, before.rows + rows, file, read), part
        late = time.monotonic() - self._since >= PART_SECONDS
        if late or part.chunks >= PART_BATCHES or part.bytes >= PART_BYTES:
            self.save()

    def save(self) -> None:
        """Count the part that there is."""
        part, self._part = self._part, None
        if part is None:
            return
        at = self.position
        position = Position(at.parts + 1, at.rows, at.file, at.file_rows)
        try:
            self._journal.count(part, position)
        finally:
            part.drop()
        self.position = position

    def drop(self) -> None:
        """Let go of the part that there is."""
        if self._part is not None:
            self._part.drop()


def _score(
    clf: Classifier, plan: Plan, journal: Journal, out: Path, progress: ProgressCallback | None
) -> None:
    """Score what the journal does not hold yet; an interrupt saves what was scored."""
    pending = _Pending(journal)
    sheet = out.suffix.lower() == ".xlsx"
    try:
        chunks = plan.chunks(pending.position.file, pending.position.file_rows)
        for (file, chunk), scored in score_in_order(clf, chunks, _texts, plan.options.workers):
            pending.add(file, part_table(file, chunk, scored))
            if sheet:
                check_rows(pending.position.rows)
            if progress is not None:
                progress(Progress(pending.position.rows, chunk.fraction))
        changed = plan.changed()
        if changed is not None:
            raise InputError(
                f"{changed} was changed while it was read: run it again with --restart (resume=False)."
            )
        if pending.position.rows == 0 and journal.position.parts == 0:
            pending.add(0, _empty(clf, plan))
        pending.save()
    except KeyboardInterrupt:
        pending.save()
        raise
    finally:
        pending.drop()


def _texts(item: tuple[int, Chunk]) -> Any:
    return item[1].texts


def _empty(clf: Classifier, plan: Plan) -> pa.Table:
    """Return a part without rows, so that an input without rows has an output with its columns."""
    return part_table(0, Chunk(plan.schema.empty_table(), [], [], {}, 1.0), score_texts(clf, []))


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
