"""Calibration finds what was done to the scores, and measures what is left."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.calibrate import (
    best_thresholds,
    calibration_error,
    fit_slope,
    fit_softmax,
    fit_temperature,
    fit_temperature_binary,
    log_softmax,
)
from hotline_nlp.engines.base import Head


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


def drawn(seed: int, rows: int, head: Head) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and labels drawn with the head's probabilities of them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(rows, len(head.labels))) * rng.uniform(0.2, 4, (rows, 1))
    p = head.probabilities(logits.astype(np.float32)).astype(np.float64)
    return logits, (p.cumsum(axis=1) > rng.random((rows, 1))).argmax(axis=1)


@pytest.mark.parametrize(("temperature", "slope"), [(1.0, 0.0), (1.3, -0.2), (0.7, 0.2)])
def test_temperature_and_slope_are_recovered(temperature: float, slope: float) -> None:
    logits, labels = drawn(1, 40_000, Head("topic", "softmax", tuple("甲乙丙丁戊"), temperature, slope=slope))
    found = fit_slope(logits, labels)
    assert found[0] == pytest.approx(temperature, rel=0.06)
    assert found[1] == pytest.approx(slope, abs=0.04)


def test_a_slope_mends_what_a_temperature_cannot() -> None:
    true = Head("topic", "softmax", tuple("甲乙丙丁戊"), 1.2, slope=-0.25)
    logits, labels = drawn(2, 20_000, true)
    held, right = drawn(3, 20_000, true)
    gaps = []
    for temperature, slope in ((fit_temperature(logits, labels), 0.0), fit_softmax(logits, labels)):
        p = Head("topic", "softmax", true.labels, temperature, slope=slope).probabilities(held.astype("f4"))
        gaps.append(calibration_error(p.max(axis=1), p.argmax(axis=1) == right))
    assert gaps[1] < gaps[0] / 2


def test_few_rows_get_no_slope() -> None:
    logits, labels = drawn(4, 499, Head("topic", "softmax", tuple("甲乙丙"), 1.5, slope=-0.3))
    assert fit_softmax(logits, labels) == (fit_temperature(logits, labels), 0.0)


@given(st.integers(0, 2**32), st.floats(-0.3, 0.3))
def test_a_slope_moves_no_answer(seed: int, slope: float) -> None:
    logits = (np.random.default_rng(seed).normal(size=(20, 4)) * 5).astype(np.float32)
    plain, bent = (Head("type", "softmax", tuple("甲乙丙丁"), 1.1, slope=s) for s in (0.0, slope))
    assert (bent.probabilities(logits).argmax(axis=1) == plain.probabilities(logits).argmax(axis=1)).all()
    assert bent.probabilities(logits).sum(axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    assert Head.from_dict(bent.to_dict()) == bent


@given(st.floats(-0.3, 0.3), st.floats(0, 12), st.floats(0.01, 3))
def test_the_wider_gap_of_two_logits_stays_the_surer(slope: float, gap: float, more: float) -> None:
    head = Head("type", "softmax", ("甲", "乙"), slope=slope)
    less, wide = head.probabilities(np.array([[0, gap], [0, gap + more]], np.float32)).max(axis=1)
    assert wide >= less


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
