"""The classifier on each packaged engine: good input, bad input, and that every path agrees."""

import json
from dataclasses import FrozenInstanceError
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp import Classifier, classify
from hotline_nlp.columns import NAMES
from hotline_nlp.errors import InputError, ModelNotFound, PackError
from hotline_nlp.normalise import mask
from hotline_nlp.samples import load_samples

SAMPLES = [row["text"] for row in load_samples()]
NOTHING = ["", " \n\t", "。。。！！", "😀😀", "12345 6789", "\x00\x01", "\ud800"]


ENGINES = [
    "linear",
    *(pytest.param(name, marks=pytest.mark.transformer) for name in ("transformer", "cascade", "ensemble")),
]
CLOSE = 0.02
"""Batches of another shape round otherwise in the transformer's bf16: so far apart may probabilities be."""


@pytest.fixture(scope="module", params=ENGINES)
def clf(request: pytest.FixtureRequest) -> Classifier:
    return shared(request.param)


@lru_cache
def shared(engine: str = "linear") -> Classifier:
    return Classifier.load(engine)


def some(clf: Classifier, count: int) -> list[str]:
    """Return the samples: all for the linear engine, so many for those that take their time."""
    return SAMPLES if clf.name.startswith("linear") else SAMPLES[:count]


def near(clf: Classifier, p: float) -> object:
    return p if clf.name.startswith("linear") else pytest.approx(p, abs=CLOSE)


def test_the_main_job(clf: Classifier) -> None:
    rows = load_samples()
    results = list(clf.iter_results(row["text"] for row in rows))
    for head in ("type", "topic", "unit"):
        right = sum(getattr(r, head) is not None and getattr(r, head).label == row[head]
                    for r, row in zip(results, rows, strict=True))  # fmt: skip
        assert right / len(rows) > 0.6, head


def test_result_is_frozen_and_json_ready(clf: Classifier) -> None:
    result = clf.classify(SAMPLES[0], explain=True)
    with pytest.raises(FrozenInstanceError):
        result.type = None  # type: ignore[misc]
    again = json.loads(json.dumps(result.to_dict(), ensure_ascii=False))
    assert again == result.to_dict()
    assert again["schema"] == 1
    assert set(again) == {
        "schema", "type", "topic", "unit", "urgent", "urgent_probability", "flags", "place", "dispatch",
        "decision", "evidence", "model",
    }  # fmt: skip


def test_alternatives_are_ranked_and_start_with_the_answer(clf: Classifier) -> None:
    for result in clf.iter_results(some(clf, 40)):
        for score in (result.type, result.topic, result.unit):
            assert score is not None
            assert score.alternatives[0] == (score.label, score.probability)
            ps = [p for _, p in score.alternatives]
            assert ps == sorted(ps, reverse=True)
        assert result.topic is not None
        assert result.topic.domain


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_to_classify_is_rejected_with_a_reason(clf: Classifier, text: str) -> None:
    result = clf.classify(text)
    assert result.decision.action == "reject"
    assert result.decision.reason
    assert result.type is None
    json.dumps(result.to_dict())


def test_english_is_rejected(clf: Classifier) -> None:
    assert clf.classify("The street lamp is broken").decision.action == "reject"


@pytest.mark.parametrize("text", [None, b"bytes", 3, 2.5, ["路灯"], object()])
def test_what_is_no_text_is_an_error_of_one_sentence(clf: Classifier, text: object) -> None:
    with pytest.raises(InputError) as caught:
        clf.classify(text)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_traditional_script_reads_like_simplified(clf: Classifier) -> None:
    plain, trad = "小区电梯坏了，没人维修", "小區電梯壞了，沒人維修"
    assert clf.classify(trad).to_dict() == clf.classify(plain).to_dict()


def test_full_width_and_control_characters_change_nothing(clf: Classifier) -> None:
    plain = clf.classify("３２路公交车不停站ABC，投诉司机")
    assert clf.classify("32路公交车不停站ABC，投诉司机").topic == plain.topic


def test_very_long_texts(clf: Classifier) -> None:
    long = "楼上漏水，物业不管。" * 20_000
    assert len(long) == 200_000
    result = clf.classify(long, explain=True)
    assert result.topic is not None
    assert all(0 <= e.start < e.end <= len(long) for e in result.evidence)


def test_personal_numbers_never_come_out(clf: Classifier) -> None:
    text = "我叫王某，电话13812345678，身份证430302199001011234，车牌湘C12345，邮箱abc@test.cn，井盖坏了"
    out = json.dumps(clf.classify(text, explain=True).to_dict(), ensure_ascii=False)
    for secret in ("13812345678", "430302199001011234", "C12345", "abc@test.cn"):
        assert secret not in out
    assert clf.classify(mask(text)).to_dict() == clf.classify(text).to_dict()


def test_evidence_adds_up_to_the_score(clf: Classifier) -> None:
    from hotline_nlp.normalise import normalise

    for text in some(clf, 2)[:20]:
        result = clf.classify(text, explain=True)
        plain = normalise(text).text
        for head in ("type", "topic", "unit"):
            mine = [e for e in result.evidence if e.head == head]
            label = mine[0].label
            _, rest = clf.engine.contributions(plain, head, label)
            names = clf.labels[head]
            logit = float(clf.engine.logits([plain])[head][0, names.index(label)])
            assert sum(e.contribution for e in mine) + rest == pytest.approx(logit, abs=1e-3)
            for e in mine:
                assert mask(text)[e.start : e.end] == e.text
            assert len({(e.start, e.end) for e in mine}) == len(mine)


def test_columns_agree_with_results(clf: Classifier) -> None:
    texts: list[object] = [*some(clf, 30), *NOTHING, None, 3]
    table = clf.score_columns(texts)
    assert tuple(table.column_names) == NAMES
    assert table.num_rows == len(texts)
    for row, result in zip(table.to_pylist(), clf.iter_results(texts), strict=True):
        for head in ("type", "topic", "unit"):
            score = getattr(result, head)
            assert row[head] == (score.label if score else None)
            assert row[f"{head}_probability"] == (near(clf, score.probability) if score else None)
        assert row["decision"] == result.decision.action
        assert row["reason"] == result.decision.reason
        assert row["flags"] == ",".join(result.flags)
        if score:
            assert row["urgent"] == result.urgent
            assert row["lead_unit"] == result.dispatch.lead
            assert row["district"] == result.place.district
            assert row["procedure"] == result.dispatch.procedure


def test_columns_take_arrow_and_nothing(clf: Classifier) -> None:
    assert clf.score_columns([]).num_rows == 0
    assert tuple(clf.score_columns([]).column_names) == NAMES
    array = pa.array(["停水了", None])
    assert clf.score_columns(array).equals(clf.score_columns(["停水了", None]))
    assert clf.score_columns(pa.chunked_array([array, array])).num_rows == 4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_any_text_gets_an_answer_that_no_batch_changes(texts: list[str]) -> None:
    clf = shared()
    together = list(clf.iter_results(texts))
    for text, result in zip(texts, together, strict=True):
        assert clf.classify(text).to_dict() == result.to_dict()
        for score in (result.type, result.topic, result.unit):
            assert score is None or all(0 <= p <= 1 for _, p in score.alternatives)
        assert 0 <= result.urgent_probability <= 1


@pytest.mark.transformer
@pytest.mark.parametrize("engine", ["transformer", "cascade", "ensemble"])
@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("小区电梯坏了没人维修路灯不亮,。 a0😀\ud800"), max_size=60), max_size=5)
)
def test_no_batch_changes_an_answer_by_more_than_rounding(engine: str, texts: list[str]) -> None:
    clf = shared(engine)
    for text, result in zip(texts, clf.iter_results(texts), strict=True):
        alone = clf.classify(text)
        assert (result.type is None) == (alone.type is None)
        if result.type is None or alone.type is None:
            continue
        assert result.type.probability == pytest.approx(alone.type.probability, abs=CLOSE)
        assert result.urgent_probability == pytest.approx(alone.urgent_probability, abs=CLOSE)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=120))
def test_evidence_points_into_any_text(text: str) -> None:
    result = shared().classify(text, explain=True)
    for e in result.evidence:
        assert 0 <= e.start < e.end <= len(text)
        assert np.isfinite(e.contribution)


def test_module_level_classify() -> None:
    assert classify("公交车司机拒载老人").to_dict() == shared().classify("公交车司机拒载老人").to_dict()


def test_unknown_model_city_and_device() -> None:
    with pytest.raises(ModelNotFound, match="no packaged model"):
        Classifier.load("no-such-model")
    with pytest.raises(PackError):
        Classifier.load("linear", city="no-such-city")
    with pytest.raises(InputError, match="device"):
        Classifier.load("linear", device="cuda")
