"""Upload a file, choose its text column, watch it being scored, fetch the result, remove it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import FileResponse, Response

from ..errors import FileFormatError, HotlineError
from .console_inspect import look_into
from .console_jobs import DONE, KEPT, RUNNING, STARTED, WAITING, Job, JobStore
from .console_score import score_job
from .problems import Problem
from .routes import answer
from .schema import Strict
from .state import State

__all__ = ["KEPT", "MAX_UPLOAD", "Files", "router"]

MAX_UPLOAD = 64 << 20
"""Bytes a file may have."""
SUFFIXES = (".csv", ".xlsx")
_SWEEP = 60.0
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Name = Annotated[str, Query(min_length=1, max_length=200)]


class StartIn(Strict):
    """How a file is to be scored."""

    column: Annotated[str, Field(max_length=1000)]
    format: Literal["csv", "xlsx"]
    review: bool = False


class Files:
    """This worker's part in the jobs: those that it runs, and the upkeep."""

    def __init__(self, state: State) -> None:
        """Keep jobs where all workers see them, or where one worker runs alone, in a folder of its own."""
        self._state = state
        self._own: tempfile.TemporaryDirectory[str] | None = None
        run = state.settings.run
        if run is None:
            self._own = tempfile.TemporaryDirectory(prefix="hotline_nlp-")
            run = Path(self._own.name)
        self.store = JobStore(run / "files")
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sweep now and then; stop all scoring at the end."""
        sweeping = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            self._stop = True
            sweeping.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=10)
            if self._own is not None:
                with suppress(OSError):
                    self._own.cleanup()

    async def receive(self, request: Request, name: str, suffix: str) -> Job:
        """Store a request's body as a new job; raise Problem 413 where it is too long, 422 for no table."""
        state, store = self._state, self.store
        job = await state.blocking(lambda: store.create(request.state.key.id, name, suffix))
        try:
            size = await self._write(request, store.source(job))
            look = await state.bulk(lambda: look_into(store.source(job)))
            seen = replace(job, size=size, columns=look.columns, sample=look.sample, guess=look.guess)
            return await state.blocking(lambda: store.save(seen))
        except BaseException as error:
            await state.blocking(lambda: store.remove(job))
            if isinstance(error, HotlineError):
                code = "format" if isinstance(error, FileFormatError) else "empty"
                raise Problem(422, f"{code}: the file holds no table with rows: save it again.") from None
            raise

    async def _write(self, request: Request, path: Path) -> int:
        most = min(MAX_UPLOAD, request.state.key.max_body or MAX_UPLOAD)
        size = 0
        with path.open("xb") as stream:
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise Problem(413, f"size: a file may have {most} bytes: split it.")
                await self._state.blocking(lambda piece=piece: stream.write(piece))  # type: ignore[misc]
        return size

    async def start(self, job: Job, asked: StartIn) -> Job:
        """Begin to score a job; raise Problem where its state or column forbids that."""
        state, store = self._state, self.store
        if job.state != WAITING:
            raise Problem(409, STARTED)
        if asked.column not in job.columns:
            raise Problem(422, "column: the file has no such column: choose one that it has.")
        state.enter_job()
        try:
            begun = await state.blocking(lambda: _begin(store, job, asked.format))
        except BaseException:
            state.leave_job()
            raise
        task = asyncio.create_task(self._run(begun, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return begun

    async def _run(self, job: Job, asked: StartIn) -> None:
        state, store = self._state, self.store
        clf, queue = state.classifier, state.feedback if asked.review else None
        try:
            await state.bulk(lambda: score_job(store, job, asked.column, clf, queue, lambda: self._stop))
        finally:
            state.leave_job()

    async def _sweep(self) -> None:
        while True:
            with suppress(OSError):
                await self._state.blocking(self.store.sweep)
            await asyncio.sleep(_SWEEP)


def _begin(store: JobStore, job: Job, kind: str) -> Job:
    """Claim a job and note that it runs; give it back where that can't be noted."""
    mark = store.claim(job)
    try:
        return store.save(replace(job, state=RUNNING, format=kind))
    except BaseException:
        mark.unlink(missing_ok=True)
        raise


def router(state: State, files: Files) -> APIRouter:
    """Return the routes over this state."""
    made, store = APIRouter(prefix="/v1/console/files", include_in_schema=False), files.store

    async def load(number: str, request: Request) -> Job:
        return await state.blocking(lambda: store.load(number, request.state.key.id))

    @made.post("", status_code=201)
    async def upload(request: Request, name: Name) -> Response:
        """Take a CSV or XLSX file as the body; `name` is what its sender calls it."""
        plain = PurePosixPath(name.replace("\\", "/")).name
        suffix = PurePosixPath(plain).suffix.lower()
        if suffix not in SUFFIXES:
            raise Problem(422, "name: only .csv and .xlsx files can be scored here.")
        return answer((await files.receive(request, plain, suffix)).to_dict(), 201)

    @made.get("")
    async def jobs(request: Request) -> Response:
        """Return the caller's jobs."""
        found = await state.blocking(lambda: store.jobs(request.state.key.id))
        return answer({"jobs": [job.to_dict() for job in found]})

    @made.post("/{number}/start", status_code=202)
    async def start(number: str, body: StartIn, request: Request) -> Response:
        """Begin to score a file."""
        return answer((await files.start(await load(number, request), body)).to_dict(), 202)

    @made.get("/{number}")
    async def job(number: str, request: Request) -> Response:
        """Return how far a job is."""
        return answer((await load(number, request)).to_dict())

    @made.get("/{number}/{part}")
    async def fetch(number: str, part: Literal["result", "rejects"], request: Request) -> Response:
        """Return the scored file, or the rows that got no answer."""
        found = await load(number, request)
        path = store.result(found)
        kind = found.format
        if part == "rejects":
            path, kind = path.with_name(path.name + ".rejects.csv"), "csv"
        if found.state != DONE or not path.is_file():
            raise Problem(404, "there is no such file, or not yet.")
        return FileResponse(path, media_type=_MEDIA[kind], filename=f"{part}.{kind}")

    @made.delete("/{number}", status_code=204)
    async def remove(number: str, request: Request) -> Response:
        """Remove a job and its files; a running one stops."""
        found = await load(number, request)
        await state.blocking(lambda: store.remove(found))
        return Response(status_code=204)

    return made
