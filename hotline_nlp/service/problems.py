"""Refusals: each an application/problem+json (RFC 9457) with one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA = "application/problem+json"

FAILED = "the service failed on this request: its log names it by the answer's X-Request-ID."
LOCKED = "the service can't use its database now: send the same again; tell who runs it if that lasts."


class Problem(HTTPException):
    """A refusal with its status and a sentence; the sentence never repeats what the client sent."""

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None) -> None:
        """Refuse with this status; `retry_after` is in seconds."""
        headers = None if retry_after is None else {"Retry-After": str(max(1, round(retry_after + 0.5)))}
        super().__init__(status, detail, headers)


def response(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the refusal as a response."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(orjson.dumps(body), status, dict(headers or {}), MEDIA)


def overloaded(what: str = "too many requests are waiting") -> Problem:
    """Return the refusal of a worker that has enough to do."""
    return Problem(503, f"{what}: try again in a second.", retry_after=0.4)


def failure(error: Exception) -> Problem:
    """Return the refusal of a request on which the service failed."""
    if isinstance(error, OperationalError):
        return Problem(503, LOCKED, retry_after=4.4)
    return Problem(500, FAILED)


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the refusal of a body or query that pydantic found wrong."""
    return Problem(400 if errors[0]["type"] == "json_invalid" else 422, sentence(errors))


def sentence(errors: Sequence[Mapping[str, Any]]) -> str:
    """Say what is wrong with a body or query from pydantic's list, without the values themselves."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return "the body is not JSON: send UTF-8 JSON."
    where = ".".join(str(part) for part in first["loc"] if part != "body") or "the body"
    rest = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    message = str(first["msg"])
    return f"{where}: {message[:1].lower()}{message[1:]}{rest}; see /docs for what is expected."
