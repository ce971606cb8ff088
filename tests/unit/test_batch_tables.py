from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from hotline_nlp import Classifier, Result
from hotline_nlp.batch import Progress, frames
from hotline_nlp.batch.choose import valid_columns
from hotline_nlp.errors import ColumnError, InputError

TEXTS = ["路灯坏了三天没人修", None, "公交司机捡到钱包还给我，要表扬", "", "小区电梯一直停在三楼"]


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load("linear")


def test_iterables_are_read_a_batch_ahead_at_most(clf: Classifier) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield f"第{taken}栋停水了"

    results = clf.score_batch(endless(), batch_size=4)
    assert taken == 0
    for n in range(1, 10):
        assert isinstance(next(results), Result)
        assert taken <= n + 3


def test_bad_items_are_rejected_in_their_place(clf: Classifier) -> None:
    items: list[Any] = ["停水两天了", None, b"bytes", 12345, float("nan"), "", "请问医保怎么交"]
    results = list(clf.score_batch(items, batch_size=2))
    rejected = [result.decision.action == "reject" for result in results]
    assert rejected == [False, True, True, True, True, True, False]
    assert all(result.decision.reason for result in results[1:6])
    assert results[0] == clf.classify("停水两天了")


def test_pandas_keeps_index_and_columns(clf: Classifier) -> None:
    frame = pd.DataFrame({"text": TEXTS, "topic": range(5)}, index=list("vwxyz"))
    found = clf.score_batch(frame, batch_size=2)
    assert list(found.index) == list("vwxyz") and list(frame.columns) == ["text", "topic"]
    assert list(found["topic"]) == [0, 1, 2, 3, 4]
    expected = ["text", "topic", *("predicted_topic" if n == "topic" else n for n in valid_columns())]
    assert list(found.columns) == expected
    assert list(found["decision"] == "reject") == [False, True, False, True, False]
    assert found.loc["v", "predicted_topic"] == clf.classify(TEXTS[0] or "").topic.label  # type: ignore[union-attr]
    assert found["type"].isna().tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("size", [1, 3, 4096])
def test_all_tables_say_the_same(clf: Classifier, size: int) -> None:
    arrow = clf.score_batch(pa.table({"text": TEXTS}), batch_size=size)
    polars = clf.score_batch(pl.DataFrame({"text": TEXTS}), batch_size=size)
    pandas = clf.score_batch(pd.DataFrame({"text": TEXTS}), batch_size=size)
    assert isinstance(arrow, pa.Table) and isinstance(polars, pl.DataFrame)
    assert arrow.to_pylist() == polars.to_dicts()
    assert arrow.column("unit").to_pylist() == [v if isinstance(v, str) else None for v in pandas["unit"]]
    assert pa.types.is_dictionary(arrow.schema.field("unit").type)
    assert arrow.column("text").to_pylist() == TEXTS


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_other_arrow_texts(clf: Classifier, kind: pa.DataType) -> None:
    table = pa.table({"text": pa.array(TEXTS).cast(kind)})
    plain = clf.score_batch(pa.table({"text": TEXTS}), columns=["topic", "decision"])
    found = clf.score_batch(table, columns=["topic", "decision"])
    assert found.drop_columns("text").to_pylist() == plain.drop_columns("text").to_pylist()
    assert found.schema.field("text").type == kind


def test_an_arrow_column_is_not_copied(clf: Classifier) -> None:
    table = pa.table({"text": TEXTS * 4, "n": range(20)})
    seen = [frames._slice(table, "arrow", "text", start, 8) for start in (0, 8, 16)]
    data = table.column("text").chunk(0).buffers()[2].address
    assert [part.buffers()[2].address for part in seen] == [data] * 3
    assert [value for part in seen for value in part.to_pylist()] == TEXTS * 4
    found = clf.score_batch(table, columns=["topic"], batch_size=8)
    for name in ("text", "n"):
        before, after = (t.column(name).chunk(0).buffers() for t in (table, found))
        assert [b and b.address for b in after] == [b and b.address for b in before]


@pytest.mark.parametrize("kind", ["str", "string", "string[python]", "string[pyarrow]", "object", "category"])
def test_every_kind_of_pandas_text(clf: Classifier, kind: str) -> None:
    found = clf.score_batch(pd.DataFrame({"text": pd.Series(TEXTS, dtype=kind)}), batch_size=2)
    wanted = clf.score_batch(pa.table({"text": TEXTS}))
    for name in ("topic", "decision"):
        assert [v if isinstance(v, str) else None for v in found[name]] == wanted.column(name).to_pylist()


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Object])
def test_every_kind_of_polars_text(clf: Classifier, kind: Any) -> None:
    found = clf.score_batch(pl.DataFrame({"text": pl.Series(TEXTS, dtype=kind)}), batch_size=2)
    wanted = clf.score_batch(pa.table({"text": TEXTS}))
    assert found["topic"].to_list() == wanted.column("topic").to_pylist()
    assert found["decision"].to_list() == wanted.column("decision").to_pylist()


def test_a_damaged_pandas_text_is_scored(clf: Classifier) -> None:
    found = clf.score_batch(pd.DataFrame({"text": pd.Series(["断\ud800字停水", "停水"], dtype=object)}))
    assert found["decision"].tolist().count("reject") == 0


def test_numbers_are_no_texts(clf: Classifier) -> None:
    found = clf.score_batch(pa.table({"text": [1, 2]}), columns=["decision"])
    assert found.column("decision").to_pylist() == ["reject", "reject"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_without_rows(clf: Classifier, make: Any) -> None:
    found = clf.score_batch(make({"text": pa.array([], pa.string()) if make is pa.table else []}))
    names = found.column_names if make is pa.table else list(found.columns)
    assert len(found) == 0 and names == ["text", *valid_columns()]


def test_columns_are_chosen_in_order(clf: Classifier) -> None:
    found = clf.score_batch(pl.DataFrame({"text": TEXTS}), columns=["unit", "type", "unit"])
    assert found.columns == ["text", "unit", "type"]


def test_progress_reaches_the_end(clf: Classifier) -> None:
    seen: list[Progress] = []
    clf.score_batch(pl.DataFrame({"text": TEXTS}), batch_size=2, progress=seen.append)
    assert [p.rows for p in seen] == [2, 4, 5] and seen[-1].fraction == 1


@pytest.mark.parametrize(
    ("source", "options", "kind", "message"),
    [
        (pl.DataFrame({"content": ["a"]}), {"text": "contents"}, ColumnError, "did you mean 'content'"),
        (pl.DataFrame({"甲": ["a"], "乙": ["b"]}), {}, ColumnError, "its columns are 甲, 乙"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), {}, ColumnError, "'text' twice"),
        (
            pd.DataFrame({"text": []}),
            {"columns": ["topics"]},
            InputError,
            "unknown column 'topics'.*type_prob",
        ),
        (pd.DataFrame({"text": []}), {"columns": []}, InputError, "no column was chosen"),
        (pd.DataFrame({"text": []}), {"batch_size": 0}, InputError, "batch_size must be 1 or more"),
        (pd.DataFrame({"text": []}), {"out": "o.csv"}, InputError, "leave out away"),
        ("requests.csv", {}, InputError, "needs out"),
        (12, {}, InputError, "a int can't be scored"),
    ],
)
def test_refusals(
    clf: Classifier, source: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        clf.score_batch(source, **options)
