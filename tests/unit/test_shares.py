"""An engine that answers for other shares of labels: every path follows, and nothing moves without them."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp import Classifier
from hotline_nlp.calibrate import log_softmax
from hotline_nlp.engines.base import Head
from hotline_nlp.engines.shares import corrected, prior_of, read_shares, write_shares
from hotline_nlp.errors import InputError, ModelCorrupt, ModelTooNew
from hotline_nlp.learn.known_shares import pack_shares
from hotline_nlp.learn.shift import reweight

TEXTS = [
    "小区门口路灯坏了半个月没人修，晚上老人出门看不见路",
    "请问异地就医备案要带哪些材料，去哪个窗口办",
    "楼下烧烤店天天半夜放音响，吵得孩子没法睡觉",
    "建议在学校门口加一道减速带",
    "表扬公交司机拾金不昧",
    "",
]
LABELS = ("甲", "乙", "丙")
MONTH = {"type": {"咨询": 12447, "求助": 11450, "投诉": 5813, "其他": 227, "建议": 107}}


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load("linear")


def drawn(seed: int) -> tuple[np.ndarray, tuple[float, ...], tuple[float, ...]]:
    """Return logits of a few texts and two sets of shares, some of them nearly nothing."""
    rng = np.random.default_rng(seed)
    prior, shares = rng.dirichlet(np.full(3, 0.5), 2) + 1e-4
    logits = rng.normal(scale=4, size=(rng.integers(1, 6), 3)).astype(np.float32)
    return logits, tuple(prior / prior.sum()), tuple(shares / shares.sum())


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_a_head_with_shares_gives_the_reweighted_probabilities(seed):
    logits, prior, shares = drawn(seed)
    plain = Head("type", "softmax", LABELS, 1.3)
    moved = Head("type", "softmax", LABELS, 1.3, (), prior, shares).probabilities(logits)
    exact = np.exp(log_softmax(logits.astype(float) / 1.3))
    assert moved.sum(axis=1) == pytest.approx(np.ones(len(logits)), abs=1e-5)
    assert np.allclose(moved, reweight(exact, np.array(prior), np.array(shares)), atol=1e-5)
    assert np.allclose(plain.probabilities(logits), exact, atol=1e-5)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_the_fitted_shares_change_nothing(seed):
    logits, prior, _ = drawn(seed)
    plain = Head("type", "softmax", LABELS, 0.8).probabilities(logits)
    same = Head("type", "softmax", LABELS, 0.8, (), prior, prior).probabilities(logits)
    assert np.array_equal(same, plain)


def test_a_head_without_shares_is_written_as_before():
    head = Head("type", "softmax", LABELS)
    assert set(head.to_dict()) == {"name", "kind", "labels", "temperature", "thresholds"}
    stated = Head("type", "softmax", LABELS, 1.0, (), (0.2, 0.3, 0.5), (0.5, 0.3, 0.2))
    assert Head.from_dict(stated.to_dict()) == stated


@pytest.mark.parametrize("more", [{"prior": [1.0]}, {"shares": [0.2, 0.3, 0.5]}])
def test_shares_that_do_not_fit_their_labels_are_a_corrupt_model(more):
    with pytest.raises(ModelCorrupt, match="do not fit"):
        Head.from_dict({**Head("type", "softmax", LABELS).to_dict(), **more})


def test_packaged_answers_stay_and_shares_move_them(clf):
    before = clf.probabilities(TEXTS[:-1])
    moved = clf.with_shares(MONTH).probabilities(TEXTS[:-1])
    again = clf.probabilities(TEXTS[:-1])
    heads = {head.name: head for head in clf.engine.heads}
    ratio = np.array([MONTH["type"][label] / 30044 for label in heads["type"].labels])
    expected = reweight(before["type"].astype(float), prior_of(heads["type"]), ratio)
    assert np.allclose(moved["type"], expected, atol=1e-5)
    for name in before:
        assert np.array_equal(before[name], again[name])
        assert name == "type" or np.array_equal(before[name], moved[name])


def test_results_columns_and_the_compiled_path_follow_alike(clf):
    from hotline_nlp.engines.compiled import COMPILER

    moved = clf.with_shares({"unit": {"市公安局": 0.9}, "type": {"咨询": 0.999}})
    results = list(moved.iter_results(TEXTS))
    slow = moved.score_columns(TEXTS).to_pylist()
    COMPILER.wait()
    fast = moved.score_columns(TEXTS).to_pylist()
    p = moved.probabilities(TEXTS[:-1])
    for row, (result, one, other) in enumerate(zip(results, slow, fast, strict=True)):
        assert one == other
        assert one["decision"] == result.decision.action
        if row < len(TEXTS) - 1:
            assert one["unit"] == result.unit.label
            assert one["unit_probability"] == pytest.approx(p["unit"][row].max())
            assert one["type_probability"] == pytest.approx(result.type.probability)
            assert result.model == moved.name
    assert [row["unit"] for row in slow] != [row["unit"] for row in clf.score_columns(TEXTS).to_pylist()]


def test_a_decision_follows_the_shares(clf):
    text = TEXTS[1]
    label = clf.classify(text).unit.label
    rare = clf.with_shares({"unit": {label: 1e-5}}).classify(text)
    assert rare.unit.probability < clf.classify(text).unit.probability
    assert rare.unit.label != label or rare.decision.action == "review"


def test_the_packs_month_gives_types_and_topics(clf):
    head = {h.name: h for h in clf.with_shares("pack").engine.heads}
    types = dict(zip(head["type"].labels, head["type"].shares, strict=True))
    topics = dict(zip(head["topic"].labels, head["topic"].shares, strict=True))
    assert types["求助"] == pytest.approx(11450 / 30044, abs=1e-6)
    assert topics["消费维权"] == pytest.approx(2442 / 30044, abs=1e-6)
    assert sum(topics.values()) == pytest.approx(1, abs=1e-6)
    assert not head["unit"].shares
    with pytest.raises(InputError, match="states no shares"):
        Classifier.load("linear", city="haikou").with_shares("pack")


def test_shares_that_are_written_and_read_again_have_the_same_name(clf, tmp_path):
    labels = {head: clf.labels[head] for head in ("type", "topic", "unit")}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        given = {
            head: dict(zip(found, rng.dirichlet(np.ones(len(found))).tolist(), strict=True))
            for head, found in labels.items()
        }
        moved = corrected(clf.engine, given)
        write_shares(tmp_path / "month.json", "linear", moved, {})
        again = corrected(clf.engine, read_shares(tmp_path / "month.json")[1])
        assert again.name == moved.name
        assert [head.shares for head in again.heads] == [head.shares for head in moved.heads]


def test_the_packaged_shares_cover_the_packaged_labels(clf):
    for head in clf.engine.heads:
        if head.kind == "softmax":
            assert prior_of(head).sum() == pytest.approx(1, abs=1e-3)
            assert (prior_of(head) > 0).all()


def test_a_pack_s_labels_that_the_model_lacks_are_named_with_a_way_out(clf):
    types = Head("type", "softmax", ("咨询", "求助", "投诉", "建议", "其他"), prior=(0.2,) * 5)
    topics = Head("topic", "softmax", ("路灯", "噪音"), prior=(0.5, 0.5))
    own, month = copy.copy(clf.engine), clf.pack.shares
    own.heads = (types, topics)
    with pytest.raises(InputError, match=r"topic '消费维权', .* and \d+ more, .* with --head type, or give"):
        pack_shares(own, month)
    assert set(pack_shares(own, month, "type")) == {"type"}
    own.heads = (topics,)
    with pytest.raises(InputError, match="does not have: give shares of your own"):
        pack_shares(own, month)
    own.heads = (Head("unit", "softmax", LABELS),)
    with pytest.raises(InputError, match="states shares of type and topic, none of unit"):
        pack_shares(own, month)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"咨旬": 3, "求助": 4, "投诉": 5, "建议": 1, "其他": 2},
            "name '咨旬', .* its labels are 咨询, 求助",
        ),
        ({"咨旬": 0.3, "投拆": 0.2}, "name '咨旬', '投拆', which"),
    ],
)
def test_a_misspelt_label_is_what_is_named(clf, given, said):
    with pytest.raises(InputError, match=said):
        clf.with_shares({"type": given})


def test_a_misspelt_label_of_many_is_met_with_the_nearest(clf):
    with pytest.raises(InputError, match="did you mean '消费维权' for '消费惟权'"):
        clf.with_shares({"topic": {"消费惟权": 0.1}})
    with pytest.raises(InputError, match="hotline-nlp labels --model lists those"):
        clf.with_shares({"topic": {"月球基地": 0.1}})


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({}, "no shares"),
        ("november", "no shares"),
        ({"kind": {"咨询": 1}}, "no head 'kind'"),
        ({"type": {"表扬": 0.2}}, "'表扬'"),
        ({"type": {"咨询": 12, "求助": 3}}, "lack"),
        ({"type": {"咨询": "half"}}, "must be finite numbers"),
        ({"type": {"咨询": -0.5}}, "none below"),
        ({"type": {"咨询": float("nan"), "求助": 0.5}}, "must be finite numbers"),
        ({"type": {"咨询": float("inf"), "求助": 0.5}}, "must be finite numbers"),
        ({"type": {"咨询": 10**400}}, "must be finite numbers"),
        ({"type": {"咨询": 0}}, "at least one count above 0"),
        ({"type": {}}, "at least one"),
        ({"咨询": 0.5}, "'咨询' is a label of 'type': write"),
        ({"urgent": {"urgent": 0.1}}, "do not exclude"),
    ],
)
def test_shares_that_can_t_be_used_are_refused(clf, shares, said):
    with pytest.raises(InputError, match=said):
        clf.with_shares(shares)


def test_a_model_that_does_not_state_its_shares_is_refused():
    with pytest.raises(InputError, match="train it again"):
        prior_of(Head("type", "softmax", LABELS))


def test_adapting_twice_is_adapting_to_the_last(clf):
    once = clf.with_shares(MONTH)
    twice = clf.with_shares({"type": {"建议": 0.9}}).with_shares(MONTH)
    assert once.name == twice.name != clf.name
    assert np.array_equal(once.probabilities(TEXTS)["type"], twice.probabilities(TEXTS)["type"])


def test_a_file_of_shares_is_loaded_in_a_models_place(clf, tmp_path: Path):
    moved = clf.with_shares("pack")
    write_shares(tmp_path / "month.json", "linear", moved.engine, {"method": "known shares"})
    loaded = Classifier.load(tmp_path / "month.json")
    assert loaded.name == moved.name
    assert np.array_equal(loaded.probabilities(TEXTS)["topic"], moved.probabilities(TEXTS)["topic"])
    assert loaded.source == (str(tmp_path / "month.json"), "xiangtan")


def test_a_file_names_a_model_folder_relative_to_itself(clf, tmp_path: Path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    write_shares(Path("month.json"), "models", corrected(clf.engine, MONTH), {})
    assert read_shares(tmp_path / "month.json")[0] == str(tmp_path / "models")


def test_a_model_on_another_drive_is_named_in_full(clf, tmp_path: Path, monkeypatch):
    def other_drive(*given: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.path.relpath", other_drive)
    write_shares(tmp_path / "month.json", "models", corrected(clf.engine, MONTH), {})
    stated = json.loads((tmp_path / "month.json").read_text("utf-8"))["model"]
    assert stated == (tmp_path / "models").as_posix()
    assert read_shares(tmp_path / "month.json")[0] == str(tmp_path / "models")


def test_a_pack_s_count_that_is_no_number_is_refused(clf):
    with pytest.raises(InputError, match="finite numbers"):
        pack_shares(clf.engine, {"types": {"咨询": 100, "求助": float("nan")}})


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "hotline_nlp/linear"}, ModelCorrupt),
        ({"format": 9}, ModelTooNew),
        ({"model": "other.json"}, ModelCorrupt),
        ({"shares": [1]}, ModelCorrupt),
    ],
)
def test_a_file_that_is_none_is_refused(clf, tmp_path: Path, change, error):
    path = tmp_path / "month.json"
    write_shares(path, "linear", corrected(clf.engine, MONTH), {})
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(error):
        Classifier.load(path)


def test_a_file_that_can_t_be_written_is_said(clf, tmp_path: Path):
    for path, said in ((tmp_path / "no" / "month.json", "can't be written"), (tmp_path / "a.csv", r"\.json")):
        with pytest.raises(InputError, match=said):
            write_shares(path, "linear", corrected(clf.engine, MONTH), {})
