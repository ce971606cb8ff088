"""The outermost layer: who asks, how much, how often; headers on every answer; a log line without text."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import problems
from .hosts import foreign, host_name
from .keys import OPEN, Key
from .logs import LOG, where
from .problems import Problem

if TYPE_CHECKING:
    from .state import State

Handler = Callable[[Request], Awaitable[Response]]
_PROCESS, _NUMBER = secrets.token_hex(3), count()
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}
GONE = 499
"""What is counted for a client that left before its answer."""
KEYLESS = ("/", "/docs", "/openapi.json", "/v1/schema", "/healthz", "/readyz")
"""Paths that anybody may read; all others, unknown ones too, need a key."""
STATIC = "/static/"
STREAM = "/v1/batch/stream"
UPLOAD = "/v1/console/files"
JSON, NDJSON = "application/json", "application/x-ndjson"
_MEDIA = {
    "/v1/classify": (JSON,),
    "/v1/batch": (JSON,),
    "/v1/feedback": (JSON,),
    STREAM: (NDJSON, "application/ndjson", "application/jsonl"),
}
_SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Guard:
    """ASGI middleware around the application; `direct` are handlers of paths that need no routing."""

    def __init__(self, app: ASGIApp, state: State, direct: Mapping[str, Handler]) -> None:
        """Guard this application by this state's settings and keys."""
        self._app, self._state, self._direct = app, state, direct
        named = (*_LOOPBACK, state.settings.host, *state.settings.hosts)
        self._hosts = {host_name(name) for name in named} - {""}
        self._inflight = 0
        fixed = {**HEADERS, **(HSTS if state.settings.tls_cert is not None else {})}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in fixed.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()

    async def serve(self, exchange: _Exchange) -> None:
        """Let the application answer; refuse what may not come in. Raises Problem."""
        scope, headers = exchange.scope, Headers(scope=exchange.scope)
        if host_name(headers.get("host", "")) not in self._hosts:
            raise Problem(421, "the service is not known by that host name: name it with --allowed-host.")
        path = scope["path"]
        if path in KEYLESS or path.startswith(STATIC):
            exchange.limit = 0
            await self._app(scope, exchange.receive, exchange.send)
            return
        exchange.key = key = self._who(headers)
        self._rate(key)
        exchange.limit = _body_limit(path, key, self._state.settings.max_body)
        _refuse_foreign(scope, headers)
        _refuse_long(headers, exchange.limit)
        if self._inflight >= self._state.settings.inflight:
            raise problems.overloaded()
        self._inflight += 1
        try:
            scope.setdefault("state", {})["key"] = key
            handler = self._direct.get(path) if scope["method"] == "POST" else None
            if handler is None:
                await self._app(scope, exchange.receive, exchange.send)
            else:
                exchange.route = path
                answer = await handler(Request(scope, exchange.receive))
                await answer(scope, exchange.receive, exchange.send)
        finally:
            self._inflight -= 1

    def _who(self, headers: Headers) -> Key:
        if not self._state.settings.auth:
            return OPEN
        scheme, _, presented = headers.get("authorization", "").partition(" ")
        key = self._state.keys.verify(presented.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            refusal = Problem(401, "a valid API key is needed: send it as Authorization: Bearer KEY.")
            refusal.headers = {"WWW-Authenticate": 'Bearer realm="hotline_nlp"'}
            raise refusal
        return key

    def _rate(self, key: Key) -> None:
        rate = key.rate or self._state.settings.rate
        seconds = self._state.shared.wait(key.id, rate)
        if seconds > 0:
            raise Problem(429, f"this key may ask {rate:g} times a second: wait.", retry_after=seconds)

    def note(self, exchange: _Exchange, seconds: float) -> None:
        """Count and log one request; a path that is no route of ours is not repeated."""
        route = exchange.route or getattr(exchange.scope.get("route"), "path", "other")
        metrics, status = self._state.metrics, str(exchange.status)
        metrics.requests.labels(route, status).inc()
        metrics.seconds.labels(route).observe(seconds)
        if route not in ("/healthz", "/readyz", "/metrics") and exchange.status not in (429, 503):
            LOG.info(
                "%s %s %s %.1fms key=%s request=%s%s",
                exchange.scope["method"] if exchange.scope["method"] in _METHODS else "other",
                route,
                status,
                seconds * 1000,
                exchange.key.public if exchange.key else "-",
                exchange.id,
                exchange.scope.get("state", {}).get("noted", ""),
            )

    @property
    def patience(self) -> float:
        """Return how many seconds a silent client gets."""
        return self._state.settings.patience


_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")


class _Exchange:
    """One request and its answer on their way through the guard."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self.guard, self.scope = guard, scope
        self._receive, self._send = receive, send
        self.id = f"{_PROCESS}{next(_NUMBER):06x}"
        self.route = ""
        self.key: Key | None = None
        self.status = 0
        self.limit: int | None = None
        self._got = 0
        self._whole = self._answered = False

    async def run(self) -> None:
        began = time.perf_counter()
        try:
            await self.guard.serve(self)
        except Problem as refusal:
            await self._refuse(refusal.status_code, refusal.detail, refusal.headers)
        except ClientDisconnect:
            self.status = self.status or GONE
        except Exception as error:
            what = " failed"
            if isinstance(error, OperationalError):
                what = f": the database can't be used ({error.orig})"  # SQLite's words quote no request
            LOG.error("request=%s%s: %s", self.id, what, where(error))
            failure = problems.failure(error)
            await self._refuse(failure.status_code, failure.detail, failure.headers)
        finally:
            self.guard.note(self, time.perf_counter() - began)

    async def receive(self) -> Message:
        """Pass on a piece of the body; refuse one piece too many or a client that falls silent."""
        if self._whole:
            return await self._receive()  # waits for the client to leave: no hurry
        try:
            message = await asyncio.wait_for(self._receive(), self.guard.patience)
        except asyncio.TimeoutError:
            raise Problem(408, "the body did not arrive in time: send it faster.") from None
        if message["type"] == "http.request":
            self._got += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self.limit is not None and self._got > self.limit:
                raise _too_long(self.limit)
        return message

    async def send(self, message: Message) -> None:
        """Pass on a piece of the answer, with the headers of every answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            present = {name for name, _ in headers}
            headers += [pair for pair in self.guard.headers if pair[0] not in present]
            headers.append((b"x-request-id", self.id.encode()))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self._answered = not message.get("more_body", False)
        await self._send(message)

    def _coding(self) -> str:
        return Headers(scope=self.scope).get("transfer-encoding", "").lower()

    async def _refuse(self, status: int, detail: str, headers: Any) -> None:
        if self._answered:
            return  # by a layer within
        if self.status:
            raise ConnectionAbortedError("the answer had begun") from None  # the server closes the connection
        answer = problems.response(status, detail, headers)
        if status in (408, 413) or (not self._whole and "chunked" in self._coding()):
            answer.headers["Connection"] = "close"  # what else the client sends stays unread
        await answer(self.scope, self._receive, self.send)


def _body_limit(path: str, key: Key, most: int) -> int | None:
    """Return how many bytes a body may have; None where the route itself sets a limit as it reads."""
    return None if path in (STREAM, UPLOAD) else min(most, key.max_body or most)


def _refuse_foreign(scope: Scope, headers: Headers) -> None:
    """Refuse what a page of another site can make a browser send without being asked first."""
    if scope["method"] in ("GET", "HEAD"):
        return
    origin = headers.get("origin")
    if origin is not None and foreign(origin, headers.get("host", "")):
        raise Problem(403, "pages of other sites may not use the service.")
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = _MEDIA.get(scope["path"]) if scope["method"] == "POST" else None
    if (wanted and media not in wanted) or media in _SIMPLE:
        raise Problem(415, f"send the body with Content-Type: {(wanted or ('application/json',))[0]}.")


def _refuse_long(headers: Headers, limit: int | None) -> None:
    length = headers.get("content-length", "")
    if limit is not None and length.isdecimal() and int(length) > limit:
        raise _too_long(limit)


def _too_long(limit: int) -> Problem:
    return Problem(413, f"the body is longer than {limit} bytes: send less at a time, or lines to {STREAM}.")
