"""The simulated year of returns: owners as documented, a table that is noisy as documented, less error."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import machine, returns
from hotline_nlp import Classifier


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load()


def test_orders_have_owners_among_the_ranked_units(clf: Classifier) -> None:
    found = returns.orders(clf, clf.router, 600, seed=3)
    assert found == returns.orders(clf, clf.router, 600, seed=3)
    moved = sum(order.owner != order.first for order in found) / len(found)
    assert 0.05 < moved < 0.5
    pairs = Counter((order.topic, order.first) for order in found if order.owner != order.first)
    assert pairs.most_common(1)[0][1] > 2
    assert all(order.first == clf.router.lead(order.text, order.units, order.topic) for order in found[:50])


def test_the_table_records_returns_with_noise() -> None:
    draw, names = random.Random(0), ["甲", "乙", "丙", "丁"]
    wrong = Counter(returns.record(draw, "甲", "乙", names) for _ in range(4000))
    assert wrong[""] / 4000 == pytest.approx(returns.MISSED, abs=0.02)
    kept = 1 - returns.MISSED
    assert wrong["乙"] / 4000 == pytest.approx(kept * (1 - returns.MISFILED * 3 / 4), abs=0.02)
    right = Counter(returns.record(draw, "甲", "甲", names) for _ in range(4000))
    assert right[""] / 4000 == pytest.approx(1 - returns.FALSE, abs=0.01)


def test_learning_lowers_the_error_of_a_year(clf: Classifier, tmp_path: Path) -> None:
    found = returns.year(clf, 1, months=5, size=1500, folder=tmp_path)
    assert found["with"][0] == found["without"][0]
    assert found["with"][-1] < found["without"][-1] - 0.02
    assert all(floor <= without for floor, without in zip(found["floor"], found["without"], strict=True))
    assert len(list(tmp_path.glob("1-*.csv"))) == 6


def test_the_committed_curve_falls_and_can_be_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = machine.read("returns")
    assert result is not None and result["seeds"] == 5 and len(result["curve"]) == returns.MONTHS
    first, last = result["curve"][0], result["curve"][-1]
    assert first["with"]["mean"] == first["without"]["mean"]
    assert last["with"]["max"] < last["without"]["min"]
    assert returns.IMAGE.is_file()
    assert returns.draw(result, tmp_path / "curve.png").read_bytes()[:4] == b"\x89PNG"
