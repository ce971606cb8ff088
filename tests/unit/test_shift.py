from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.calibrate import calibration_error
from hotline_nlp.engines.shares import known_shares
from hotline_nlp.errors import InputError
from hotline_nlp.learn.shift import (
    bbse_shares,
    em_shares,
    fit_bias,
    reweight,
    shares_of,
)

SOURCE = np.array([0.2, 0.2, 0.6])
TARGET = np.array([0.6, 0.3, 0.1])
CENTRES = np.eye(3) * 1.6


def draw(shares, count, seed):
    """Draw labels by shares and texts' features by label; return labels and exact log p(x | y)."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, count, p=shares)
    points = CENTRES[labels] + rng.normal(size=(count, 3))
    return labels, -0.5 * ((points[:, None, :] - CENTRES[None]) ** 2).sum(axis=2)


def posterior(likelihood, shares):
    out = np.exp(likelihood) * shares
    return out / out.sum(axis=1, keepdims=True)


def test_known_shares_turn_the_posterior_of_one_city_into_that_of_the_other():
    _, likelihood = draw(TARGET, 200, 1)
    moved = reweight(posterior(likelihood, SOURCE), SOURCE, TARGET)
    assert np.allclose(moved, posterior(likelihood, TARGET))


def test_em_finds_the_shares_of_an_unlabelled_month():
    labels, likelihood = draw(TARGET, 6000, 2)
    found = em_shares(posterior(likelihood, SOURCE), SOURCE)
    assert np.abs(found - shares_of(labels, 3)).sum() < 0.05


def test_bbse_finds_the_shares_of_an_unlabelled_month():
    held, held_likelihood = draw(SOURCE, 6000, 3)
    labels, likelihood = draw(TARGET, 6000, 4)
    found = bbse_shares(posterior(held_likelihood, SOURCE), held, posterior(likelihood, SOURCE))
    assert np.abs(found - shares_of(labels, 3)).sum() < 0.08


def test_a_correction_raises_accuracy_where_shares_moved():
    labels, likelihood = draw(TARGET, 4000, 5)
    plain = posterior(likelihood, SOURCE)
    moved = reweight(plain, SOURCE, em_shares(plain, SOURCE))
    assert (moved.argmax(1) == labels).mean() > (plain.argmax(1) == labels).mean() + 0.03


def test_without_a_shift_em_stays_where_it_was():
    labels, likelihood = draw(SOURCE, 6000, 6)
    assert np.abs(em_shares(posterior(likelihood, SOURCE), SOURCE) - shares_of(labels, 3)).sum() < 0.04


def test_a_prior_steadies_few_texts_and_gives_way_to_many():
    errors = {(size, strength): [] for size in (60, 6000) for strength in (0.0, 60.0)}
    for seed in range(20):
        for size in (60, 6000):
            p = posterior(draw(SOURCE, size, 100 + seed)[1], SOURCE)
            for strength in (0.0, 60.0):
                found = em_shares(p, SOURCE, strength=strength)
                assert found.sum() == pytest.approx(1)
                errors[size, strength].append(np.abs(found - SOURCE).sum())
    means = {key: np.mean(values) for key, values in errors.items()}
    assert means[60, 60.0] < 0.7 * means[60, 0.0]
    p = posterior(draw(TARGET, 6000, 2)[1], SOURCE)
    assert np.abs(em_shares(p, SOURCE, strength=60.0) - em_shares(p, SOURCE)).sum() < 0.03


def test_a_prior_of_any_weight_holds_an_estimate_between_both():
    p = posterior(draw(TARGET, 300, 9)[1], SOURCE)
    free = em_shares(p, SOURCE)
    far = [float(np.abs(em_shares(p, SOURCE, strength=s) - free).sum()) for s in (0, 30, 300, 1e9)]
    assert far == sorted(far) and far[0] == 0
    assert em_shares(p, SOURCE, strength=1e9) == pytest.approx(SOURCE, abs=1e-5)


def test_a_bias_correction_undoes_class_weights_and_overconfidence():
    labels, likelihood = draw(SOURCE, 6000, 7)
    logits = 3 * (likelihood + np.log(np.full(3, 1 / 3)))
    fitted = fit_bias(logits, labels)
    p = fitted.probabilities(logits)
    assert np.allclose(p.mean(axis=0), shares_of(labels, 3), atol=0.01)
    assert fitted.temperature == pytest.approx(3, rel=0.1)
    assert calibration_error(p.max(1), p.argmax(1) == labels) < 0.03


def test_a_label_that_no_held_out_text_has_stays_finite():
    logits = np.random.default_rng(8).normal(size=(50, 4))
    fitted = fit_bias(logits, np.arange(50) % 3)
    assert np.isfinite(fitted.bias).all()
    assert fitted.probabilities(logits).sum() == pytest.approx(50)


def test_shares_of_some_labels_leave_the_rest_in_the_training_data_s_proportion():
    found = known_shares({"甲": 50}, ("甲", "乙", "丙"), np.array([0.1, 0.3, 0.6]), total=80)
    assert found == pytest.approx([50 / 80, 10 / 80, 20 / 80])


def test_shares_of_all_labels_are_taken_as_they_are():
    found = known_shares({"甲": 30, "乙": 10}, ("甲", "乙"), np.array([0.5, 0.5]))
    assert found == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(
    ("counts", "total", "said"),
    [
        ({"丁": 3}, None, "丁"),
        ({"甲": -1}, None, "none below 0"),
        ({"甲": 9}, 4, "more than the total"),
        ({}, 4, "above 0"),
    ],
)
def test_shares_that_can_t_be_are_refused(counts, total, said):
    with pytest.raises(InputError, match=said):
        known_shares(counts, ("甲", "乙"), np.array([0.5, 0.5]), total=total)


def test_nothing_to_estimate_from_is_refused():
    nothing = np.empty((0, 3))
    for attempt in (
        lambda: em_shares(nothing, SOURCE),
        lambda: bbse_shares(nothing, np.empty(0, int), nothing),
        lambda: fit_bias(nothing, np.empty(0, int)),
    ):
        with pytest.raises(InputError):
            attempt()


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(sum), min_size=1, max_size=8),
    st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda x: sum(x) > 0.01),
)
def test_what_comes_out_is_always_probabilities(rows, target):
    p = np.array(rows)
    p /= p.sum(axis=1, keepdims=True)
    shares = np.array(target) / sum(target)
    out = reweight(p, SOURCE, shares)
    assert np.isfinite(out).all()
    assert out.sum(axis=1) == pytest.approx(np.ones(len(p)))
    assert em_shares(p, SOURCE).sum() == pytest.approx(1)
