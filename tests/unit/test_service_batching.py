import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from hotline_nlp.service.batching import Batcher
from hotline_nlp.service.problems import Problem


class Gate:
    """Answers with the double, once it is opened; remembers how many jobs came together."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.sizes: list[int] = []

    def read(self, jobs: Sequence[int]) -> list[int | Exception]:
        self.sizes.append(len(jobs))
        self.open.wait(10)
        if 99 in jobs:
            raise RuntimeError("the batch broke")
        return [ValueError("odd one") if job == 13 else 2 * job for job in jobs]


def run(gate: Gate, jobs: Sequence[int], *, limit: int = 100, size: int = 8) -> list[int | BaseException]:
    async def main(pool: ThreadPoolExecutor) -> list[int | BaseException]:
        batcher: Batcher[int, int] = Batcher(gate.read, pool, limit=limit, size=size)
        tasks = [asyncio.create_task(batcher.submit(job)) for job in jobs]
        await asyncio.sleep(0.05)
        gate.open.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    with ThreadPoolExecutor(1) as pool:
        return asyncio.run(main(pool))


def test_what_waits_is_read_together_and_answered_each_its_own() -> None:
    gate = Gate()
    assert run(gate, range(12)) == [2 * job for job in range(12)]
    assert sum(gate.sizes) == 12
    assert max(gate.sizes) == 8


def test_one_bad_job_spares_the_others() -> None:
    found = run(Gate(), [1, 13, 2])
    assert (found[0], found[2]) == (2, 4)
    assert isinstance(found[1], ValueError)


def test_a_batch_that_breaks_is_told_to_all_of_it_and_the_next_goes_on() -> None:
    gate = Gate()
    found = run(gate, [99, 1, 2, 3], size=2)
    assert [isinstance(one, RuntimeError) for one in found] == [True, True, False, False]


def test_too_many_are_refused_at_once() -> None:
    found = run(Gate(), range(20), limit=5)
    refused = [one for one in found if isinstance(one, Problem)]
    assert len(refused) >= 14
    assert {one.status_code for one in refused} == {503}
    assert all(int(one.headers["Retry-After"]) >= 1 for one in refused if one.headers)


def test_who_has_gone_is_not_read() -> None:
    gate = Gate()

    async def main(pool: ThreadPoolExecutor) -> None:
        batcher: Batcher[int, int] = Batcher(gate.read, pool, limit=9, size=1)
        first, second = (asyncio.create_task(batcher.submit(job)) for job in (1, 2))
        await asyncio.sleep(0.05)
        second.cancel()
        gate.open.set()
        assert await first == 2
        with pytest.raises(asyncio.CancelledError):
            await second
        assert await batcher.submit(3) == 6

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(main(pool))
    assert gate.sizes == [1, 1]
