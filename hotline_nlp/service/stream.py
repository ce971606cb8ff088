"""The stream: lines in, lines out, in order, in constant memory.

Reading and scoring go on while the client has yet to take up to PENDING bytes of answers, so that a client
that sends all before it reads does not lock itself up; beyond that the service waits, but not for ever.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .brief import brief
from .guard import NDJSON

if TYPE_CHECKING:
    from ..classifier import Classifier
    from .state import State

LINES = 1024
"""Lines scored together."""
AHEAD = 2
"""Pieces scored at a time: while one computes without the interpreter's lock, the other has it."""
PENDING = 16 << 20
_NO_JSON = "该行不是JSON文本，也不是带有text字段的JSON对象。"
_CUT = b"?"
"""What stands for a line too long to keep: no JSON."""
_LONG = "该行超过{}个字符，未读取。"


@dataclass(frozen=True, slots=True)
class Line:
    """One line read: its text, None where it can't be used, then with the reason, and the client's id."""

    text: str | None
    id: Any = None
    reason: str = ""


def read_line(raw: bytes, most: int) -> Line:
    """Read one line; a text over `most` characters is not used."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Line(None, reason=_NO_JSON)
    number = None
    if isinstance(value, dict):
        number = value.get("id")
        if not isinstance(number, str | int | None) or len(str(number)) > 128:
            number = None
        value = value.get("text")
    if not isinstance(value, str):
        return Line(None, number, _NO_JSON)
    return Line(value, number) if len(value) <= most else Line(None, number, _LONG.format(most))


async def read_lines(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[list[bytes]]:
    """Yield the lines of a body as they come; what is longer than `longest` bytes is cut to no JSON."""
    rest, cut = b"", False
    async for chunk in chunks:
        parts = (rest + chunk).split(b"\n")
        if cut and len(parts) > 1:
            parts[0], cut = _CUT, False
        rest = parts.pop()
        if cut or len(rest) > longest:
            rest, cut = b"", True
        if found := [line for line in parts if line.strip()]:
            yield found
    if cut or rest.strip():
        yield [_CUT if cut else rest]


class Lines(Response):
    """Sends pieces as they come. Starlette's own would listen for the client's end and so eat its lines."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], end: Callable[[], None]) -> None:
        """Send these pieces, then call `end`, whatever happens."""
        super().__init__(media_type=NDJSON)
        del self.headers["content-length"]
        self._pieces, self._end = pieces, end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head at once, then each piece."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._end()


async def read_stream(state: State, request: Request, view: str) -> AsyncGenerator[bytes, None]:
    """Yield the answers to a request's lines; see the route for what they hold."""
    work = _Work(state, request, view)
    try:
        async for piece in work.pieces():
            yield piece
    finally:
        await work.stop()


class _Work:
    """One stream's work: a task reads lines, another has them scored, AHEAD pieces at a time."""

    def __init__(self, state: State, request: Request, view: str) -> None:
        self._state, self._request, self._view = state, request, view
        self._lines: deque[bytes] = deque()
        self._done = False
        self._unsent = 0
        self._count = 0
        self._changed = asyncio.Condition()
        self._slots = asyncio.Semaphore(AHEAD)
        self._scored: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._score())]

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield answers in the lines' order; raise what went wrong."""
        while (task := await self._scored.get()) is not None:
            piece = await task
            yield piece
            self._unsent -= len(piece)
            await self._tell()
        for failed in self._tasks:
            await failed
        self._request.state.noted = f" texts={self._count}"

    async def stop(self) -> None:
        """End the tasks, whatever they do."""
        tasks: list[asyncio.Task[Any] | None] = [*self._tasks]
        while not self._scored.empty():
            tasks.append(self._scored.get_nowait())
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async for lines in read_lines(self._request.stream(), 8 * self._state.settings.max_text):
                self._lines.extend(lines)
                await self._tell()
                await self._until(lambda: len(self._lines) < 2 * LINES)
        finally:
            self._done = True
            await self._tell()

    async def _score(self) -> None:
        try:
            while True:
                await self._until(lambda: bool(self._lines) or self._done)
                if not self._lines:
                    return
                # Not for ever: the room is the client's to make.
                await asyncio.wait_for(
                    self._until(lambda: self._unsent <= PENDING), self._state.settings.patience
                )
                await self._slots.acquire()
                raw = [self._lines.popleft() for _ in range(min(LINES, len(self._lines)))]
                await self._tell()
                self._scored.put_nowait(asyncio.create_task(self._piece(raw)))
        finally:
            self._scored.put_nowait(None)

    async def _piece(self, raw: list[bytes]) -> bytes:
        clf = self._state.classifier
        try:
            piece, actions = await self._state.bulk(lambda: _answers(clf, raw, self._view, self._state))
        finally:
            self._slots.release()
        self._state.count(actions)
        self._count += len(raw)
        self._unsent += len(piece)
        return piece

    async def _until(self, happens: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(happens)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _answers(clf: Classifier, raw: list[bytes], view: str, state: State) -> tuple[bytes, list[str]]:
    """Return the answers' lines and decisions."""
    lines = [read_line(line, state.settings.max_text) for line in raw]
    texts = [line.text for line in lines]
    found = brief(clf, texts) if view == "brief" else (r.to_dict() for r in clf.iter_results(texts))
    out, actions = [], []
    for line, plain in zip(lines, found, strict=True):
        if line.reason:
            plain["decision"]["reason"] = line.reason
        actions.append(plain["decision"]["action"])
        out.append(orjson.dumps(plain if line.id is None else {"id": line.id, **plain}))
    return b"\n".join(out) + b"\n", actions
