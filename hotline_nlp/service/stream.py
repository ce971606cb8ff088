"""The stream: lines in, lines out, in order, in constant memory.

Reading and scoring go on while the client has yet to take up to PENDING bytes of answers, so that a client
that sends all before it reads does not lock itself up; beyond that the service waits, but not for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..result import SCHEMA
from .guard import NDJSON
from .logs import LOG, where

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier
    from .state import State

LINES = 1024
"""Lines scored together."""
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
    """Yield the lines of a body as they come, at most LINES at a time; cut what is longer than `longest`."""
    rest, cut = b"", False
    async for chunk in chunks:
        parts = (rest + chunk).split(b"\n")
        if cut and len(parts) > 1:
            parts[0], cut = _CUT, False
        rest = parts.pop()
        if cut or len(rest) > longest:
            rest, cut = b"", True
        for start in range(0, len(parts), LINES):
            if found := [line for line in parts[start : start + LINES] if line.strip()]:
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
    answers: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = _Room()
    task = asyncio.create_task(_work(state, request, view, answers, room))
    try:
        while (piece := await answers.get()) is not None:
            yield piece
            room.free(len(piece))
        await task
    finally:
        task.cancel()
        with suppress(BaseException):
            await task


async def _work(
    state: State, request: Request, view: str, answers: asyncio.Queue[bytes | None], room: _Room
) -> None:
    count = 0
    try:
        async for raw in read_lines(request.stream(), 8 * state.settings.max_text):
            clf = state.classifier
            piece, actions = await state.bulk(lambda raw=raw, clf=clf: _answers(clf, raw, view, state))  # type: ignore[misc]
            state.count(actions)
            count += len(raw)
            await asyncio.wait_for(room.take(len(piece)), state.settings.patience)
            answers.put_nowait(piece)
        request.state.noted = f" texts={count}"
    except Exception as error:
        LOG.warning("stream ended after %d lines: %s", count, where(error))
        raise
    finally:
        answers.put_nowait(None)


class _Room:
    """Counts the bytes that wait for the client."""

    def __init__(self) -> None:
        self._used = 0
        self._freed = asyncio.Event()

    async def take(self, size: int) -> None:
        while self._used > PENDING:
            self._freed.clear()
            await self._freed.wait()
        self._used += size

    def free(self, size: int) -> None:
        self._used -= size
        self._freed.set()


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


def brief(clf: Classifier, texts: list[str | None]) -> Iterator[dict[str, Any]]:
    """Yield a Result's chief fields for each text, by the columnar path."""
    table: pa.Table = clf.score_columns(texts)
    columns = [table.column(name).to_pylist() for name in _COLUMNS]
    model = clf.name
    for (
        type_,
        type_p,
        topic,
        topic_p,
        unit,
        unit_p,
        urgent,
        urgent_p,
        flags,
        action,
        reason,
        lead,
        area,
        how,
    ) in zip(*columns, strict=True):
        yield {
            "schema": SCHEMA,
            "type": None if type_ is None else {"label": type_, "probability": type_p},
            "topic": None if topic is None else {"label": topic, "probability": topic_p},
            "unit": None if unit is None else {"label": unit, "probability": unit_p},
            "urgent": bool(urgent),
            "urgent_probability": urgent_p or 0.0,
            "flags": flags.split(",") if flags else [],
            "place": {"district": area or ""},
            "dispatch": {"lead": lead or "", "procedure": how or ""},
            "decision": {"action": action, "reason": reason},
            "model": model,
        }


_COLUMNS = (
    "type",
    "type_probability",
    "topic",
    "topic_probability",
    "unit",
    "unit_probability",
    "urgent",
    "urgent_probability",
    "flags",
    "decision",
    "reason",
    "lead_unit",
    "district",
    "procedure",
)
