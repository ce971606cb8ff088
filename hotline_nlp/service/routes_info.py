"""What the service says of itself: labels, model, schema, health, metrics; and the admin's reload."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from ..result import SCHEMA
from .bodies import HealthOut, LabelsOut, ModelOut, ReloadOut
from .openapi import EVERYWHERE, refusals
from .problems import Problem
from .routes import BEARER, answer
from .schema import published
from .state import State


def router(state: State) -> APIRouter:
    """Return the routes over this state."""
    made = APIRouter(tags=["service"])
    keyed = APIRouter(prefix="/v1", dependencies=[BEARER], tags=["service"])

    @keyed.get("/labels", responses={200: {"model": LabelsOut}, **refusals(*EVERYWHERE)})
    async def labels() -> Response:
        """Return the label sets of the loaded model, by head."""
        clf = state.classifier
        return answer(
            {"model": clf.name, "labels": {name: list(found) for name, found in clf.labels.items()}}
        )

    @keyed.get("/model", responses={200: {"model": ModelOut}, **refusals(*EVERYWHERE)})
    async def model() -> Response:
        """Return the loaded model's name, its city, the rule of its decisions and the service's limits."""
        return answer(_model(state))

    @keyed.post(
        "/admin/reload",
        status_code=202,
        dependencies=[Depends(state.admin)],
        responses={202: {"model": ReloadOut}, **refusals(*EVERYWHERE, 403)},
    )
    async def reload() -> Response:
        """Ask every worker to load the model and the city pack again, between requests; none is dropped."""
        return answer({"generation": state.shared.ask_reload()}, 202)

    @made.get("/v1/schema", responses={200: {"content": {"application/schema+json": {"schema": {}}}}})
    async def schema() -> Response:
        """Return the JSON Schema of a Result."""
        return Response(published(), media_type="application/schema+json")

    @made.get("/healthz", responses={200: {"model": HealthOut}})
    async def healthz() -> Response:
        """Tell that the worker runs."""
        return answer({"status": "ok"})

    @made.get("/readyz", responses={200: {"model": HealthOut}, **refusals(503)})
    async def readyz() -> Response:
        """Tell that the worker takes requests."""
        if not state.ready:
            raise Problem(503, "the worker starts or stops.", retry_after=1)
        return answer({"status": "ok"})

    @made.get(
        "/metrics",
        dependencies=[BEARER],
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **refusals(*EVERYWHERE)},
    )
    async def metrics() -> Response:
        """Return figures of all workers for Prometheus."""
        return Response(await state.blocking(state.metrics.page), media_type=CONTENT_TYPE_LATEST)

    made.include_router(keyed)
    return made


def _model(state: State) -> dict[str, Any]:
    clf, policy = state.classifier, state.classifier.policy()
    return {
        "model": clf.name,
        "city": clf.pack.city,
        "schema": SCHEMA,
        "generation": state.shared.generation,
        "error_rate": policy.error_rate,
        "threshold": policy.threshold,
        "max_text": state.settings.max_text,
        "max_texts": state.settings.max_texts,
        "max_body": state.settings.max_body,
    }
