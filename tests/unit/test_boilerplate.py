"""The operator's formulas go at both ends; the citizen's words stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.normalise import body_span

BODY = "雨湖路有一盏路灯不亮"
OPENINGS = [
    "市民来电反映：",
    "市民来电反映: ",
    "来电人反映，",
    "来电人反映",
    "市民来电咨询:",
    "群众致电反映：",
    "网民反映：",
    "市民再次来电投诉：",
    "市民通过公众号建议：",
    "【市民热线】",
    "【投诉】市民来电反映：",
    "工单内容：市民来电反映：",
    " 市民微信求助：",
]
CLOSINGS = [
    "，请某某局核实处理，谢谢！",
    "。请城管部门核实处理！（请职能局按规定在30分钟内核实处理，响应处置）",
    "请交警核实处理。",
    "，请相关单位尽快处理并回复",
    "。请相关单位尽快处理并回复，谢谢！",
    "，请供水公司核实处理（30分钟办件）",
    "，望有关部门处理。",
    "，希望政府部门尽快协调解决",
    "，请教育局核实处理谢谢！",
    "，请某某局核实处理，请职能局于六十分钟内联系市民， 响应处置",
    "。（请职能局按规定在30分钟内联系市民，响应处置）",
    "。请职能局30分钟内核实处理，响应处置）",
    "，谢谢！",
    "，谢谢您。",
]
OWN_WORDS = [
    "请问公租房什么时候可以申请",
    "请求公租房尽快分配",
    "老旧小区加装电梯，请教要什么材料",
    "邻居占了楼道，请社区清理楼道里的杂物",
    "家里困难，故来电申请协调处理",
    "市民反映强烈的臭水沟还没有治理",
    "工作人员热心帮忙，特此表示感谢",
    "【关于雨湖路积水】下雨就淹（已经半年）",
    "小区停水三天了（物业说水泵坏了）",
    "不知道该由谁处理",
    "交了钱一直没有办理",
]


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("closing", ["", CLOSINGS[0]])
def test_cuts_openings(opening: str, closing: str) -> None:
    text = opening + BODY + closing
    assert text[slice(*body_span(text))] == BODY


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("opening", ["", OPENINGS[0]])
def test_cuts_closings(opening: str, closing: str) -> None:
    text = opening + BODY + closing
    assert text[slice(*body_span(text))] == BODY


@pytest.mark.parametrize("text", OWN_WORDS)
def test_keeps_what_the_citizen_asks(text: str) -> None:
    assert body_span(text) == (0, len(text))
    wrapped = f"市民来电反映：{text}，请某某局核实处理，谢谢！"
    assert wrapped[slice(*body_span(wrapped))] == text


@pytest.mark.parametrize(
    "text",
    ["", "谢谢！", "市民来电反映：", "请某某局核实处理，谢谢！", "市民来电反映：请某局处理。", "。。。"],
)
def test_keeps_the_whole_of_a_text_of_formulas(text: str) -> None:
    assert body_span(text) == (0, len(text))


def test_keeps_a_formula_in_the_middle() -> None:
    text = "上次写了请某局核实处理，结果没有人来看"
    assert body_span(text) == (0, len(text))


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=120))
def test_span_is_valid(text: str) -> None:
    start, end = body_span(text)
    assert 0 <= start <= end <= len(text)
    assert end > start or not text


@given(st.lists(st.sampled_from([*OPENINGS, *CLOSINGS, *OWN_WORDS, BODY, "，", "（", "\ud800"]), max_size=8))
def test_never_cuts_a_body_in_its_middle(parts: list[str]) -> None:
    inner = BODY + "".join(parts) + BODY
    text = f"市民来电反映：{inner}，请某某局核实处理，谢谢！"
    assert text[slice(*body_span(text))] == inner


@pytest.mark.parametrize(
    "unit",
    ["请", "请局", "核实处理", "请某局核实处理。", "（", "）", "市民来电反映：", "【投诉", " ", "谢谢"],
)
def test_reads_long_hostile_texts(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    start, end = body_span(text)
    assert 0 <= start < end <= len(text)
