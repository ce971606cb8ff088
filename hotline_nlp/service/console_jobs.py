"""Uploaded files and what became of them: one folder a job, readable by every worker of the service.

A job's folder has a random name that is never built from what a client sends; `job.json` is replaced whole.
Files hold citizens' texts: the folders are private and go after KEPT seconds, or with the service.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from .keys import now
from .problems import Problem

KEPT = 3600
"""Seconds after its last change at which a job goes."""
STALE = 60.0
"""Seconds without a sign of life after which a running job counts as stopped."""
PER_KEY, TOTAL = 8, 32
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NOTE, _CLAIM = "job.json", "started"
_TRIES, _PAUSE = 40, 0.05
"""How often, and how many seconds apart, a note that another process has open is tried again."""
_PRIVATE = ("owner", "touched", "suffix")
T = TypeVar("T")

GONE = "there is no such file, or no longer: upload it again."
STARTED = "the file was started already: upload it again."


@dataclass(frozen=True, slots=True)
class Job:
    """One file: who sent it, what it holds, how far it is; `fault` is a code that the page puts in words."""

    id: str
    owner: int
    name: str
    suffix: str
    size: int = 0
    created: str = ""
    touched: float = 0.0
    state: str = WAITING
    format: str = ""
    columns: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    guess: str = ""
    rows: int = 0
    fraction: float = 0.0
    stage: str = "score"
    seconds: float = 0.0
    rejected: int = 0
    queued: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    fault: str = ""
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what the page may know."""
        return {name: value for name, value in asdict(self).items() if name not in _PRIVATE}


class JobStore:
    """The jobs' folders under one root."""

    def __init__(self, root: Path) -> None:
        """Keep jobs here."""
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def folder(self, number: str) -> Path:
        """Return a job's folder."""
        return self.root / number

    def source(self, job: Job) -> Path:
        """Return the file as it was sent."""
        return self.folder(job.id) / f"input{job.suffix}"

    def result(self, job: Job) -> Path:
        """Return the scored file."""
        return self.folder(job.id) / f"result.{job.format}"

    def create(self, owner: int, name: str, suffix: str) -> Job:
        """Open a job; its owner's oldest one that does not run makes room. Raises Problem 503 when full."""
        self.sweep()
        mine = sorted(self.jobs(owner), key=lambda job: job.touched)
        spare = [job for job in mine if job.state != RUNNING]
        if len(mine) >= PER_KEY and spare:
            self.remove(spare[0])
        elif len(mine) >= PER_KEY or len(self._numbers()) >= TOTAL:
            raise Problem(503, "busy: as many files are kept as may be; try again later.", retry_after=30)
        job = Job(secrets.token_hex(16), owner, name, suffix, created=now(), format=suffix[1:])
        self.folder(job.id).mkdir(mode=0o700)
        return job

    def claim(self, job: Job) -> Path:
        """Take a job to run it, as one caller alone can; return what to remove to give it back.

        Raises Problem 409 where another has it, 404 where it was removed.
        """
        mark = self.folder(job.id) / _CLAIM
        try:
            mark.open("xb").close()
        except FileExistsError:
            raise Problem(409, STARTED) from None
        except FileNotFoundError:
            raise Problem(404, GONE) from None
        return mark

    def save(self, job: Job, tries: int = _TRIES) -> Job:
        """Write a job; raise FileNotFoundError where it was removed, PermissionError where it is in use."""
        touched = replace(job, touched=time.time())
        note = self.folder(job.id) / _NOTE
        scratch = note.with_name(f"{_NOTE}.{secrets.token_hex(4)}")
        scratch.write_text(json.dumps(asdict(touched), ensure_ascii=False), "utf-8")
        try:
            _patiently(lambda: scratch.replace(note), tries)
        finally:
            scratch.unlink(missing_ok=True)
        return touched

    def beat(self, job: Job) -> None:
        """Write how far a running job is; let it be where the note is in use, since the next one follows."""
        with suppress(PermissionError):
            self.save(job, 1)

    def load(self, number: str, owner: int) -> Job:
        """Return one of the owner's jobs; raise Problem 404 where there is none of that number."""
        job = self._read(number) if _ID.fullmatch(number) else None
        if job is None or job.owner != owner:
            raise Problem(404, GONE)
        return job

    def jobs(self, owner: int) -> list[Job]:
        """Return the owner's jobs."""
        found = (self._read(number) for number in self._numbers())
        return [job for job in found if job is not None and job.owner == owner]

    def remove(self, job: Job) -> None:
        """Remove a job with its files; one that runs finds out at its next step."""
        gone = self.folder(job.id)
        moved = gone.with_name(f".{job.id}")
        try:
            gone.rename(moved)
        except OSError:  # another system's open file, or removed already
            moved = gone
        shutil.rmtree(moved, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what is older than KEPT, and what an upload or a removal left behind."""
        limit = time.time() - KEPT
        for path in self.root.iterdir():
            job = self._read(path.name) if _ID.fullmatch(path.name) else None
            with suppress(FileNotFoundError):  # another worker was quicker
                touched = job.touched if job else path.stat().st_mtime
                if touched < limit or path.name.startswith("."):
                    shutil.rmtree(path, ignore_errors=True)

    def _numbers(self) -> list[str]:
        return [path.name for path in self.root.iterdir() if _ID.fullmatch(path.name)]

    def _read(self, number: str) -> Job | None:
        try:
            note = self.folder(number) / _NOTE
            plain = json.loads(_patiently(lambda: note.read_text("utf-8"), _TRIES))
        except (OSError, ValueError):
            return None
        columns, sample = tuple(plain.pop("columns")), tuple(tuple(row) for row in plain.pop("sample"))
        job = Job(**plain, columns=columns, sample=sample)
        if job.state == RUNNING and time.time() - job.touched > STALE:
            return replace(job, state=FAILED, fault="stopped")
        return job


def _patiently(step: Callable[[], T], tries: int) -> T:
    """Do what Windows refuses, with PermissionError, as long as another has the file open."""
    for _ in range(tries - 1):
        try:
            return step()
        except PermissionError:
            time.sleep(_PAUSE)
    return step()
