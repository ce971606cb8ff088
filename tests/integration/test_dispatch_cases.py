"""Dispatch cases written for this project: lead, co-units, procedure and the kind of reason given."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_nlp.pack import load_pack
from hotline_nlp.route import PROCEDURES, Return, Router, Routing
from hotline_nlp.taxonomy import read_rows

CASES = read_rows(Path(__file__).resolve().parent.parent / "golden" / "dispatch_cases.csv")
ROUTER = Router(load_pack("xiangtan"))


def shares(cell: str) -> list[tuple[str, float]]:
    return [(name, float(p)) for name, _, p in (part.partition(":") for part in cell.split("|") if part)]


def scorer_of(cell: str):
    """Return a scorer that reads a span by the first of the case's words that stands in it."""
    table = []
    for part in cell.split(";"):
        word, _, answer = part.partition("=")
        topic, _, units = answer.partition("/")
        table.append((word, topic, shares(units)))

    def scorer(span: str) -> tuple[str, list[tuple[str, float]]]:
        for word, topic, units in table:
            if word in span:
                return topic, units
        return "", [("其他单位", 0.1)]

    return scorer


def route(case: dict[str, str]) -> Routing:
    history = [Return(*part.split("@")) for part in case["history"].split(";") if part]
    scorer = scorer_of(case["spans"]) if case["spans"] else None
    return ROUTER.trace(case["text"], shares(case["units"]), case["topic"], history, scorer)


def named(cell: str) -> list[str]:
    names = [ROUTER.units.find(part) for part in cell.split("|") if part]
    assert all(names), cell
    return names


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, str]) -> None:
    routing = route(case)
    assert [routing.dispatch.lead] == (named(case["lead"]) or [""])
    assert sorted(routing.dispatch.co_units) == sorted(named(case["co_units"]))
    assert routing.dispatch.procedure == case["procedure"]
    assert case["reason"] in {step.kind for step in routing.steps}
    assert routing.dispatch.reasons == tuple(step.text for step in routing.steps)


def test_the_cases_cover_every_unit_and_procedure() -> None:
    assert len(CASES) >= 150 and len({case["id"] for case in CASES}) == len(CASES)
    met = {name for case in CASES for name in named(case["lead"]) + named(case["co_units"])}
    assert {unit.name for unit in ROUTER.pack.units} <= met
    assert {case["procedure"] for case in CASES} == set(PROCEDURES)


def test_the_batch_path_names_the_same_lead_district_and_procedure() -> None:
    plain = [case for case in CASES if not case["history"] and not case["spans"]]
    columns = ROUTER.route_many(
        [case["text"] for case in plain],
        [shares(case["units"]) for case in plain],
        [case["topic"] for case in plain],
    )
    for row, case in enumerate(plain):
        place, dispatch = ROUTER.route(case["text"], shares(case["units"]), case["topic"])
        assert columns["lead_unit"][row] == dispatch.lead == named_or_empty(case["lead"])
        assert columns["district"][row] == place.district
        assert columns["procedure"][row] == dispatch.procedure
        assert ROUTER.lead(case["text"], shares(case["units"]), case["topic"]) == dispatch.lead


def named_or_empty(cell: str) -> str:
    return named(cell)[0] if cell else ""
