"""What routing found: the place, the dispatch and the whole chain of reasons behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotline_nlp.result import Dispatch, Place
from hotline_nlp.route.duties import Fit
from hotline_nlp.route.reading import Reading
from hotline_nlp.route.tags import TagHit

DIRECT, JOINT, JOINT_INVESTIGATION = "direct", "joint", "joint_investigation"
CONFIRM_PLACE, UNCLEAR_DUTY = "confirm_place", "unclear_duty"
PROCEDURES = (DIRECT, JOINT, JOINT_INVESTIGATION, CONFIRM_PLACE, UNCLEAR_DUTY)
"""direct: one unit takes it; joint: 一单联派, a lead and co-units; joint_investigation: after two returns the
disputing units settle it together (双向转办); confirm_place: the district must be asked for, the lead is the
likeliest; unclear_duty: no duty fits, nobody leads before a person has decided."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One step: kind (place, function, rule, duty, level, learned, history, matter, need) and its sentence.

    ref is the id of the rule or duty that the sentence quotes, "" for the other kinds.
    """

    kind: str
    text: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One of several matters: code-point span, topic, unit function, its real unit and the probability."""

    start: int
    end: int
    topic: str
    function: str
    unit: str
    probability: float


@dataclass(frozen=True, slots=True)
class Routing:
    """The full answer; `dispatch` is what a Result carries.

    candidates: (real unit, probability) with the best first. needs: ("place",) where the district is open.
    nearest: up to three duties, the best first. urgency: the pack's level with the words that led to it.
    """

    place: Place
    dispatch: Dispatch
    reading: Reading
    candidates: tuple[tuple[str, float], ...] = ()
    needs: tuple[str, ...] = ()
    tags: tuple[TagHit, ...] = ()
    urgency: TagHit | None = None
    matters: tuple[Matter, ...] = ()
    nearest: tuple[Fit, ...] = ()
    steps: tuple[Reason, ...] = field(default=())
