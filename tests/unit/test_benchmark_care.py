"""The benchmark of audit and adapt: it counts what they say, and pages and comments state what it found."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import care, care_months, machine, tables, tables_care
from benchmarks.__main__ import main
from benchmarks.shift import draw
from benchmarks.text import LANGUAGES
from hotline_nlp.engines.base import Head
from hotline_nlp.learn import adapt, audit
from hotline_nlp.learn.duplicates import near_duplicates

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"供水": "水管停水压表浑", "路灯": "灯杆亮夜照明漆", "公交": "司机站台班次甩"}


def made(count: int = 120) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(0)
    filler = [chr(0x4E00 + i) for i in range(400, 2400)]
    labels = [list(WORDS)[i % 3] for i in range(count)]
    return ["".join([*rng.choice(list(WORDS[x]), 4), *rng.choice(filler, 9)]) for x in labels], labels


@pytest.fixture(scope="module")
def result() -> dict:
    found = machine.read("care")
    assert found is not None
    return found


def test_a_share_of_the_labels_becomes_others_by_their_weights() -> None:
    codes = np.arange(500) % 3
    spoiled = care.spoil(codes, np.tile([8.0, 8.0, 0.0], (500, 1)), 1)
    wrong = spoiled != codes
    assert wrong.sum() == 30
    assert set(spoiled[wrong].tolist()) == {0, 1}
    assert (care.spoil(codes, np.tile([8.0, 8.0, 0.0], (500, 1)), 1) == spoiled).all()
    assert (care.spoil(codes, np.eye(3)[codes], 1) != codes).sum() == 30


def test_the_benchmark_counts_what_the_audit_lists() -> None:
    pytest.importorskip("cleanlab")
    texts, labels = made()
    wrong = np.zeros(len(labels), bool)
    wrong[[7, 30, 59]] = True
    given = ["公交" if i in (7, 30) else "供水" if i == 59 else x for i, x in enumerate(labels)]
    found = care.audited(texts, near_duplicates(texts), given, wrong)
    rows = [f.row for f in audit.audit(texts, {"topic": given}).findings if f.kind == "label"]
    assert found["audit"] == {"listed": len(rows), "wrong": int(wrong[rows].sum())}
    assert found["audit"]["wrong"] > 0
    assert (
        found["lists"]["0.0"]["listed"] >= found["lists"]["0.5"]["listed"] >= found["lists"]["0.8"]["listed"]
    )
    assert (found["wrong"], found["labels"], found["judged"]) == (3, 3, 120)


def test_a_judge_that_agrees_with_too_few_lists_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cleanlab")
    monkeypatch.setattr(audit, "AGREED", 1.01)
    texts, labels = made()
    labels[7] = "公交"
    found = care.audited(texts, near_duplicates(texts), labels, np.arange(120) == 7)
    assert found["audit"] == {"listed": 0, "wrong": 0}
    assert found["lists"]["0.5"]["listed"] > 0


def test_an_estimate_far_above_the_answers_is_refused() -> None:
    head = Head("unit", "softmax", ("甲", "乙"), prior=(0.99, 0.01))
    right = np.zeros(400, np.int64)
    calm = np.tile([0.99, 0.01], (400, 1))
    assert care_months.one(head, calm, right) == {
        "times": pytest.approx(1, abs=0.01), "points": 0, "refused": 0, "before": 1, "adapted": 1, "worse": 0,
    }  # fmt: skip
    risen = care_months.one(head, np.tile([0.95, 0.05], (400, 1)), right)
    assert risen["refused"] == risen["worse"] == 1
    assert risen["times"] > adapt.TIMES
    assert risen["points"] > adapt.POINTS
    assert risen["adapted"] < risen["before"]


def test_a_month_has_as_many_requests_as_wanted() -> None:
    dev = np.arange(60) % 3
    assert len(draw(dev, np.array([0.5, 0.5, 0]), 0, 200)) == 200


def test_lists_are_summed_before_they_are_shared() -> None:
    lists = [{"listed": 10, "wrong": 5}, {"listed": 30, "wrong": 3}]
    found = tables_care.pooled(lists, [{"wrong": 6}, {"wrong": 10}])
    assert found == {"listed": 40, "wrong": 8, "all": 16}


def test_the_pages_show_the_committed_figures(result: dict) -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    made = {name: make(result, LANGUAGES["en"]) for name, make in _care().items()}
    assert all(f"<!-- table:{name} -->\n{table}\n<!-- /table -->" in page for name, table in made.items())
    assert tables.fill(page, made) == page


def _care() -> dict:
    return {name: make for name, (source, make) in tables.TABLES.items() if source == "care"}


def test_the_committed_figures_are_of_the_thresholds_in_force(result: dict) -> None:
    assert result["thresholds"] == {"sure": audit.SURE, "agreed": audit.AGREED}
    assert result["wrong_share"] == care.WRONG
    kinds = {(t["rows"], t["head"], t["drawn"]) for t in result["tables"]}
    assert len(kinds) == len(care.SIZES) * 3 * len(care.DRAWS)
    assert len(result["tables"]) == len(kinds) * result["seeds"]


def said_in(module: ModuleType) -> str:
    return " ".join(Path(str(module.__file__)).read_text("utf-8").replace("#", "").split())


def test_the_audit_s_comment_states_the_committed_figures(result: dict) -> None:
    said = said_in(audit)
    for enough, words in ((True, "SURE lists"), (False, "SURE alone would list")):
        part = [t for t in result["tables"] if (t["agreement"] >= audit.AGREED) is enough]
        low, high = (round(100 * pick(t["agreement"] for t in part)) for pick in (min, max))
        assert f"agrees with {low} to {high}%" in said
        sure, plain = (tables_care.pooled([t["lists"][at] for t in part], part) for at in ("0.5", "0.0"))
        assert f"{words} {sure['listed']:,} instead of {plain['listed']:,} and {sure['wrong']:,} of " in said
        assert f"{sure['all']:,} replaced ones instead of {plain['wrong']:,}" in said


def test_the_comments_of_adapt_state_the_committed_figures(result: dict) -> None:
    said, months = said_in(adapt), result["adapt"]["figures"]
    found = {(f["head"], f["rows"], f["drawn"]): f for f in months}
    for head, drawn in product(("type", "topic", "unit"), ("city", "dev")):
        f = found[head, 1000, drawn]
        assert f"from {f['before']['mean']:.3f} to {f['adapted']['mean']:.3f}" in said
    types, topics, units = ([f for f in months if f["head"] == head] for head in ("type", "topic", "unit"))
    times = [max(f["times"]["max"] for f in some) for some in (types, topics, units)]
    assert (
        "types come to at most {:.1f} times the answers, topics to {:.1f} and units to {:.1f}".format(*times)
        in said
    )
    assert f"by at most {max(f['points']['max'] for f in months):.3f} of the month: none is refused" in said
    assert not any(f["refused"]["mean"] for f in months)


def test_numbers_from_1_on_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["care", "--seeds", "0"])
    assert "from 1 on" in capsys.readouterr().err
