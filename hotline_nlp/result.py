"""The answer to one request: what `classify` returns and what every other surface emits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1
"""Number of the `to_dict` schema; it grows when a field changes its meaning or goes."""


@dataclass(frozen=True, slots=True)
class Score:
    """A head's answer: its label, the calibrated probability, and the top-k with the best first."""

    label: str
    probability: float
    alternatives: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "label": self.label,
            "probability": self.probability,
            "alternatives": [{"label": label, "probability": p} for label, p in self.alternatives],
        }


@dataclass(frozen=True, slots=True)
class Topic(Score):
    """A topic's Score, with the domain (大类) that holds it."""

    domain: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {**Score.to_dict(self), "domain": self.domain}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of the caller's own text that moved one head's score.

    `start` and `end` are code-point offsets into the text as given; `contribution` is in logits of the
    label named; `text` is the span with personal numbers masked.
    """

    head: str
    label: str
    start: int
    end: int
    text: str
    contribution: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {name: getattr(self, name) for name in Evidence.__slots__}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the matter is: Chinese names, empty where the text does not say; confidence in [0, 1].

    `spot` is a known place (estate, road, school); `candidates` are full paths where several stay open.
    """

    district: str = ""
    town: str = ""
    village: str = ""
    confidence: float = 0.0
    spot: str = ""
    candidates: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        plain = {name: getattr(self, name) for name in Place.__slots__}
        return {**plain, "candidates": list(self.candidates)}


@dataclass(frozen=True, slots=True)
class TagHit:
    """A special desk's tag, or an urgency level, with the words of the request that led to it."""

    desk: str
    tag: str
    words: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"desk": self.desk, "tag": self.tag, "words": list(self.words)}


@dataclass(frozen=True, slots=True)
class Matter:
    """One of several matters: code-point span, topic, unit function, its real unit and the probability."""

    start: int
    end: int
    topic: str
    function: str
    unit: str
    probability: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {name: getattr(self, name) for name in Matter.__slots__}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The real unit that should lead, its co-units, the procedure and the reasons for them.

    `candidates` are (real unit, probability), the best first; `needs` is ("place",) where the district must
    be asked for; `tags` are special desks, `urgency` the pack's level; `matters` are the parts of a request
    that holds several.
    """

    lead: str = ""
    co_units: tuple[str, ...] = ()
    procedure: str = ""
    reasons: tuple[str, ...] = ()
    candidates: tuple[tuple[str, float], ...] = ()
    needs: tuple[str, ...] = ()
    tags: tuple[TagHit, ...] = ()
    urgency: TagHit | None = None
    matters: tuple[Matter, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "lead": self.lead,
            "co_units": list(self.co_units),
            "procedure": self.procedure,
            "reasons": list(self.reasons),
            "candidates": [{"unit": unit, "probability": p} for unit, p in self.candidates],
            "needs": list(self.needs),
            "tags": [tag.to_dict() for tag in self.tags],
            "urgency": self.urgency.to_dict() if self.urgency else None,
            "matters": [matter.to_dict() for matter in self.matters],
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What may be done with the answer: `auto`, `review` or `reject`, and why in one sentence."""

    action: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"action": self.action, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Result:
    """One request read. A rejected request has `None` for type, topic and unit."""

    type: Score | None
    topic: Topic | None
    unit: Score | None
    urgent: bool
    urgent_probability: float
    flags: tuple[str, ...]
    place: Place
    dispatch: Dispatch
    decision: Decision
    model: str
    evidence: tuple[Evidence, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return the one schema that the command line, the batch and the service emit, ready for JSON."""
        return {
            "schema": SCHEMA,
            "type": self.type.to_dict() if self.type else None,
            "topic": self.topic.to_dict() if self.topic else None,
            "unit": self.unit.to_dict() if self.unit else None,
            "urgent": self.urgent,
            "urgent_probability": self.urgent_probability,
            "flags": list(self.flags),
            "place": self.place.to_dict(),
            "dispatch": self.dispatch.to_dict(),
            "decision": self.decision.to_dict(),
            "evidence": [item.to_dict() for item in self.evidence],
            "model": self.model,
        }
