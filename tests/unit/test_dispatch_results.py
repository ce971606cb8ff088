"""Dispatch as Results carry it: bounded for any text, the same in every path, histories checked."""

from __future__ import annotations

import random
import re

import pytest

from hotline_nlp import Classifier
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.errors import InputError
from hotline_nlp.pack import Tag, load_pack
from hotline_nlp.route import Return, Router
from hotline_nlp.route.tags import URGENCY, Tagger
from hotline_nlp.route.words import Words
from hotline_nlp.samples import load_samples

PACK = load_pack("xiangtan")
ROUTER = Router(PACK)
SAMPLES = [row["text"] for row in load_samples()]
GUESS = [("市城管执法局", 0.6), ("市住建局", 0.3), ("属地", 0.1)]


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load()


def test_a_text_with_fifty_places_gets_a_bounded_answer(clf: Classifier) -> None:
    draw = random.Random(5)
    villages = [place.short for place in PACK.places if place.level == "village"]
    text = "、".join(draw.sample(villages, 50)) + "都在修路，灰尘大，没人洒水"
    result = clf.classify(text)
    assert len(result.dispatch.candidates) <= 11 and len(result.dispatch.reasons) <= 8
    assert max(map(len, result.dispatch.reasons)) < 400
    assert len(result.place.candidates) <= 32
    assert sum(p for _, p in result.dispatch.candidates) <= 1.001
    assert clf.score_columns([text])["lead_unit"].to_pylist() == [result.dispatch.lead]


def test_shared_villages_alone_leave_the_place_open(clf: Classifier) -> None:
    shared = "红星村和星星村的水渠都堵了"
    place, dispatch = ROUTER.route(shared, [("属地", 0.9)], "农村管理")
    assert place.confidence <= 1.0 and dispatch.procedure in ("confirm_place", "direct")
    assert len(dispatch.reasons) <= 6


@pytest.mark.parametrize(
    "history", [[Return("市外星局", "应由市住建局处理")], [Return("市城管局"), Return("没有的局")]]
)
def test_a_history_that_names_an_unknown_unit_is_refused(clf: Classifier, history: list[Return]) -> None:
    with pytest.raises(InputError, match=f"item {len(history)} names the unknown unit .*use a name of units"):
        clf.classify("人行道的护栏倒了", history=history)


def test_disputing_units_settle_what_has_no_place_between_them() -> None:
    history = [Return("市城管局", "应由市住建局处理"), Return("市住建局", "归市城管局")]
    dispatch = ROUTER.trace(
        "桥下的栏杆断了", [("市城管执法局", 0.4), ("属地", 0.3)], "市政设施", history
    ).dispatch
    both = {ROUTER.units.find("市城管局"), ROUTER.units.find("市住建局")}
    assert dispatch.procedure == "joint_investigation" and dispatch.needs == ()
    assert {dispatch.lead, *dispatch.co_units} == both


def test_a_place_keeps_its_government_in_a_joint_investigation() -> None:
    history = [Return("岳塘区", "归市城管局"), Return("市城管局", "属于岳塘区")]
    dispatch = ROUTER.trace("岳塘区下摄司的护栏断了", GUESS, "市政设施", history).dispatch
    assert "岳塘区人民政府" in (dispatch.lead, *dispatch.co_units)


def test_the_bulletin_s_three_cases_come_out_right(clf: Classifier) -> None:
    leads = [clf.classify(text).dispatch.lead for text in SAMPLES[:3]]
    assert ["水利施工" in SAMPLES[0], "美居乐" in SAMPLES[1], "32路" in SAMPLES[2]] == [True] * 3
    assert leads == ["雨湖区人民政府", "湘潭高新区管委会", "湘潭城发集团"]


@pytest.mark.parametrize(
    ("text", "lead", "why"),
    [
        ("窑湾街道的摊子占道经营没人管。社保卡密码忘记了怎么重置", "雨湖区人民政府", "全文的主要事项"),
        (
            "窑湾街道社保卡密码忘了怎么重置。煤气泄漏没有人来修",
            "湘潭新奥燃气发展有限公司",
            "最紧急的事项",
        ),
    ],
)
def test_several_matters_name_a_lead_co_units_and_why(text: str, lead: str, why: str) -> None:
    answers = {
        "占道": ("市容环境", [("属地", 0.9)]),
        "煤气": ("燃气供暖", [("市燃气供暖公司", 0.9)]),
        "社保卡": ("社保卡", [("市人社局", 0.95)]),
    }

    def scorer(span: str) -> tuple[str, list[tuple[str, float]]]:
        return next(answer for word, answer in answers.items() if word in span)

    units = [("属地", 0.5), ("市人社局", 0.4)]
    dispatch = ROUTER.trace(text, units, "市容环境", scorer=scorer).dispatch
    assert (dispatch.lead, dispatch.procedure) == (lead, "joint")
    assert dispatch.co_units == ("雨湖区人力资源和社会保障局",)
    assert any(f"{lead}主办，" in reason and why in reason for reason in dispatch.reasons)
    assert sum(reason.startswith("事项") for reason in dispatch.reasons) == 2


def test_batches_and_single_texts_are_routed_alike(clf: Classifier) -> None:
    texts = [*SAMPLES[:60], *(f"1、{a}2、{b}" for a, b in zip(SAMPLES[::9], SAMPLES[4::9], strict=False))]
    for text, result in zip(texts, clf.iter_results(texts, batch_size=17), strict=True):
        alone = clf.classify(text)
        assert (alone.place, alone.flags) == (result.place, result.flags)
        assert alone.dispatch.lead == result.dispatch.lead
        assert alone.dispatch.procedure == result.dispatch.procedure
        assert [m.unit for m in alone.dispatch.matters] == [m.unit for m in result.dispatch.matters]


def test_a_model_with_topics_of_its_own_classifies(clf: Classifier) -> None:
    engine = clf.engine
    assert isinstance(engine, LinearEngine)
    heads = [head.to_dict() for head in engine.heads]
    topics = next(head for head in heads if head["name"] == "topic")
    topics["labels"] = [f"自定事项{k}" for k in range(len(topics["labels"]))]
    tensors = {
        "weights": engine.weights,
        "step": engine.step,
        "bias": engine.bias,
        **engine.spec.tensors(),
    }
    own = Classifier(LinearEngine({**engine.manifest, "heads": heads}, tensors), PACK)
    result = own.classify("雨湖区鹤岭镇的路灯坏了一个星期")
    assert result.topic is not None and re.match("自定事项", result.topic.label)
    assert result.topic.domain == "" and result.dispatch.lead


def test_words_are_found_within_longer_ones_and_beside_surrogates() -> None:
    words = Words(["占道", "占道经营", "道经", ""])
    assert list(words.found("有人占道经营")) == ["占道", "道经", "占道经营"]
    assert list(words.found("\ud800占道")) == ["占道"]
    assert words.found("没有") == {} and Words([]).found("占道") == {}


def test_levels_limited_to_topics_and_the_ordinary_one() -> None:
    tags = [
        Tag(URGENCY, "危急", ("起火",), ()),
        Tag(URGENCY, "中断", ("停水",), ("供水服务",)),
        Tag(URGENCY, "一般", (), ()),
    ]
    tagger = Tagger(tags)
    levels = {
        (text, topic): hit.tag if (hit := tagger.urgency(text, topic)) else ""
        for text in ("停水又起火", "停水了", "路灯坏了")
        for topic in ("供水服务", "市政设施")
    }
    assert levels == {
        ("停水又起火", "供水服务"): "危急",
        ("停水又起火", "市政设施"): "危急",
        ("停水了", "供水服务"): "中断",
        ("停水了", "市政设施"): "一般",
        ("路灯坏了", "供水服务"): "一般",
        ("路灯坏了", "市政设施"): "一般",
    }
