"""A load generator for one service: connections that stay open, latencies from the time a request was due."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """What came back: how many of each status (0: no answer), and the seconds that each took."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[int, list[float]] = field(default_factory=dict)
    elapsed: float = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self.statuses[status] += 1
        self.seconds.setdefault(status, []).append(seconds)

    def summary(self) -> dict[str, Any]:
        """Return rates, and latencies in milliseconds by status."""
        total = sum(self.statuses.values())
        return {
            "requests": total,
            "errors": sum(n for status, n in self.statuses.items() if status not in (200, 201)),
            "per_second": round(self.statuses[200] / self.elapsed, 1),
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "milliseconds": {str(status): quantiles(found) for status, found in sorted(self.seconds.items())},
        }


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median, p90, p99, p99.9 and maximum in milliseconds."""
    ranked = sorted(seconds)
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    return {
        name: round(1000 * ranked[min(int(q * len(ranked)), len(ranked) - 1)], 2) for name, q in at.items()
    }


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection that stays open; one request at a time."""

    def __init__(self) -> None:
        """Start without an answer waited for."""
        self.transport: Any = None
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Find the end of the answer."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0 or self._answer is None:
            return
        lower = self._buffer[:head].lower()
        start = lower.find(b"content-length:") + 15
        length = int(lower[start : lower.find(b"\r\n", start) if b"\r\n" in lower[start:] else head])
        if len(self._buffer) >= head + 4 + length:
            status, self._buffer = int(self._buffer[9:12]), b""
            self._answer.set_result(status)
            self._answer = None

    def connection_lost(self, error: Exception | None) -> None:
        """Tell who waits that no answer comes."""
        self.transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)
            self._answer = None

    async def ask(self, request: bytes, timeout: float = 10.0) -> int:
        """Send a request; return the answer's status, 0 where none came in time."""
        if self.transport is None or self.transport.is_closing():
            return 0
        self._answer = answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        try:
            return await asyncio.wait_for(asyncio.shield(answer), timeout)
        except asyncio.TimeoutError:
            self.transport.abort()
            return 0


async def connect(host: str, port: int) -> Connection:
    """Open a connection."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, port)
    return connection


async def steady(
    host: str, port: int, requests: Iterator[bytes], *, rate: float, seconds: float, connections: int
) -> Tally:
    """Send `rate` requests a second, evenly; a latency counts from when its request was due."""
    tally, due = Tally(), asyncio.Queue[tuple[float, bytes] | None]()
    open_ = [await connect(host, port) for _ in range(connections)]

    async def work(connection: Connection) -> None:
        while (item := await due.get()) is not None:
            status = await connection.ask(item[1])
            tally.add(status, time.perf_counter() - item[0])

    tasks = [asyncio.create_task(work(connection)) for connection in open_]
    began = time.perf_counter()
    sent, total = 0, int(rate * seconds)
    while sent < total:
        now = time.perf_counter() - began
        while sent < total and sent / rate <= now:
            due.put_nowait((began + sent / rate, next(requests)))
            sent += 1
        await asyncio.sleep(0.0005)
    for _ in tasks:
        due.put_nowait(None)
    await asyncio.gather(*tasks)
    tally.elapsed = time.perf_counter() - began
    _close(open_)
    return tally


async def flood(
    host: str, port: int, requests: Iterator[bytes], *, seconds: float, connections: int
) -> Tally:
    """Send on every connection as soon as the last answer has come."""
    tally = Tally()
    open_ = [await connect(host, port) for _ in range(connections)]
    began = time.perf_counter()

    async def work(connection: Connection) -> None:
        while (now := time.perf_counter()) - began < seconds:
            status = await connection.ask(next(requests))
            tally.add(status, time.perf_counter() - now)
            if status == 0:
                return

    await asyncio.gather(*(work(connection) for connection in open_))
    tally.elapsed = time.perf_counter() - began
    _close(open_)
    return tally


def _close(connections: Sequence[Connection]) -> None:
    for connection in connections:
        if connection.transport is not None:
            connection.transport.close()


async def stream(host: str, port: int, head: bytes, pieces: Sequence[bytes]) -> tuple[int, float]:
    """Send lines in chunks while reading the answers; return the lines that came back and the seconds."""
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 22)
    began = time.perf_counter()
    writer.write(head)

    async def send() -> None:
        for piece in pieces:
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    sending = asyncio.create_task(send())
    lines = 0
    answered = await reader.readuntil(b"\r\n\r\n")
    if not answered.startswith(b"HTTP/1.1 200"):
        sending.cancel()
        writer.close()
        return 0, time.perf_counter() - began
    while size := int((await reader.readline()).strip() or b"0", 16):
        lines += (await reader.readexactly(size)).count(b"\n")
        await reader.readexactly(2)
    await sending
    seconds = time.perf_counter() - began
    writer.close()
    return lines, seconds
