from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.pack import Tag, load_pack
from hotline_nlp.route import PROCEDURES, Router
from hotline_nlp.route.duties import DutyIndex
from hotline_nlp.route.tags import URGENCY, Tagger
from hotline_nlp.route.units import UnitTable, simplify
from hotline_nlp.taxonomy import load_taxonomy

PACK = load_pack("xiangtan")
ROUTER = Router(PACK)
UNITS = ROUTER.units
FUNCTIONS = [label.label for label in load_taxonomy().unit_functions]
TOPICS = [label.label for label in load_taxonomy().topics]


@pytest.mark.parametrize(
    ("function", "area", "topic", "text", "lead"),
    [
        ("市公安局", "430321", "户政出入境", "", "湘潭县公安局"),
        ("市公安局", "430302", "户政出入境", "", "湘潭市公安局"),
        ("市公安局", "", "交通管理", "", "湘潭市公安局交通警察支队"),
        ("市教育局", "430302", "教育服务", "", "雨湖区教育局"),
        ("市教育局", "430371", "教育服务", "", "湘潭市教育局"),
        ("市通信运营企业", "430321", "通信管理", "联通的信号差", "中国联合网络通信有限公司湘潭市分公司"),
        ("市燃气供暖公司", "430321", "燃气供暖", "燃气没通", "湘潭县中石油昆仑燃气有限公司"),
        ("属地", "430373", "", "", "湘潭经开区管委会"),
        ("属地", "", "", "", "岳塘区人民政府"),
        ("湘潭市某研究所", "430302", "", "", "湘潭市某研究所"),
        ("市交警支队", "", "", "", "湘潭市公安局交通警察支队"),
    ],
)
def test_the_lead_of_a_function(function: str, area: str, topic: str, text: str, lead: str) -> None:
    assert UNITS.lead(function, area, topic, text) == lead


def test_names_lead_to_units_and_units_to_functions() -> None:
    assert UNITS.find("gaj") == UNITS.find("市公安") == UNITS.find("湘潭市公安局") == "湘潭市公安局"
    assert UNITS.find("城管局") == UNITS.find("市城管局")
    assert UNITS.find("湘潭县公安局") == "湘潭县公安局" and UNITS.find("无此单位") == ""
    assert UNITS.function_of("湘潭县公安局") == "市公安局" and UNITS.function_of("无此单位") == ""


def test_the_prior_follows_the_month_s_orders() -> None:
    assert sum(UNITS.prior.values()) == pytest.approx(1.0)
    assert list(UNITS.prior)[:3] == ["430304", "430302", "430321"]
    assert UnitTable(replace(PACK, shares={})).prior["430372"] == pytest.approx(1 / 8)


def test_without_a_place_all_districts_are_ranked_and_the_place_is_needed() -> None:
    routing = ROUTER.trace("楼道里堆满了杂物", [("属地", 0.9)], "物业管理")
    assert routing.dispatch.needs == ("place",) and routing.dispatch.procedure == "confirm_place"
    assert len(routing.dispatch.candidates) == 8
    assert routing.dispatch.candidates[0][0] == routing.dispatch.lead == "岳塘区人民政府"
    assert routing.dispatch.candidates[0][1] == pytest.approx(0.9 * UNITS.prior["430304"], abs=1e-3)


def test_the_reason_quotes_the_duty_and_its_id() -> None:
    routing = ROUTER.trace("单位半年没给我缴公积金", [("市住房公积金管理中心", 0.95)], "住房公积金")
    (step,) = [step for step in routing.steps if step.kind == "duty"]
    duty = next(duty for duty in PACK.duties if duty.id == step.ref)
    assert step.ref == "XT-GJJ-01" and duty.id in step.text and duty.clause in step.text


def test_every_unit_has_three_duties() -> None:
    for unit in PACK.units:
        own = PACK.duties_of(unit.id)
        assert len(own) >= 3 or len(PACK.duties_of(unit.function)) >= 3, unit.name


def test_duties_rank_by_wording_and_topic() -> None:
    index = DutyIndex(PACK)
    best = index.fits("外卖骑手闯红灯，交通违法没人管", "交通管理")[0]
    assert best.duty.id == "XT-JJ-02" and best.words > 0
    assert {fit.duty.unit for fit in index.fits("医保", units={"市医保局"})} == {"市医保局"}
    assert max(fit.words for fit in index.fits("xyz 123")) == 0.0


def test_unclear_duty_names_nobody_and_the_three_nearest() -> None:
    units = [("市公安局", 0.2), ("其他单位", 0.2)]
    routing = ROUTER.trace("虚拟主播骗打赏，礼物全不见了", units, "其他")
    assert routing.dispatch.lead == "" and routing.dispatch.procedure == "unclear_duty"
    assert len(routing.nearest) == 3
    assert sum(fit.duty.id in " ".join(routing.dispatch.reasons) for fit in routing.nearest) == 3
    sure = ROUTER.trace("虚拟主播骗打赏，礼物全不见了", [("市公安局", 0.8)], "其他")
    assert sure.dispatch.lead == "湘潭市公安局"


def test_special_desks_need_topic_and_word() -> None:
    hits = ROUTER.tagger.desks("流动摊贩占道经营，人大代表也反映过", "市容环境")
    assert [(hit.tag, hit.words) for hit in hits] == [
        ("占道经营", ("占道", "流动摊贩")),
        ("人大代表反映", ("人大代表",)),
    ]
    assert ROUTER.tagger.desks("流动摊贩占道经营", "教育服务") == ()


@pytest.mark.parametrize(
    ("text", "topic", "level", "words"),
    [
        ("楼道里燃气泄漏", "燃气供暖", "危及人身安全", ("燃气泄漏",)),
        ("整个小区停水", "供水服务", "水电气暖中断", ("整个小区停",)),
        ("路灯坏了", "市政设施", "一般", ()),
    ],
)
def test_urgency_has_the_words_that_led_to_it(
    text: str, topic: str, level: str, words: tuple[str, ...]
) -> None:
    hit = ROUTER.tagger.urgency(text, topic)
    assert hit is not None and (hit.tag, hit.words) == (level, words)


def test_tag_sets_are_the_pack_s() -> None:
    tagger = Tagger([Tag("新专席", "新标签", ("蓝天",), ())])
    assert [hit.desk for hit in tagger.desks("蓝天行动", "其他")] == ["新专席"]
    assert tagger.urgency("爆炸", "其他") is None and tagger.gravest == ""
    assert Tagger([Tag(URGENCY, "甲", ("爆炸",), ())]).gravest == "甲"


def test_traditional_characters_are_read() -> None:
    assert simplify("嶽塘區寶塔街道") == "岳塘区宝塔街道"
    place, dispatch = ROUTER.route("嶽塘區寶塔街道的垃圾沒人清", [("属地", 0.9)], "市容环境")
    assert (place.district, place.town) == ("岳塘区", "宝塔街道")
    assert dispatch.lead == ROUTER.lead("嶽塘區寶塔街道的垃圾沒人清", [("属地", 0.9)], "市容环境")


def test_personal_numbers_are_masked_in_reasons() -> None:
    text = "楼下的垃圾堆了三天没人清，电话13800138000。自来水每天晚上停水到天亮。"

    def scorer(span: str) -> tuple[str, list[tuple[str, float]]]:
        return ("供水服务", [("市供水公司", 0.9)]) if "停水" in span else ("市容环境", [("属地", 0.9)])

    routing = ROUTER.trace(text, [("属地", 0.9)], "市容环境", scorer=scorer)
    assert len(routing.dispatch.matters) == 2
    assert "13800138000" not in " ".join(routing.dispatch.reasons)


def test_no_unit_scored_gives_no_lead() -> None:
    place, dispatch = ROUTER.route("岳塘区的路", ())
    assert place.district == "岳塘区" and dispatch.lead == ""
    assert ROUTER.lead("岳塘区的路", ()) == ""
    assert ROUTER.route_many([], []) == {"lead_unit": [], "district": [], "procedure": []}


PIECES = [
    "岳塘区",
    "红星村",
    "路灯",
    "湘乡",
    "停水",
    "垃圾",
    "供暖",
    "农民工",
    "1、",
    "。",
    "x",
    "𠮷",
    "\ud800",
]
SHARES = st.lists(
    st.tuples(st.sampled_from(FUNCTIONS), st.floats(0.0, 1.0, allow_nan=False)), min_size=1, max_size=3
).map(lambda units: sorted(units, key=lambda unit: -unit[1]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join), SHARES, st.sampled_from(TOPICS))
def test_the_fast_path_agrees_with_the_full_one(
    text: str, units: list[tuple[str, float]], topic: str
) -> None:
    place, dispatch = ROUTER.route(text, units, topic)
    columns = ROUTER.route_many([text], [units], [topic])
    assert columns == {
        "lead_unit": [dispatch.lead],
        "district": [place.district],
        "procedure": [dispatch.procedure],
    }
    assert ROUTER.lead(text, units, topic) == dispatch.lead
    assert dispatch.procedure in PROCEDURES
    assert ROUTER.route(text, units, topic) == (place, dispatch)
