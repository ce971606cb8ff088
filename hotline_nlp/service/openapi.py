"""What the OpenAPI page says beyond the routes' own types: limits in force, refusals, the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .bodies import ClassifyIn, ProblemOut
from .problems import MEDIA

if TYPE_CHECKING:
    from .state import State

REFUSALS = {
    400: "The body is not JSON, or not HTTP.",
    401: "No valid API key.",
    403: "Not an admin key.",
    408: "The body came too slowly.",
    413: "The body is too long.",
    415: "Not the content type that is taken.",
    421: "Not a host name of this service.",
    422: "A field is not as described.",
    429: "The key's rate is used up; see Retry-After.",
    503: "Overloaded, or the database is locked; see Retry-After.",
}


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI responses for these statuses."""
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    return {code: {"description": REFUSALS[code], "content": content} for code in codes}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI description of a JSON body that the handler reads by itself."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


EVERYWHERE = (401, 421, 429, 503)
BODY = (*EVERYWHERE, 400, 408, 413, 415, 422)


def describe(app: FastAPI, state: State) -> None:
    """Let the application's OpenAPI document state the limits in force."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = plain()
            schemas = models_json_schema(
                [(ProblemOut, "serialization"), (ClassifyIn, "validation")],
                ref_template="#/components/schemas/{model}",
            )[1]
            made["components"]["schemas"].update(schemas["$defs"])
            _bound(made["components"]["schemas"], state)
            for path in made["paths"].values():
                for operation in path.values():
                    for code, answer in list(operation["responses"].items()):
                        if code == "422" and MEDIA not in answer.get("content", {}):
                            del operation["responses"][code]  # FastAPI's own, which is never sent
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _bound(schemas: dict[str, Any], state: State) -> None:
    """Write the text limit and the model's labels into the bodies' schemas."""
    most = state.settings.max_text
    for name in ("ClassifyIn", "FeedbackIn"):
        schemas[name]["properties"]["text"]["maxLength"] = most
    schemas["FeedbackIn"]["allOf"] = [
        _when("return", _given("returned_by")),
        _when("correction", {"anyOf": [_given(name) for name in ("type", "topic", "unit", "lead")]}),
    ]
    for head, labels in state.classifier.labels.items():
        if head in ("type", "topic", "unit"):
            schemas["FeedbackIn"]["properties"][head]["enum"] = ["", *labels]


def _when(kind: str, then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {"kind": {"const": kind}}}, "then": then}


def _given(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"minLength": 1}}}
