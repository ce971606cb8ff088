"""The linear engine: integer sums, heads, and contributions that add up to the score they explain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.artefact import packaged
from hotline_nlp.engines.base import Head
from hotline_nlp.engines.linear import LinearEngine, quantise
from hotline_nlp.normalise import normalise
from hotline_nlp.samples import load_samples

TEXTS = [row["text"] for row in load_samples()][:30]


@pytest.fixture(scope="module")
def engine() -> LinearEngine:
    folder = packaged("linear")
    assert folder is not None
    return LinearEngine.load(folder)


def test_contributions_add_up_to_the_logit(engine: LinearEngine) -> None:
    for text in TEXTS:
        plain = normalise(text).text
        logits = engine.logits([plain])
        for head in engine.heads:
            for k in {0, len(head.labels) - 1, int(logits[head.name][0].argmax())}:
                shares, rest = engine.contributions(plain, head.name, head.labels[k])
                assert shares.shape == (len(plain),)
                assert float(shares.sum(dtype=np.float64)) + rest == pytest.approx(
                    float(logits[head.name][0, k]), abs=1e-4
                )


def test_characters_past_the_length_add_nothing(engine: LinearEngine) -> None:
    text = "河里的水很脏。" * 200
    shares, _ = engine.contributions(text, "topic", engine.heads[1].labels[0])
    assert not shares[engine.spec.length :].any()
    assert shares[: engine.spec.length].any()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_logits_do_not_depend_on_the_batch(texts: list[str]) -> None:
    folder = packaged("linear")
    assert folder is not None
    engine = _cached(str(folder))
    together = engine.logits(texts)
    for i, text in enumerate(texts):
        alone = engine.logits([text])
        for name, rows in together.items():
            assert np.array_equal(rows[i], alone[name][0])


_ENGINES: dict[str, LinearEngine] = {}


def _cached(folder: str) -> LinearEngine:
    from pathlib import Path

    if folder not in _ENGINES:
        _ENGINES[folder] = LinearEngine.load(Path(folder))
    return _ENGINES[folder]


@given(st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3), min_size=1, max_size=4))
def test_probabilities_are_probabilities(rows: list[list[float]]) -> None:
    logits = np.array(rows, np.float32)
    soft = Head("t", "softmax", ("a", "b", "c"), 0.7).probabilities(logits)
    assert np.allclose(soft.sum(axis=1), 1, atol=1e-5)
    each = Head("t", "sigmoid", ("a", "b", "c"), 0.7).probabilities(logits)
    for p in (soft, each):
        assert ((p >= 0) & (p <= 1)).all()


def test_quantising_is_off_by_half_a_step_at_most() -> None:
    weights = np.random.default_rng(1).normal(size=(500, 7)).astype(np.float32)
    codes, step = quantise(weights)
    assert np.abs(codes * step - weights).max() <= step.max() / 2 + 1e-6
    assert quantise(np.zeros((4, 2), np.float32))[1].tolist() == [1, 1]


def test_no_texts(engine: LinearEngine) -> None:
    assert engine.logits([])["type"].shape == (0, 5)
