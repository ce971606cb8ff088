"""POST /v1/classify and /v1/feedback: one request, one answer."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Security
from fastapi.security import HTTPBearer
from pydantic import ValidationError
from starlette.responses import Response

from ..classifier import Classifier
from ..result import Result, Score
from .bodies import ClassifyIn, FeedbackIn, FeedbackOut
from .feedback import Feedback
from .guard import JSON, Handler
from .logs import text_id
from .openapi import BODY, body_of, refusals
from .problems import Problem, invalid
from .schema import ResultOut
from .state import State

BEARER = Security(HTTPBearer(auto_error=False, description="An API key of hotline-nlp key create."))


def answer(value: Any, status: int = 200) -> Response:
    """Return a value as JSON in UTF-8."""
    return Response(orjson.dumps(value), status, media_type=JSON)


def classifier(state: State) -> Handler:
    """Return the handler of /v1/classify, the busiest: the guard calls it before FastAPI's layers."""

    async def classify(request: Request) -> Response:
        """Return type, topic, unit, place, dispatch, decision; with `explain`, evidence too."""
        try:
            body = ClassifyIn.model_validate_json(await request.body())
        except ValidationError as error:
            raise invalid(error.errors(include_input=False, include_url=False)) from None
        history = [item.model_dump() for item in body.history]
        result = await state.classify(body.text, history=history, explain=body.explain)
        request.state.noted = f" text={text_id(body.text)} decision={result.decision.action}"
        plain = result.to_dict()
        if body.queue and result.decision.action == "review":
            doubt = doubt_of(state.classifier, result)
            await state.blocking(lambda: state.feedback.queue_add(body.text, plain, doubt))
        return answer(plain)

    return classify


def router(state: State) -> APIRouter:
    """Return the routes over this state."""
    made = APIRouter(prefix="/v1", dependencies=[BEARER], tags=["requests"])
    made.post(
        "/classify",
        summary="Read one request",
        openapi_extra=body_of(ClassifyIn),
        responses={200: {"model": ResultOut}, **refusals(*BODY)},
    )(classifier(state))

    @made.post(
        "/feedback",
        summary="Keep a correction, an acceptance or a return",
        status_code=201,
        responses={201: {"model": FeedbackOut}, **refusals(*BODY)},
    )
    async def feedback(body: FeedbackIn, request: Request) -> Response:
        """Store it, numbers masked, on disk before the answer, beside the model's own reading."""
        stored, result = await keep(state, body, request.state.key.public)
        return answer(_receipt(stored, result), 201)

    return made


async def keep(state: State, body: FeedbackIn, key: str) -> tuple[Feedback, Result]:
    """Check and store one feedback; return it as stored, and the model's reading. Raises Problem 422."""
    clf = state.classifier
    for head in ("type", "topic", "unit"):
        label = getattr(body, head)
        if label and label not in clf.labels.get(head, ()):
            raise Problem(422, f"{head} is no label of the model: see GET /v1/labels.")
    if body.kind == "correction" and not (body.type or body.topic or body.unit or body.lead):
        raise Problem(422, "a correction needs a type, topic, unit or lead: what is right?")
    if body.kind == "return" and not body.returned_by:
        raise Problem(422, "a return needs returned_by: which unit sent the order back?")
    result = await state.classify(body.text)
    item = Feedback(**body.model_dump(), key=key, model=result.model, predicted=_brief(result))
    stored = await state.blocking(lambda: state.feedback.add(item))
    state.metrics.feedback.labels(body.kind).inc()
    return stored, result


def doubt_of(clf: Classifier, result: Result) -> float:
    """Return how much the model doubts its answer: 1 - the probability that the decision follows."""
    score: Score | None = getattr(result, clf.policy().head, None)
    return 1.0 - score.probability if score else 1.0


def _brief(result: Result) -> dict[str, Any]:
    heads = {name: getattr(result, name) for name in ("type", "topic", "unit")}
    return {
        **{
            name: {"label": score.label, "probability": score.probability} if score else None
            for name, score in heads.items()
        },
        "lead": result.dispatch.lead,
        "decision": result.decision.action,
    }


def _receipt(stored: Feedback, result: Result) -> dict[str, Any]:
    brief = _brief(result)
    return {
        "id": stored.id,
        "at": stored.at,
        "model": stored.model,
        **{name: brief[name] for name in ("type", "topic", "unit")},
    }
