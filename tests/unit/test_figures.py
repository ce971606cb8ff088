"""The figures of reports, models and benchmarks are scikit-learn's, and count unknown labels as wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, top_k_accuracy_score

from benchmarks.metrics import Scores
from benchmarks.metrics import figures as benchmarked
from hotline_nlp.learn.measure import figures, measure_head, numbered

LABELS = ("咨询", "求助", "投诉", "建议", "其他")


def simulated(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(LABELS), 0.4), rows).astype(np.float32)
    return p, rng.integers(0, len(LABELS), rows)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_figures_are_those_of_scikit_learn(seed: int, rows: int) -> None:
    p, codes = simulated(seed, rows)
    found, answer = figures(p, codes), p.argmax(axis=1)
    assert found["accuracy"] == pytest.approx(accuracy_score(codes, answer))
    macro = f1_score(codes, answer, labels=np.unique(codes), average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(macro)
    assert found["top3"] == pytest.approx(top_k_accuracy_score(codes, p, k=3, labels=range(len(LABELS))))


def test_reports_and_benchmarks_state_the_same() -> None:
    p, codes = simulated(1, 200)
    truth = [LABELS[k] for k in codes[:-3]] + ["表扬", "表扬", "催办"]
    report = measure_head("type", LABELS, p, truth)
    other = benchmarked(Scores(LABELS, p, True), truth)
    assert report is not None
    assert report.figures() == {**{k: other[k] for k in ("accuracy", "macro_f1", "top3", "ece")}, "rows": 200}
    assert report.unknown == {"表扬": 2, "催办": 1}
    assert report.macro_f1 == pytest.approx(np.mean([row.f1 for row in report.classes]))


def test_a_label_that_is_not_known_is_a_wrong_answer_and_a_class() -> None:
    p = np.eye(2, dtype=np.float32)[[0, 0, 1, 1]]
    codes = numbered(["甲", "甲", "乙", "丙"], ("甲", "乙"))
    assert codes.tolist() == [0, 0, 1, 2]
    found = figures(p, codes)
    assert found["accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_coverage_counts_the_surest_answers() -> None:
    p = np.column_stack([np.linspace(1, 0.51, 100), np.linspace(0, 0.49, 100)]).astype(np.float32)
    codes = np.array([0] * 88 + [1] * 12)
    assert figures(p, codes)["accuracy_at_87.9"] == 1
    assert figures(p, codes, sure=-p.max(axis=1))["accuracy_at_87.9"] == pytest.approx(76 / 88)
    assert "ece" not in figures(p, codes, sure=p.max(axis=1))
