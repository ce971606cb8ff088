"""The pool's targets: our own labels mixed with the teachers', or the teachers' alone."""

from pathlib import Path

import numpy as np
import pytest

from training import data, recipe, sources

ROWS = [
    {"id": "a", "title": "", "text": "小区路灯坏了半个月没人修"},
    {"id": "b", "title": "", "text": "公交车到站不停"},
]
LABEL = {"type": "投诉", "topic": "市政设施", "unit": "市城管执法局", "urgent": "0", "flags": ""}


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    sizes = {head: len(labels) for head, labels in data.head_labels().items()}
    mean = {head: np.full((2, size), 1 / size) for head, size in sizes.items()}
    monkeypatch.setattr(data, "test_openings", set)
    monkeypatch.setattr(data, "read", lambda name: ROWS)
    monkeypatch.setattr(data, "pool_texts", lambda: [row["text"] for row in ROWS])
    monkeypatch.setattr(data, "pool_labels", lambda: {"a": LABEL})
    monkeypatch.setattr(sources, "mean_targets", lambda teachers: {h: p.copy() for h, p in mean.items()})
    return mean


def test_our_own_label_counts_by_its_trust(taught: dict[str, np.ndarray]) -> None:
    found = sources.pool({Path("teacher"): 1.0})
    at = data.head_labels()["topic"].index("市政设施")
    share = taught["topic"][0, at]
    assert found.targets["topic"][0, at] == pytest.approx(recipe.TRUST + (1 - recipe.TRUST) * share)
    np.testing.assert_allclose(found.targets["topic"][1], taught["topic"][1], rtol=1e-6)
    assert found.weight["topic"].tolist() == pytest.approx([1, recipe.SOFT_WEIGHT["topic"]])


def test_without_our_own_labels_all_are_the_teachers(taught: dict[str, np.ndarray]) -> None:
    found = sources.pool({Path("teacher"): 1.0}, own=False)
    for head, mean in taught.items():
        np.testing.assert_allclose(found.targets[head], mean, rtol=1e-6)
        assert found.weight[head].tolist() == pytest.approx([recipe.SOFT_WEIGHT[head]] * 2)


def test_without_soft_labels_a_text_without_ours_weighs_nothing(taught: dict[str, np.ndarray]) -> None:
    assert sources.pool({Path("teacher"): 1.0}, soft=False).weight["unit"].tolist() == [1, 0]
