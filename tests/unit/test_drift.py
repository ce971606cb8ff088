from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.errors import InputError
from hotline_nlp.learn.drift import band, compare, label_shift, novelty, psi, score_shift

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
