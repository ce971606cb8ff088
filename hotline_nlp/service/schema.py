"""The published schema: what `Result.to_dict()` emits, as pydantic models and as JSON Schema 2020-12."""

from __future__ import annotations

from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..result import SCHEMA

Probability = Field(ge=0, le=1)
Action = Literal["auto", "review", "reject"]


class Strict(BaseModel):
    """Takes the fields named, of the types named, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Alternative(Strict):
    """A label and its calibrated probability."""

    label: str
    probability: float = Probability


class ScoreOut(Strict):
    """A head's answer and the likeliest labels, the best first."""

    label: str
    probability: float = Probability
    alternatives: list[Alternative]


class TopicOut(ScoreOut):
    """A topic's answer with the domain (大类) that holds it."""

    domain: str


class PlaceOut(Strict):
    """Where the matter is; "" where the text does not say."""

    district: str
    town: str
    village: str
    confidence: float = Probability
    spot: str
    candidates: list[str]


class TagOut(Strict):
    """A special desk's tag or an urgency level, with the words that led to it."""

    desk: str
    tag: str
    words: list[str]


class MatterOut(Strict):
    """One of several matters; `start` and `end` are code points of the request."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    topic: str
    function: str
    unit: str
    probability: float = Probability


class CandidateOut(Strict):
    """A real unit and the probability that the order is its own."""

    unit: str
    probability: float = Probability


class DispatchOut(Strict):
    """The real unit that should lead, co-units, procedure and reasons."""

    lead: str
    co_units: list[str]
    procedure: str
    reasons: list[str]
    candidates: list[CandidateOut]
    needs: list[str]
    tags: list[TagOut]
    urgency: TagOut | None
    matters: list[MatterOut]


class DecisionOut(Strict):
    """What may be done with the answer, and why."""

    action: Action
    reason: str


class EvidenceOut(Strict):
    """A span of the request that moved a head's score, in logits of the label; its numbers are masked."""

    head: str
    label: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    contribution: float


class ResultOut(Strict):
    """One request read; `type`, `topic` and `unit` are null where the decision is reject."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    type: ScoreOut | None
    topic: TopicOut | None
    unit: ScoreOut | None
    urgent: bool
    urgent_probability: float = Probability
    flags: list[str]
    place: PlaceOut
    dispatch: DispatchOut
    decision: DecisionOut
    evidence: list[EvidenceOut]
    model: str


def result_schema() -> dict[str, Any]:
    """Return the JSON Schema of `Result.to_dict()`, made from the models."""
    made = ResultOut.model_json_schema(by_alias=True, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hotline-nlp:result:{SCHEMA}",
        **made,
        "title": "Result",
    }


def published() -> str:
    """Return the committed JSON Schema, the file that clients may keep."""
    folder = resources.files("hotline_nlp.service") / "schema"
    return (folder / f"result-v{SCHEMA}.json").read_text("utf-8")
