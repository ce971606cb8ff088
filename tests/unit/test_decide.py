"""The decision keeps its stated error rate on data that it was not chosen on."""

import numpy as np
import pytest

from hotline_nlp.decide import AUTO, REVIEW, Policy, choose_policy, upper_bound


def simulated(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    confidence = rng.beta(4, 1.3, count)
    return confidence, rng.random(count) < confidence


def test_bound_is_the_exact_binomial_one() -> None:
    # Rule of three: no error in n answers bounds the rate by about 3 / n at 95%.
    assert upper_bound(0, 100, 0.05) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert upper_bound(5, 5, 0.05) == 1.0


def test_error_rate_holds_on_new_answers_as_often_as_stated() -> None:
    broken = 0
    for seed in range(100):
        policy = choose_policy(*simulated(seed, 1500), head="unit", error_rate=0.15, delta=0.1)
        confidence, correct = simulated(10_000 + seed, 20_000)
        acted = confidence >= policy.threshold
        broken += bool(acted.any() and 1 - correct[acted].mean() > 0.15)
    assert broken <= 15


def test_coverage_is_not_thrown_away() -> None:
    policy = choose_policy(*simulated(1, 20_000), head="unit", error_rate=0.15)
    confidence, correct = simulated(2, 200_000)
    acted = confidence >= policy.threshold
    assert 0.13 < 1 - correct[acted].mean() <= 0.15
    assert policy.coverage == pytest.approx(acted.mean(), abs=0.02)


def test_nothing_is_safe_when_every_answer_is_wrong() -> None:
    policy = choose_policy(np.linspace(0, 1, 500), np.zeros(500, bool), head="unit")
    assert policy.coverage == 0
    assert policy.decide(1.0).action == REVIEW


def test_everything_is_safe_when_every_answer_is_right() -> None:
    policy = choose_policy(np.linspace(0.2, 1, 500), np.ones(500, bool), head="unit")
    assert policy.coverage == 1
    assert policy.decide(0.2).action == AUTO


def test_round_trip_and_reason() -> None:
    policy = Policy("unit", 0.6, 0.1, 0.05, 0.8, 100)
    assert Policy.from_dict(policy.to_dict()) == policy
    assert "0.60" in policy.decide(0.59).reason
    assert policy.decide(0.6).reason == ""
