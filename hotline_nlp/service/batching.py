"""Micro-batching: requests that arrive while a batch is read make up the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

from .problems import overloaded

J = TypeVar("J")
R = TypeVar("R")


class Batcher(Generic[J, R]):
    """Gathers jobs of one event loop into batches for `read`, which runs in `executor`, one batch at a time.

    Nothing waits for a batch to fill: a job that comes alone is read at once. `read` returns, for each job,
    its answer or an exception for that job alone.
    """

    def __init__(
        self,
        read: Callable[[Sequence[J]], Sequence[R | Exception]],
        executor: Executor,
        *,
        limit: int,
        size: int,
    ) -> None:
        """Hold at most `limit` jobs, read at most `size` at a time."""
        self._read, self._executor, self._limit, self._size = read, executor, limit, size
        self._jobs: deque[tuple[J, asyncio.Future[R]]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Return how many jobs wait."""
        return len(self._jobs)

    async def submit(self, job: J) -> R:
        """Return the job's answer; raise Problem 503 at once where too many wait already."""
        if len(self._jobs) >= self._limit:
            raise overloaded()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._jobs.append((job, future))
        if self._task is None:
            self._task = loop.create_task(self._work())
        return await future

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._jobs:
                taken = [self._jobs.popleft() for _ in range(min(self._size, len(self._jobs)))]
                taken = [(job, future) for job, future in taken if not future.done()]  # the client has gone
                if taken:
                    jobs = [job for job, _ in taken]
                    _deliver(taken, await loop.run_in_executor(self._executor, self._safely, jobs))
        finally:
            self._task = None

    def _safely(self, jobs: Sequence[J]) -> Sequence[R | Exception]:
        try:
            return self._read(jobs)
        except Exception as error:
            return [error] * len(jobs)


def _deliver(taken: Sequence[tuple[object, asyncio.Future[R]]], answers: Sequence[R | Exception]) -> None:
    for (_, future), answer in zip(taken, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
