"""Hugging Face datasets: the same kind comes back with columns added."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from hotline_nlp import Classifier
from hotline_nlp.batch.choose import valid_columns
from hotline_nlp.errors import ColumnError

datasets = pytest.importorskip("datasets")
pytestmark = pytest.mark.transformer  # the extra that brings the library
TEXTS = ["路灯坏了三天没人修", None, "公交司机捡到钱包还给我，要表扬", "", "小区电梯一直停在三楼"]


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load("linear")


@pytest.fixture(autouse=True)
def quiet() -> None:
    datasets.disable_progress_bars()


@pytest.mark.parametrize("size", [2, 4096])
def test_a_dataset_keeps_its_columns(clf: Classifier, size: int) -> None:
    given = datasets.Dataset.from_dict({"text": TEXTS, "topic": list("abcde")})
    found = clf.score_batch(given, batch_size=size)
    assert isinstance(found, datasets.Dataset) and given.column_names == ["text", "topic"]
    assert found.column_names[:2] == ["text", "topic"] and found[:]["topic"] == list("abcde")
    assert found.column_names[2:] == ["predicted_topic" if n == "topic" else n for n in valid_columns()]
    wanted = clf.score_columns([text or "" for text in TEXTS])
    for name in ("type", "unit", "decision"):
        assert found[:][name] == wanted.column(name).to_pylist()


def test_chosen_rows_stay_in_their_order(clf: Classifier) -> None:
    given = datasets.Dataset.from_dict({"text": TEXTS, "n": range(5)}).select([4, 0, 2])
    found = clf.score_batch(given, columns=["topic"])
    assert found.to_dict() == {
        "text": [TEXTS[i] for i in (4, 0, 2)],
        "n": [4, 0, 2],
        "topic": clf.score_columns([TEXTS[i] for i in (4, 0, 2)]).column("topic").to_pylist(),
    }


def test_a_stream_is_scored_as_it_is_read(clf: Classifier) -> None:
    taken = 0

    def rows() -> Any:
        nonlocal taken
        for n in itertools.count():
            taken += 1
            yield {"text": f"{n}栋停水了", "type": n}

    found = clf.score_batch(datasets.IterableDataset.from_generator(rows), columns=["type"], batch_size=4)
    assert taken == 0
    first = list(itertools.islice(found, 6))
    assert [row["type"] for row in first] == list(range(6)) and taken <= 9
    assert first[0]["predicted_type"] == clf.score_columns(["0栋停水了"]).column("type")[0].as_py()


def test_a_missing_column_is_told(clf: Classifier) -> None:
    with pytest.raises(ColumnError, match="did you mean 'content'"):
        clf.score_batch(datasets.Dataset.from_dict({"content": TEXTS}), text="contents")
    stream = datasets.Dataset.from_dict({"content": TEXTS}).to_iterable_dataset()
    with pytest.raises(ColumnError, match="its columns are content"):
        list(clf.score_batch(stream))


def test_a_dataset_without_rows(clf: Classifier) -> None:
    given = datasets.Dataset.from_dict(
        {"text": []}, features=datasets.Features({"text": datasets.Value("string")})
    )
    found = clf.score_batch(given)
    assert len(found) == 0 and found.column_names == ["text", *valid_columns()]
