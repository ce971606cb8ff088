"""Dispatch: where a request is about, which real unit takes it, with whom, how, and why."""

from __future__ import annotations

from hotline_nlp.result import Matter, TagHit
from hotline_nlp.route.answer import PROCEDURES, Reason, Routing
from hotline_nlp.route.learning import Learned
from hotline_nlp.route.place import Mention, PlaceResolver
from hotline_nlp.route.reading import Reading
from hotline_nlp.route.returns import Return
from hotline_nlp.route.router import Router
from hotline_nlp.route.split import SpanScorer

__all__ = [
    "PROCEDURES",
    "Learned",
    "Matter",
    "Mention",
    "PlaceResolver",
    "Reading",
    "Reason",
    "Return",
    "Router",
    "Routing",
    "SpanScorer",
    "TagHit",
]
