"""What routing found: the place, the dispatch and the whole chain of reasons behind it."""

from __future__ import annotations

from typing import NamedTuple

from hotline_nlp.result import Dispatch, Place
from hotline_nlp.route.duties import Fit
from hotline_nlp.route.reading import Reading

DIRECT, JOINT, JOINT_INVESTIGATION = "direct", "joint", "joint_investigation"
CONFIRM_PLACE, UNCLEAR_DUTY = "confirm_place", "unclear_duty"
PROCEDURES = (DIRECT, JOINT, JOINT_INVESTIGATION, CONFIRM_PLACE, UNCLEAR_DUTY)
"""direct: one unit takes it; joint: 一单联派, a lead and co-units; joint_investigation: after two returns the
disputing units settle it together (双向转办); confirm_place: the district must be asked for, the lead is the
likeliest; unclear_duty: no duty fits, nobody leads before a person has decided."""


class Reason(NamedTuple):
    """One step: kind (place, function, rule, duty, level, learned, history, matter, need) and its sentence.

    ref is the id of the rule or duty that the sentence quotes, "" for the other kinds.
    """

    kind: str
    text: str
    ref: str = ""


class Routing(NamedTuple):
    """The full answer; `place` and `dispatch` are what a Result carries, the rest is how they came about.

    nearest: up to three duties, the best first.
    """

    place: Place
    dispatch: Dispatch
    reading: Reading
    nearest: tuple[Fit, ...] = ()
    steps: tuple[Reason, ...] = ()
