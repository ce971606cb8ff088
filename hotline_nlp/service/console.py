"""The dispatcher's page at `/` and the routes that it alone uses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import Field
from starlette.responses import Response

from . import console_files
from .console_read import choices, keep_for_review, waiting, with_similar
from .routes import answer
from .schema import Strict
from .state import State


class Asked(Strict):
    """One request, as far as it is typed."""

    text: Annotated[str, Field(min_length=1)]


def mount(app: FastAPI, state: State) -> None:
    """Add the page, its routes, and the upkeep of uploaded files while the application runs."""
    page = (resources.files("hotline_nlp.service") / "static" / "console" / "index.html").read_bytes()

    @app.get("/", include_in_schema=False)
    async def console() -> Response:
        return Response(page, media_type="text/html; charset=utf-8")

    app.include_router(_router(state))
    files = console_files.Files(state)
    app.include_router(console_files.router(state, files))
    _keep_up(app, files)


def _router(state: State) -> APIRouter:
    made = APIRouter(prefix="/v1/console", include_in_schema=False)

    @made.get("/start")
    async def start(request: Request) -> Response:
        """Return what the page needs once: labels, units, limits, how many requests wait."""
        found = await state.blocking(lambda: choices(state))
        limits = {"max_upload": console_files.MAX_UPLOAD, "kept_minutes": console_files.KEPT // 60}
        return answer({**found, **limits, "user": request.state.key.name})

    @made.post("/read")
    async def read(body: Asked) -> Response:
        """Read one request with evidence; add past requests like it."""
        return answer(await with_similar(state, body.text))

    @made.get("/queue")
    async def queue(limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
        """Return the open requests of the review queue, the most doubtful first."""
        return answer(await state.blocking(lambda: waiting(state, limit)))

    @made.post("/queue", status_code=201)
    async def later(body: Asked) -> Response:
        """Put a request into the review queue."""
        return answer({"waiting": await keep_for_review(state, body.text)}, 201)

    return made


def _keep_up(app: FastAPI, files: console_files.Files) -> None:
    """Clear old files while the application runs, and all of this worker's jobs when it ends."""
    inner: Any = app.router.lifespan_context

    @asynccontextmanager
    async def both(served: FastAPI) -> AsyncIterator[Any]:
        async with inner(served) as given, files.running():
            yield given

    app.router.lifespan_context = both
