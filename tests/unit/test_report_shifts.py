from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control

from hotline_nlp.report.shifts import compare_rates, discovery_rates, exposures

FLAT = (np.ones(30), np.ones(30))


def days(rng: np.random.Generator, mean: np.ndarray, size: float = 0.0) -> np.ndarray:
    """Draw counts: Poisson, or negative binomial with variance mean * (1 + size * mean)."""
    return rng.poisson(mean) if not size else rng.negative_binomial(1 / size, 1 / (1 + size * mean))


def test_without_dispersion_it_is_the_exact_binomial_test() -> None:
    before, now = np.zeros((4, 30), np.int64), np.zeros((4, 30), np.int64)
    before[:, :] = 1
    now[:, :] = np.array([1, 2, 0, 1])[:, None]
    now[3, 0] = 4
    _, p = compare_rates(before, now, FLAT)
    for row in range(4):
        first, second = int(before[row].sum()), int(now[row].sum())
        tail = binomtest(second, first + second, 0.5, "greater" if second >= first else "less").pvalue
        assert p[row] >= min(1.0, 2 * tail) - 1e-12


def test_the_correction_is_that_of_benjamini_and_hochberg() -> None:
    p = np.random.default_rng(0).uniform(size=50) ** 3
    assert discovery_rates(p.tolist()) == pytest.approx(false_discovery_control(p).tolist())
    assert discovery_rates([]) == []


@pytest.mark.parametrize("size", [0.0, 0.05])
def test_false_alarms_stay_within_the_level(size: float) -> None:
    rng = np.random.default_rng(1)
    mean = np.outer(np.geomspace(0.5, 60, 40), np.tile([1.3, 1.2, 1.2, 1.1, 1.2, 0.5, 0.4], 5)[:30])
    wrong, months = [], []
    for _ in range(40):
        before, now = days(rng, mean, size), days(rng, mean, size)
        weekdays = (np.arange(30) % 7, np.arange(30) % 7)
        by_day = exposures(before.sum(axis=0), now.sum(axis=0), weekdays)
        _, p = compare_rates(before, now, by_day)
        wrong.append(p < 0.05)
        months.append(min(discovery_rates(p.tolist())) < 0.05)
    assert np.mean(wrong) <= 0.05
    assert sum(months) <= 4


def test_a_real_change_is_found_in_spite_of_dispersion() -> None:
    rng = np.random.default_rng(2)
    mean = np.full((20, 30), 20.0)
    up = mean.copy()
    up[3] *= 1.5
    found = 0
    for _ in range(20):
        factor, p = compare_rates(days(rng, mean, 0.02), days(rng, up, 0.02), FLAT)
        q = np.array(discovery_rates(p.tolist()))
        found += bool(q[3] < 0.05 and factor[3] > 1.2)
    assert found >= 18


def test_one_mad_day_is_no_change_of_the_month() -> None:
    rng = np.random.default_rng(3)
    before, now = rng.poisson(3.0, (1, 30)), rng.poisson(3.0, (1, 30))
    now[0, 11] += 60
    poisson = binomtest(int(now.sum()), int(now.sum() + before.sum()), 0.5).pvalue
    _, p = compare_rates(before, now, FLAT)
    assert poisson < 0.001 < 0.05 < p[0]


def test_a_fifth_weekend_is_no_fall() -> None:
    busy = np.array([10, 10, 10, 10, 10, 2, 2])
    first, second = np.arange(30) % 7, (np.arange(30) + 5) % 7
    before, now = 40 * busy[first], 40 * busy[second]
    assert now.sum() < before.sum()
    factor, p = compare_rates(before[None], now[None], exposures(before, now, (first, second)))
    assert factor[0] == pytest.approx(1.0) and p[0] > 0.5
    _, naive = compare_rates(before[None], now[None], FLAT)
    assert naive[0] < p[0]


def test_days_without_data_are_no_fall() -> None:
    before, now = np.full((1, 30), 50), np.full((1, 30), 50)
    now[0, 15:] = 0
    weekdays = (np.arange(30) % 7, np.arange(30) % 7)
    factor, p = compare_rates(before, now, exposures(before[0], now[0], weekdays))
    assert factor[0] == pytest.approx(1.0) and p[0] == pytest.approx(1.0)


def test_what_is_new_has_an_infinite_factor() -> None:
    factor, p = compare_rates(np.zeros((1, 30), np.int64), np.full((1, 30), 2), FLAT)
    assert factor[0] == np.inf and p[0] < 1e-6
