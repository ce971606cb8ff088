"""The decision keeps its stated error rate on data that it was not chosen on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.decide import AUTO, REVIEW, Policy, choose_policy, upper_bound


def simulated(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    confidence = rng.beta(4, 1.3, count)
    return confidence, rng.random(count) < confidence


def test_bound_is_the_exact_binomial_one() -> None:
    # Rule of three: no error in n answers bounds the rate by about 3 / n at 95%.
    assert upper_bound(0, 100, 0.05) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert upper_bound(5, 5, 0.05) == 1.0


@pytest.mark.parametrize("copies", [1, 3, 10])
def test_error_rate_holds_on_new_answers_as_often_as_stated(copies: int) -> None:
    broken = 0
    for seed in range(100):
        found = simulated(seed, 1500)
        groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(1500), copies))
        copied = (values[groups] for values in found)
        policy = choose_policy(*copied, head="unit", error_rate=0.15, delta=0.1, groups=groups)
        assert policy == choose_policy(*found, head="unit", error_rate=0.15, delta=0.1)
        assert policy.samples == 1500
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


def test_the_search_ends_at_the_first_candidate_that_fails() -> None:
    confidence, correct = np.linspace(1, 0, 1000), np.ones(1000, bool)
    correct[:60] = False  # the surest answers are wrong: 30% of the first 200, 6% of all
    policy = choose_policy(confidence, correct, head="unit")
    assert policy.coverage == 0
    correct[:60], correct[205:209], correct[400:470] = True, False, False
    policy = choose_policy(confidence, correct, head="unit")
    assert 0.4 <= policy.coverage < 0.47  # not all, though the 7.4% wrong of all would pass
    assert choose_policy(confidence, correct, head="unit", error_rate=0.25).coverage == 1


def test_few_answers_are_tried_together_instead_of_failing_one_by_one() -> None:
    correct = np.ones(100, bool)
    correct[3] = False  # among the first 20, this alone would be 5% and a bound of 22%
    policy = choose_policy(np.linspace(1, 0.5, 100), correct, head="unit")
    assert policy.coverage == 1
    assert choose_policy(np.ones(30), np.ones(30, bool), head="unit").coverage == 0


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.1, 0.3]))
def test_what_was_tested_is_what_is_acted_on(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.random(rng.integers(1, 400)).round(
        rng.integers(1, 9)
    )  # rounded ones are equal to others
    correct = rng.random(len(confidence)) < confidence**0.1
    policy = choose_policy(confidence, correct, head="unit", error_rate=rate)
    acted = confidence >= policy.threshold
    assert policy.coverage == round(acted.mean(), 4)
    if acted.any():
        assert upper_bound(int((~correct)[acted].sum()), int(acted.sum()), 0.05) <= rate


def test_round_trip_and_reason() -> None:
    policy = Policy("unit", 0.6, 0.1, 0.05, 0.8, 100)
    assert Policy.from_dict(policy.to_dict()) == policy
    assert "0.60" in policy.decide(0.59).reason
    assert policy.decide(0.6).reason == ""
