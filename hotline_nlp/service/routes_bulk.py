"""POST /v1/batch and /v1/batch/stream: many requests."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Body, Query, Request
from starlette.responses import Response

from ..result import Result
from .guard import JSON, NDJSON
from .openapi import BODY, refusals
from .problems import Problem
from .routes import BEARER
from .schema import ResultOut
from .state import State
from .stream import Lines, read_stream

Texts = Annotated[list[str | None], Body(description="the requests; null comes back as reject", min_length=1)]
_LINES = {
    "requestBody": {
        "required": True,
        "content": {
            NDJSON: {
                "schema": {
                    "type": "string",
                    "description": 'a request a line: "text", or {"text": …, "id": …} with an id of your own',
                }
            }
        },
    }
}


def router(state: State) -> APIRouter:
    """Return the routes over this state."""
    made = APIRouter(prefix="/v1", dependencies=[BEARER], tags=["many requests"])

    @made.post(
        "/batch",
        summary="Read a list of requests",
        responses={200: {"model": list[ResultOut]}, **refusals(*BODY)},
    )
    async def batch(texts: Texts, request: Request) -> Response:
        """Return a Result for each, in order."""
        _check(state, texts, request)
        state.enter_job()
        try:
            results = await state.score(texts)
            body = await state.bulk(lambda: _written(results))
        finally:
            state.leave_job()
        request.state.noted = f" texts={len(texts)}"
        return Response(body, media_type=JSON)

    @made.post(
        "/batch/stream",
        summary="Read requests line by line",
        openapi_extra=_LINES,
        responses={
            200: {
                "content": {NDJSON: {"schema": {"type": "string"}}},
                "description": "an answer a line, in order",
            },
            **refusals(*BODY),
        },
    )
    async def stream(
        request: Request, view: Annotated[Literal["brief", "full"], Query()] = "brief"
    ) -> Response:
        """Answer each line while later ones still arrive, in order, in constant memory.

        `brief` has the labels, probabilities, district, lead unit and decision, each where a Result has it;
        `full` is the whole Result. A line that can't be read comes back as reject with its reason.
        """
        state.enter_job()
        return Lines(read_stream(state, request, view), state.leave_job)

    return made


def _check(state: State, texts: list[str | None], request: Request) -> None:
    most = min(state.settings.max_texts, request.state.key.max_texts or state.settings.max_texts)
    if len(texts) > most:
        raise Problem(
            413, f"the list has {len(texts)} texts and may have {most}: send fewer, or use the stream."
        )
    for number, text in enumerate(texts, 1):
        state.check_text(text or "", f"text {number}")


def _written(results: list[Result]) -> bytes:
    return orjson.dumps([result.to_dict() for result in results])
