"""Score one uploaded file in a thread, noting how far it is; feed the review queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..batch import BatchReport, Progress, score_batch
from ..batch.choose import added_names
from ..batch.inputs import open_source
from ..columns import NAMES
from ..decide import REVIEW
from ..errors import ColumnError, FileFormatError, HotlineError
from .console_inspect import column_texts
from .console_jobs import DONE, FAILED, Job, JobStore
from .logs import LOG, where
from .routes import doubt_of

if TYPE_CHECKING:
    from ..classifier import Classifier
    from .feedback import FeedbackStore

BATCH = 512
QUEUED = 100
"""Most requests that one file puts into the review queue."""
_NOTED = 0.2


class Stopped(Exception):
    """The job was removed, or the service ends."""


class _Signs:
    """A running job's signs of life: how far it is, noted now and then."""

    def __init__(self, store: JobStore, job: Job, stop: Callable[[], bool]) -> None:
        self._store, self._job, self._stop = store, job, stop
        self._noted = 0.0

    def give(self, **seen: Any) -> None:
        """Note what changed, unless that was done just now; raise Stopped where the job is to end."""
        if self._stop() or not self._store.folder(self._job.id).exists():
            raise Stopped
        if time.monotonic() - self._noted >= _NOTED:
            self._noted = time.monotonic()
            self._store.beat(replace(self._job, **seen))


def score_job(
    store: JobStore,
    job: Job,
    column: str,
    clf: Classifier,
    queue: FeedbackStore | None,
    stop: Callable[[], bool],
) -> None:
    """Score a running job's file and note the outcome; end quietly where the job was removed."""
    signs = _Signs(store, job, stop)
    try:
        try:
            outcome = _score(store, job, column, clf, signs)
            if queue is not None:
                outcome = replace(outcome, queued=_review(store, outcome, column, clf, queue, signs))
        except Stopped:
            outcome = replace(job, state=FAILED, fault="stopped")
        except HotlineError as error:
            outcome = replace(job, state=FAILED, fault=_code(error), detail=_said(store, job, error))
        except Exception as error:
            LOG.error("a file could not be scored: %s", where(error))
            outcome = replace(job, state=FAILED, fault="other")
        store.save(outcome)
    except FileNotFoundError:
        return


def _score(store: JobStore, job: Job, column: str, clf: Classifier, signs: _Signs) -> Job:
    def note(progress: Progress) -> None:
        signs.give(rows=progress.rows, fraction=progress.fraction, stage=progress.stage)

    report: BatchReport = score_batch(
        clf,
        store.source(job),
        text=column,
        out=store.result(job),
        batch_size=BATCH,
        progress=note,
        resume=False,
    )
    return replace(
        job,
        state=DONE,
        rows=report.rows,
        fraction=1.0,
        seconds=report.seconds,
        rejected=report.rejected,
        counts={name: dict(counts) for name, counts in report.counts.items()},
    )


def _review(
    store: JobStore, job: Job, column: str, clf: Classifier, queue: FeedbackStore, signs: _Signs
) -> int:
    """Put the most doubtful requests that want a review into the queue; return how many."""
    source, scored = open_source(store.source(job)), open_source(store.result(job))
    added = added_names(source.schema.names, NAMES)
    head = f"{clf.policy().head}_probability"
    doubtful: list[tuple[float, str]] = []
    for chunk in scored.chunks(column, BATCH, 0):
        signs.give(rows=job.rows, fraction=1.0, stage="write")
        wanted = (column, added["decision"], added[head])
        rows = zip(*(column_texts(chunk.table, name) for name in wanted), strict=True)
        doubtful += [(float(share or 0), text) for text, said, share in rows if said == REVIEW]
        doubtful = sorted(set(doubtful))[:QUEUED]
    for result, (_, text) in zip(clf.iter_results(text for _, text in doubtful), doubtful, strict=True):
        signs.give(rows=job.rows, fraction=1.0, stage="write")
        queue.queue_add(text, result.to_dict(), doubt_of(clf, result))
    return len(doubtful)


def _code(error: HotlineError) -> str:
    kinds = ((ColumnError, "column"), (FileFormatError, "format"))
    return next((code for kind, code in kinds if isinstance(error, kind)), "other")


def _said(store: JobStore, job: Job, error: HotlineError) -> str:
    """Return an error's sentence with the sender's name of the file and without this machine's folders."""
    said = str(error).replace(f"{store.folder(job.id)}/", "").replace(str(store.folder(job.id)), "")
    return said.replace(store.source(job).name, job.name)
