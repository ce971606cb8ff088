"""What clients send and, beside Results, what they get: strict models, every field bounded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .schema import Alternative, Strict

Short = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=128)]
Reason = Annotated[str, Field(max_length=500)]


class ReturnIn(Strict):
    """An earlier return of the same order: the unit that sent it back, its reason, when (ISO 8601)."""

    unit: Annotated[str, Field(min_length=1, max_length=128)]
    reason: Reason = ""
    at: Short = ""


class ClassifyIn(Strict):
    """One request to read."""

    text: Annotated[str, Field(description="the request; longer than the service's limit is refused")]
    history: Annotated[list[ReturnIn], Field(max_length=20, default_factory=list)]
    explain: Annotated[bool, Field(description="add the spans that moved the scores")] = False
    queue: Annotated[bool, Field(description="keep it, masked, for review where the decision is review")] = (
        False
    )


class FeedbackIn(Strict):
    """What a person says of a request: accepted, a correction, or a return by a unit.

    Labels must be the model's own (GET /v1/labels); "" says nothing of that head.
    """

    kind: Literal["accepted", "correction", "return"]
    text: Annotated[str, Field(min_length=1)]
    type: Short = ""
    topic: Short = ""
    unit: Short = ""
    lead: Name = ""
    ticket: Annotated[Short, Field(description="the order's number; the export keeps its last word")] = ""
    returned_by: Name = ""
    reason: Reason = ""


class FeedbackOut(Strict):
    """What was stored: its number and what the model had said."""

    id: int
    at: str
    model: str
    type: Alternative | None
    topic: Alternative | None
    unit: Alternative | None


class LabelsOut(Strict):
    """The label sets of the loaded model, by head."""

    model: str
    labels: dict[str, list[str]]


class ModelOut(Strict):
    """The loaded model: its name, version and when it was loaded (the number of reloads before)."""

    model: str
    city: str
    schema_: Annotated[int, Field(alias="schema")]
    generation: int
    error_rate: float
    threshold: float
    max_text: int
    max_texts: int
    max_body: int


class ReloadOut(Strict):
    """The number of the load that was asked for."""

    generation: int


class HealthOut(Strict):
    """Whether the worker runs, or is ready."""

    status: Literal["ok"]


class ProblemOut(Strict):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
