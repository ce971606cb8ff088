from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.errors import InputError
from hotline_nlp.learn.drift import band, compare, label_shift, novelty, psi, score_shift, stated_accuracy

COMMON = [chr(0x4E00 + i) for i in range(300)]
STRANGE = [chr(0x7000 + i) for i in range(300)]


def texts(count, seed, letters=COMMON):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(letters, 30)) for _ in range(count)]


def labels(shares, count, seed=0):
    rng = np.random.default_rng(seed)
    return list(rng.choice(["咨询", "求助", "投诉"], count, p=shares))


def beta(a, b, count, seed):
    return np.random.default_rng(seed).beta(a, b, count)


CALM = ([0.4, 0.4, 0.2], [0.4, 0.4, 0.2])
MOVED = ([0.4, 0.4, 0.2], [0.1, 0.2, 0.7])


def period(shares=CALM, letters=COMMON, sure=(8, 2), count=600):
    return compare(
        (texts(600, 1), texts(count, 2, letters)),
        {"type": (labels(shares[0], 600, 3), labels(shares[1], count, 4))},
        {"type": (beta(8, 2, 600, 5), beta(*sure, count, 6))},
    )


def test_two_draws_of_the_same_period_ask_for_nothing():
    found = period()
    assert found.advice == "keep"
    assert found.labels["type"].band == "stable"
    assert found.novelty == pytest.approx(found.usual, abs=0.02)


def test_moved_shares_alone_ask_for_a_correction_and_not_for_training():
    found = period(shares=MOVED)
    assert found.advice == "reweight"
    assert found.labels["type"].band == "large"
    assert found.labels["type"].moved[0][0] == "投诉"


def test_fallen_confidence_asks_for_training():
    found = period(sure=(3, 4))
    assert found.advice == "retrain"
    assert "建议重新训练" in found.verdict()
    assert "Retrain" in found.verdict("en")


def test_new_wording_with_moved_shares_asks_for_training():
    found = period(shares=MOVED, letters=STRANGE)
    assert found.novelty > 0.9
    assert found.advice == "retrain"


def test_new_wording_alone_is_watched():
    assert period(letters=COMMON[:150] + STRANGE[:60]).advice == "watch"


def test_a_few_rows_are_too_few_to_tell():
    found = period(count=20)
    assert found.advice == "unknown"
    assert "20" in found.verdict("en")


def test_what_chance_would_reach_is_no_drift():
    shares = np.full(46, 1 / 46)
    rng = np.random.default_rng(0)
    a, b = (rng.multinomial(150, shares).astype(float) for _ in range(2))
    value, chance = psi(a, b)
    assert value > 0.25
    assert band(value, chance) == "chance"


@pytest.mark.parametrize(
    ("value", "chance", "name"),
    [(0.05, 0.01, "stable"), (0.2, 0.01, "moderate"), (0.25, 0.01, "large"), (0.2, 0.2, "chance")],
)
def test_bands(value, chance, name):
    assert band(value, chance) == name


def test_psi_is_what_its_formula_says():
    value, _ = psi(np.array([50.0, 50.0]), np.array([90.0, 10.0]))
    p, q = np.array([50.5, 50.5]) / 101, np.array([90.5, 10.5]) / 101
    assert value == pytest.approx(((q - p) * np.log(q / p)).sum())


def known_reference(mean, stated=None):
    """Compare a reference that a model is 0.94 sure of with a period that it is `mean` sure of."""
    return compare(
        (texts(600, 1), texts(600, 2)),
        {"unit": (labels(CALM[0], 600, 3), labels(CALM[1], 600, 4))},
        {"unit": (beta(94, 6, 600, 5), beta(100 * mean, 100 * (1 - mean), 600, 6))},
        stated=stated,
    )


def test_a_model_that_knows_the_reference_is_judged_by_the_accuracy_that_it_states():
    assert known_reference(0.68).advice == "retrain"
    found = known_reference(0.68, {"unit": (0.69, 400)})
    assert found.advice == "keep"
    assert found.expected == {"unit": 0.69}
    assert "0.94" not in found.verdict("en")
    (note,) = found.notes()
    assert "0.94" in note
    assert "0.69" in note


def test_a_model_that_is_right_nearly_as_often_as_it_is_sure_is_not_blamed_for_a_known_reference():
    found = known_reference(0.88, {"unit": (0.89, 80)})
    assert found.scores["unit"].band == "large"
    assert (found.advice, found.expected) == ("keep", {"unit": 0.89})
    assert "confidence" not in found.verdict("en")


def test_confidence_below_the_stated_accuracy_is_watched_and_far_below_asks_for_training():
    found = known_reference(0.5, {"unit": (0.69, 400)})
    assert found.advice == "watch"
    assert known_reference(0.4, {"unit": (0.69, 400)}).advice == "retrain"
    assert "confidence of unit is 0.50, below its stated accuracy of 0.69" in found.verdict("en")
    assert "0.50，低于模型自述的准确率 0.69" in found.verdict()


def test_a_reference_that_fits_the_stated_accuracy_is_compared_as_it_is():
    found = known_reference(0.68, {"unit": (0.93, 400)})
    assert (found.advice, found.expected, found.notes()) == ("retrain", {}, [])


def test_stated_accuracy_is_read_where_a_model_has_it():
    manifest = {"rows": {"held_out": 80}, "metrics": {"held_out": {"unit": {"accuracy": 0.7}, "auto": {}}}}
    assert stated_accuracy(manifest) == {"unit": (0.7, 80)}
    assert stated_accuracy({"metrics": {"gold_dev": {"unit": {"accuracy": 0.8}}}}) == {}


def test_a_psi_that_chance_reaches_is_said_with_what_chance_reaches():
    rng = np.random.default_rng(0)
    many = [[f"事项{k}" for k in rng.integers(0, 46, 150)] for _ in range(2)]
    sides = (texts(150, 1), texts(150, 2))
    found = compare(sides, {"topic": tuple(many)}, {})
    assert f"(chance alone reaches {found.labels['topic'].chance:.2f})" in found.verdict("en")
    assert "随机波动" in found.verdict()
    moved = tuple(labels(shares, 150, 3) for shares in MOVED)
    assert "of type" in compare(sides, {"topic": tuple(many), "type": moved}, {}).verdict("en")


def test_an_empty_period_is_refused():
    with pytest.raises(InputError, match="nothing to compare"):
        label_shift(["咨询"], ["", ""])
    with pytest.raises(InputError, match="no text"):
        novelty(["路灯不亮"] * 4, [])


def test_constant_scores_do_not_break_the_bins():
    assert score_shift(np.full(200, 0.9), np.full(200, 0.9)).band == "stable"


def test_the_dictionary_is_json_and_says_the_verdict_in_both_languages():
    plain = json.loads(json.dumps(period().to_dict(), ensure_ascii=False))
    assert set(plain["verdict"]) == {"zh", "en"}
    assert plain["rows"] == [600, 600]


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=8), st.lists(st.integers(0, 50), min_size=2, max_size=8)
)
def test_psi_is_finite_symmetric_in_direction_and_never_negative(a, b):
    size = min(len(a), len(b))
    left, right = np.array(a[:size], float), np.array(b[:size], float)
    if left.sum() == 0 or right.sum() == 0:
        return
    value, chance = psi(left, right)
    assert np.isfinite(value)
    assert value >= -1e-12
    assert value == pytest.approx(psi(right, left)[0])
    assert chance > 0
