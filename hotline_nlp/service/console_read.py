"""What the page shows of one request and of the review queue."""

from __future__ import annotations

import asyncio
from typing import Any

from ..errors import HotlineError
from ..pack import CityPack
from ..pack.model import LOCAL
from .routes import doubt_of
from .state import State

SIMILAR = 5


async def with_similar(state: State, text: str) -> dict[str, Any]:
    """Return {"result": a Result with evidence, "similar": past requests}; raise as State.classify."""
    result, past = await asyncio.gather(
        state.classify(text, explain=True),
        state.blocking(lambda: state.feedback.similar(text, SIMILAR)),
    )
    shown = ("text", "kind", "type", "topic", "unit", "lead", "at")
    similar = [
        {**{name: getattr(item, name) for name in shown}, "likeness": likeness} for item, likeness in past
    ]
    return {"result": result.to_dict(), "similar": similar}


def waiting(state: State, limit: int) -> dict[str, Any]:
    """Return {"waiting": how many, "items": the most doubtful ones}; blocks."""
    items = [
        {"id": item.id, "at": item.at, "text": item.text, "doubt": item.doubt, "predicted": item.predicted}
        for item in state.feedback.queue(limit)
    ]
    return {"waiting": state.feedback.queue_size(), "items": items}


async def keep_for_review(state: State, text: str) -> int:
    """Put a request into the review queue, whatever the decision; return how many wait."""
    result = await state.classify(text)
    doubt = doubt_of(state.classifier, result)
    await state.blocking(lambda: state.feedback.queue_add(text, result.to_dict(), doubt))
    return await state.blocking(state.feedback.queue_size)


def choices(state: State) -> dict[str, Any]:
    """Return the model's name and labels, the city, its units and the queue's length; blocks."""
    clf = state.classifier
    return {
        "model": clf.name,
        "city": clf.pack.city,
        "labels": {name: list(found) for name, found in clf.labels.items()},
        "units": [{"name": name, "function": function} for name, function in units(clf.pack)],
        "max_text": state.settings.max_text,
        "waiting": state.feedback.queue_size(),
    }


def units(pack: CityPack) -> tuple[tuple[str, str], ...]:
    """Return (real unit, its function) of a city: the pack's own, then the counties' bureaus."""
    found = {unit.name: unit.function for unit in pack.units}
    functions = dict.fromkeys(unit.function for unit in pack.units if unit.function != LOCAL)
    for area in (place.code for place in pack.places if place.level == "area"):
        for function in functions:
            try:
                name = pack.county_unit(area, function)
            except HotlineError:
                continue
            if name:
                found.setdefault(name, function)
    return tuple(found.items())
