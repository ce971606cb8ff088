"""score_columns: one row a value, whatever it is, equal to classify's answers on both paths."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from hotline_nlp import Classifier, columns
from hotline_nlp.decide import OPEN
from hotline_nlp.engines import compiled as fast
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.samples import load_samples

SAMPLES = [row["text"] for row in load_samples()]
JOINED = [f"{a}另外，{b}" for a, b in zip(SAMPLES[::3], SAMPLES[1::3], strict=False)]
LISTED = [f"1、{a}2、{b}" for a, b in zip(SAMPLES[::4], SAMPLES[2::4], strict=False)]
HARD = [
    None, 3, b"x", float("nan"), "", " ", "。。。", "hello world", "\ud800", "路灯\ud800不亮", "13812345678",
    "车牌湘C12345乱停", "蘇A12345亂停在雨湖区",
]  # fmt: skip
VALUES: list[Any] = [*SAMPLES, *JOINED, *LISTED, *HARD]


@pytest.fixture(scope="module")
def clf() -> Classifier:
    """Return a classifier that flags almost every text as several matters, so that all get split."""
    usual = Classifier.load()
    engine = usual.engine
    assert isinstance(engine, LinearEngine)
    heads = [head.to_dict() for head in engine.heads]
    flags = next(head for head in heads if head["name"] == "flags")
    flags["thresholds"][flags["labels"].index(columns.SEVERAL)] = 0.001
    tensors = {
        "weights": engine.weights,
        "step": engine.step,
        "bias": engine.bias,
        **engine.spec.tensors(),
    }
    return Classifier(LinearEngine({**engine.manifest, "heads": heads}, tensors), usual.pack)


@pytest.fixture(params=["numpy", "compiled"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        monkeypatch.setattr(fast, "COMPILER", fast.Compiler())
        monkeypatch.setattr(fast, "PATIENCE", 10**9)
    else:
        pytest.importorskip("numba")
        assert fast.COMPILER.wait() is not None
    return str(request.param)


def test_rows_agree_with_results(clf: Classifier, path: str) -> None:
    table = clf.score_columns(VALUES)
    results = list(clf.iter_results(VALUES))
    assert any(len(result.dispatch.matters) > 1 for result in results)
    assert any(result.dispatch.procedure in OPEN for result in results)
    for row, result in zip(table.to_pylist(), results, strict=True):
        assert (row["decision"], row["reason"]) == (result.decision.action, result.decision.reason)
        if result.type is None:
            assert {row[name] for name in (*columns.ROUTED, "type", "topic", "unit", "urgent")} == {None}
            continue
        for name in ("type", "topic", "unit"):
            score = getattr(result, name)
            assert (row[name], row[f"{name}_probability"]) == (score.label, score.probability)
        assert (row["urgent"], row["flags"]) == (result.urgent, ",".join(result.flags))
        assert row["lead_unit"] == result.dispatch.lead
        assert row["district"] == result.place.district
        assert row["procedure"] == result.dispatch.procedure


def test_both_paths_make_the_same_table(clf: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    assert fast.COMPILER.wait() is not None
    quick = clf.score_columns(VALUES)
    monkeypatch.setattr(fast, "COMPILER", fast.Compiler())
    assert clf.score_columns(VALUES).equals(quick)


def test_without_dispatch_the_routing_columns_are_null(clf: Classifier, path: str) -> None:
    table, routed = clf.score_columns(VALUES, dispatch=False), clf.score_columns(VALUES)
    assert table.schema == routed.schema
    for name in columns.NAMES:
        if name in columns.ROUTED:
            assert table.column(name).null_count == len(VALUES)
        elif name not in ("decision", "reason"):
            assert table.column(name).equals(routed.column(name)), name
    for alone, with_place in zip(table.to_pylist(), routed.to_pylist(), strict=True):
        if alone["decision"] != with_place["decision"]:
            assert (alone["decision"], with_place["decision"]) == ("auto", "review")
            assert with_place["reason"] in OPEN.values()


def test_chunks_change_nothing(clf: Classifier, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = clf.score_columns(VALUES)
    monkeypatch.setattr(columns, "_CHUNK", 17)
    monkeypatch.setattr(columns, "_MOST", 17)
    parts = clf.score_columns(VALUES)
    assert parts.schema == whole.schema
    assert parts.to_pylist() == whole.to_pylist()
    array = pa.array(SAMPLES)
    assert (
        clf.score_columns(pa.chunked_array([array, array])).to_pylist()
        == whole.to_pylist()[: len(SAMPLES)] * 2
    )


def test_one_reason_a_reject(clf: Classifier, path: str) -> None:
    rejects = clf.score_columns(HARD).to_pylist()[:9]
    assert all(row["decision"] == "reject" and row["reason"] for row in rejects)
    assert rejects[0]["reason"] == columns.NOT_TEXT
    assert len({row["reason"] for row in rejects}) == 4
