"""Put the application together: routes, static files, errors, guard."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module, resources
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

import anyio
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from .. import __version__
from . import problems, routes, routes_bulk, routes_info
from .guard import Guard
from .openapi import describe
from .settings import Settings
from .state import State

DOCS = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>hotline_nlp API</title>
<link rel="stylesheet" href="/static/swagger/swagger-ui.css">
<link rel="icon" href="data:,"></head>
<body><div id="swagger-ui"></div>
<script src="/static/swagger/swagger-ui-bundle.js"></script>
<script src="/static/swagger/start.js"></script></body></html>
"""


class Service(FastAPI):
    """The application behind its guard, which stands before all of FastAPI's own layers."""

    guard: Guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by way of the guard."""
        await self.guard(scope, receive, send)

    async def unguarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what the guard lets through."""
        await super().__call__(scope, receive, send)


def from_environment() -> FastAPI:
    """Return the application by the environment's settings: what a worker process runs."""
    return create_app(Settings.from_env(os.environ))


def create_app(settings: Settings) -> FastAPI:
    """Return the application; raise HotlineError where its folder or model can't be used."""
    state = State(settings)
    app = Service(
        title="hotline_nlp",
        version=__version__,
        description="Reads Chinese 12345 citizen requests: type, topic, unit, dispatch, decision.",
        docs_url=None,
        redoc_url=None,
        **_quiet(),
        lifespan=_lifespan(state),
    )
    app.state.service = state
    app.add_exception_handler(HTTPException, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _failed)
    for module in (routes, routes_bulk, routes_info):
        app.include_router(module.router(state))
    app.mount("/static", StaticFiles(directory=static()), name="static")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(DOCS)

    if find_spec("hotline_nlp.service.console"):
        import_module("hotline_nlp.service.console").mount(app, state)
    describe(app, state)
    app.guard = Guard(app.unguarded, state, {"/v1/classify": routes.classifier(state)})
    return app


def _quiet() -> dict[str, Any]:
    """Return what keeps newer versions of FastAPI from reporting requests elsewhere."""
    known = "telemetry" in signature(FastAPI.__init__).parameters
    return {"telemetry": {"tracing": False, "metrics": False, "logs": False}} if known else {}


def static() -> Path:
    """Return the folder of the files that browsers load."""
    return Path(str(resources.files("hotline_nlp.service") / "static"))


def _lifespan(state: State) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(state.watch)
            state.ready = True
            yield
            state.ready = False
            group.cancel_scope.cancel()
        with suppress(Exception):
            state.close()

    return lifespan


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = _PLAIN.get(error.status_code, error.detail) if error.detail in _BARE else error.detail
    return problems.response(error.status_code, detail, error.headers)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    refusal = problems.invalid(error.errors())
    return problems.response(refusal.status_code, refusal.detail)


async def _failed(_: Request, error: Exception) -> Response:
    refusal = problems.failure(error)  # the guard logs it
    return problems.response(refusal.status_code, refusal.detail, refusal.headers)


_BARE = ("Not Found", "Method Not Allowed", "There was an error parsing the body")
_PLAIN = {
    400: "the body can't be read: send UTF-8 JSON.",
    404: "there is nothing at this address: see /docs.",
    405: "this address does not take that method: see /docs.",
}
