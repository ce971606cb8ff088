"""What a worker holds: its classifier behind the batcher, keys, feedback, metrics."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import Request

from ..errors import InputError
from ..result import Result
from .batching import Batcher
from .database import open_database
from .feedback import FeedbackStore
from .keys import Key, KeyStore
from .logs import LOG, where
from .metrics import Metrics
from .models import Models
from .problems import Problem, overloaded
from .settings import Settings
from .shared import Shared

if TYPE_CHECKING:
    from ..classifier import Classifier

T = TypeVar("T")
BATCH = 256
"""Single requests read together at most; few wait at a time unless the service is overloaded."""
_TICK = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """One request to read."""

    text: str
    history: tuple[Any, ...] = ()
    explain: bool = False


class State:
    """A worker's parts. Its coroutines are for handlers; `feedback` and `keys` block: use `blocking`."""

    def __init__(self, settings: Settings) -> None:
        """Open the data folder and load the model; raise HotlineError where that can't be done."""
        self.settings = settings
        self.database = open_database(settings.data)
        self.keys = KeyStore(self.database)
        self.feedback = FeedbackStore(self.database)
        self.metrics = Metrics()
        self.shared = Shared(settings.run)
        self.models = Models(settings.model, settings.city)
        self.ready = False
        self.jobs = 0
        self._generation = self.shared.generation
        self._single = ThreadPoolExecutor(1, "hotline_nlp single")
        self._bulk = ThreadPoolExecutor(settings.jobs, "hotline_nlp bulk")
        self._disk = ThreadPoolExecutor(4, "hotline_nlp disk")
        self._batcher: Batcher[Job, Result] = Batcher(
            self._read, self._single, limit=settings.pending, size=BATCH
        )

    @property
    def classifier(self) -> Classifier:
        """Return the current classifier."""
        return self.models.current

    async def classify(self, text: str, *, history: Sequence[Any] = (), explain: bool = False) -> Result:
        """Read one request together with others that wait.

        Raises Problem 422 for a text over the limit or a history that can't be read, 503 under overload.
        """
        self.check_text(text)
        try:
            return await self._batcher.submit(Job(text, tuple(history), explain))
        except InputError:
            raise Problem(
                422,
                "history: each item needs a unit that the city pack knows; its time is ISO 8601 or empty.",
            ) from None

    async def score(self, texts: Sequence[str | None]) -> list[Result]:
        """Read many requests as full Results, in order; None is rejected with its reason."""
        clf = self.classifier
        found = await self.bulk(lambda: list(clf.iter_results(texts)))
        self.count(result.decision.action for result in found)
        return found

    async def bulk(self, work: Callable[[], T]) -> T:
        """Run long work in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._bulk, work)

    async def blocking(self, work: Callable[[], T]) -> T:
        """Run work that waits for the disk, a call of `feedback` or `keys`, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    def enter_job(self) -> None:
        """Begin a batch or stream; raise Problem 503 where as many run as may."""
        if self.jobs >= self.settings.jobs:
            raise overloaded("as many batches and streams run as may")
        self.jobs += 1

    def leave_job(self) -> None:
        """End a batch or stream."""
        self.jobs -= 1

    def check_text(self, text: str, name: str = "text") -> None:
        """Raise Problem 422 for a text over the limit."""
        if len(text) > self.settings.max_text:
            raise Problem(
                422, f"{name} has {len(text)} characters: send at most {self.settings.max_text} a request."
            )

    def count(self, actions: Any) -> None:
        """Count decisions."""
        tally: dict[str, int] = {}
        for action in actions:
            tally[action] = tally.get(action, 0) + 1
        for action, number in tally.items():
            self.metrics.texts.labels(action).inc(number)

    async def auth(self, request: Request) -> Key:
        """Return who asks, a dependency for routes; the guard has checked the key already."""
        key: Key = request.state.key
        return key

    async def admin(self, request: Request) -> Key:
        """Return who asks; raise Problem 403 where that is no admin key."""
        key = await self.auth(request)
        if not key.admin:
            raise Problem(403, "this needs an admin key: make one by hotline-nlp key create --admin.")
        return key

    def _read(self, jobs: Sequence[Job]) -> list[Result | Exception]:
        clf = self.classifier
        plain = [job for job in jobs if not job.explain and not job.history]
        results = iter(list(clf.iter_results([job.text for job in plain])) if plain else [])
        found = [next(results) if not job.explain and not job.history else _alone(clf, job) for job in jobs]
        self.metrics.batches.observe(len(jobs))
        self.count(one.decision.action for one in found if isinstance(one, Result))
        return found

    async def watch(self) -> None:
        """Load the model again when that is asked of any worker; end when the parent process is gone."""
        parent = parent_process()  # known from the start, also where it ends before this is reached
        while True:
            await asyncio.sleep(_TICK)
            if self.shared.generation != self._generation:
                self._generation = self.shared.generation
                await self._reload()
            if self.settings.run is not None and parent is not None and not parent.is_alive():
                os.kill(os.getpid(), signal.SIGTERM)
                return

    async def _reload(self) -> None:
        try:
            clf = await self.blocking(self.models.reload)
        except Exception as error:
            self.metrics.reloads.labels("failed").inc()
            LOG.error("reload failed, the model in place stays: %s", where(error))
        else:
            self.metrics.reloads.labels("done").inc()
            LOG.info("reloaded %s", clf.name)

    def close(self) -> None:
        """Let go of threads and files."""
        for pool in (self._single, self._bulk, self._disk):
            pool.shutdown(wait=False, cancel_futures=True)
        with suppress(Exception):
            self.database.dispose()


def _alone(clf: Classifier, job: Job) -> Result | Exception:
    try:
        return clf.classify(job.text, history=job.history, explain=job.explain)
    except InputError as error:
        return error
