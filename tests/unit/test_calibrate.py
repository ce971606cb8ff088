"""Calibration finds what was done to the scores, and measures what is left."""

import numpy as np
import pytest

from hotline_nlp.calibrate import (
    best_thresholds,
    calibration_error,
    fit_temperature,
    fit_temperature_binary,
    log_softmax,
)


@pytest.mark.parametrize("truth", [0.3, 1.0, 4.0])
def test_temperature_is_recovered(truth: float) -> None:
    rng = np.random.default_rng(3)
    clean = rng.normal(size=(20_000, 5)) * 2
    labels = (np.exp(log_softmax(clean)).cumsum(axis=1) > rng.random((20_000, 1))).argmax(axis=1)
    assert fit_temperature(clean * truth, labels) == pytest.approx(truth, rel=0.06)


def test_known_label_noise_does_not_make_it_shy() -> None:
    rng = np.random.default_rng(6)
    clean = rng.normal(size=(20_000, 5)) * 4
    labels = (np.exp(log_softmax(clean)).cumsum(axis=1) > rng.random((20_000, 1))).argmax(axis=1)
    noisy = np.where(rng.random(len(labels)) < 0.1, rng.integers(0, 5, len(labels)), labels)
    assert fit_temperature(clean, noisy) > 1.2
    assert fit_temperature(clean, noisy, noise=0.1) == pytest.approx(1, rel=0.06)


def test_binary_temperature_is_recovered() -> None:
    rng = np.random.default_rng(4)
    clean = rng.normal(size=(30_000, 2)) * 2
    targets = rng.random(clean.shape) < 1 / (1 + np.exp(-clean))
    assert fit_temperature_binary(clean * 3, targets.astype(float)) == pytest.approx(3, rel=0.06)


def test_thresholds_maximise_f1() -> None:
    p = np.array([[0.9], [0.8], [0.7], [0.2], [0.1]])
    y = np.array([[1.0], [1.0], [1.0], [0.0], [0.0]])
    assert best_thresholds(p, y) == (0.7,)
    assert best_thresholds(p, np.zeros_like(y)) == (1.01,)


def test_calibration_error_of_perfect_and_of_boastful_scores() -> None:
    rng = np.random.default_rng(5)
    confidence = rng.random(100_000)
    assert calibration_error(confidence, rng.random(100_000) < confidence) < 0.01
    assert calibration_error(np.full(1000, 0.95), np.arange(1000) % 2 == 0) == pytest.approx(0.45)
