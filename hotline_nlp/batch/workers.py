"""Score chunks of texts here or on several processes, in order, a few chunks ahead at most.

Without dispatch nearly all of the work is in compiled loops, which threads share out among the cores. Routing
is Python, which one thread at a time can run: processes then use the cores better (`benchmarks scale`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InputError
from .scoring import score_texts

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier

T = TypeVar("T")
AHEAD = 2
"""Chunks a worker that may wait for their turn."""


def score_in_order(
    clf: Classifier, items: Iterable[T], texts: Callable[[T], Any], workers: int
) -> Iterator[tuple[T, pa.Table]]:
    """Yield each item with its texts' columns; `workers` processes do the work where there are 2 or more.

    Raises InputError where the classifier was not loaded by name or path, or a process was lost.
    """
    if workers < 2:
        for item in items:
            yield item, score_texts(clf, texts(item))
        return
    if clf.source is None:
        raise InputError("workers need a classifier that was made by Classifier.load: load it, or use 1.")
    yield from _on_processes(clf.source, items, texts, workers)


def _on_processes(
    source: tuple[str, str], items: Iterable[T], texts: Callable[[T], Any], workers: int
) -> Iterator[tuple[T, pa.Table]]:
    from joblib.externals.loky import ProcessPoolExecutor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    one_core = {"OMP_NUM_THREADS": "1"}
    executor = ProcessPoolExecutor(
        workers, initializer=_begin, initargs=(os.getpid(),), env=one_core, timeout=60
    )
    waiting: deque[tuple[T, Any]] = deque()
    try:
        for item in items:
            waiting.append((item, executor.submit(_score, source, _alone(texts(item)))))
            if len(waiting) > AHEAD * workers:
                first, answer = waiting.popleft()
                yield first, answer.result()
        for last, answer in waiting:
            yield last, answer.result()
    except BrokenProcessPool as error:
        raise InputError(
            "a worker process was lost, most often for want of memory: run it again with fewer workers."
        ) from error
    finally:
        for _, answer in waiting:
            answer.cancel()
        executor.shutdown(wait=True)


def _alone(texts: Any) -> Any:
    """Return texts that take nothing else with them: a slice of an array is sent with the whole of it."""
    import pyarrow as pa

    return pa.concat_arrays([texts]) if isinstance(texts, pa.Array) else texts


def _begin(parent: int) -> None:
    """Leave interrupts to the main process, which saves what is done; end when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process at once when the main process has been killed, which loky would notice late."""
    if sys.platform == "win32":  # a parent's id stays there when it is gone, but loky hands over its handle
        from multiprocessing import parent_process

        if (main := parent_process()) is None:
            return
        main.join()
    else:
        while os.getppid() == parent:
            time.sleep(1)
    os._exit(1)


@lru_cache(maxsize=1)
def _loaded(model: str, city: str) -> Classifier:
    from ..classifier import Classifier
    from ..engines.linear import LinearEngine
    from .memory import save_memory

    clf = Classifier.load(model, city=city)
    if isinstance(clf.engine, LinearEngine):
        save_memory()
    return clf


def _score(source: tuple[str, str], texts: Any) -> pa.Table:
    return score_texts(_loaded(*source), texts)
