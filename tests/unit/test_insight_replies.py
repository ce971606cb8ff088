"""The reply check: each finding where it belongs, with the evidence that it speaks of, and none elsewhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.errors import ColumnError, InputError
from hotline_nlp.insight import check_replies, check_reply
from hotline_nlp.insight.replies import LABELS
from hotline_nlp.insight.reply_rules import contradictions
from hotline_nlp.insight.typos import typos

REQUEST = "金桂路口的路灯坏了半个多月，晚上一片漆黑，老人过马路摔了一跤，请尽快维修"
GOOD = "您好！经现场核实，金桂路口两盏路灯因电缆被挖断不亮，维修人员已于2024年11月5日更换电缆并恢复照明。"


def kinds(reply: str, **more: object) -> list[str]:
    return [finding.kind for finding in check_reply(REQUEST, reply, **more).findings]  # type: ignore[arg-type]


def test_a_good_reply_has_no_findings() -> None:
    found = check_reply(REQUEST, GOOD)
    assert found.findings == ()
    assert found.match > 0.8


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("2024年1月", "empty"),
        ("", "empty"),
        ("您好！您反映的问题已收悉，已转交市城管局调查处理，感谢您的支持。", "template"),
        (
            "居民医疗保险的缴费时间为每年九月至十二月，成年人每人每年四百元，可在社区服务中心办理参保登记。",
            "other_matter",
        ),
        ("经核实，路灯因线路老化不亮，我局将尽快安排维修路灯。", "promise_without_date"),
        ("经核实，金桂路口路灯由市城建投资公司负责管理，路灯不亮的情况已告知该公司。", "other_unit"),
        ("经核实，路灯不亮情况属实，但路灯维修不属于我局职责范围。", "other_unit"),
        ("经核实，金桂路口的路灯不亮情况属实，已于11月5日由维修人员完成布署和检修。", "typo"),
        ("经核实，金桂路口的路灯已于2024年11月31日修复。", "typo"),
    ],
)
def test_each_finding_with_its_evidence(reply: str, kind: str) -> None:
    found = [finding for finding in check_reply(REQUEST, reply).findings if finding.kind == kind]
    assert found
    assert reply[found[0].start : found[0].end].strip().startswith(found[0].evidence[:4])
    assert found[0].label == LABELS[kind]
    assert 0 < found[0].score <= 1
    assert found[0].reason


def test_a_promise_with_a_date_is_fine() -> None:
    assert "promise_without_date" not in kinds("经核实，路灯线路老化，我局将于11月20日前安排维修路灯。")


def test_a_unit_that_names_itself_is_no_other() -> None:
    reply = "经核实，金桂路口的路灯由市城管局负责维护，已于11月5日修复路灯。"
    assert "other_unit" in kinds(reply)
    assert "other_unit" not in kinds(reply, unit="市城管局")


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("您反映的路灯不亮问题属实。", "您反映的路灯不亮问题不属实。", "结论"),
        ("路灯电缆已全部完成更换。", "路灯电缆目前尚未完成更换。", "办理状态"),
        ("预计该路段路灯改造于11月10日完工通电。", "预计该路段路灯改造于12月25日完工通电。", "数字"),
    ],
)
def test_contradictions_with_an_earlier_reply(before: str, after: str, what: str) -> None:
    found = [f for f in check_reply(REQUEST, after, earlier=[before]).findings if f.kind == "contradiction"]
    assert found
    assert what in found[0].reason
    assert contradictions(before, before) == []


def test_progress_is_no_contradiction() -> None:
    assert contradictions("路灯电缆已全部完成更换。", "路灯电缆目前尚未完成更换。") == []


def test_tables_are_read_in_the_order_of_each_order() -> None:
    table = [
        {"诉求": REQUEST, "答复": "您反映的路灯不亮问题不属实。", "工单": "A1", "时间": "2024-11-09"},
        {"诉求": REQUEST, "答复": "您反映的路灯不亮问题属实。", "工单": "A1", "时间": "2024-11-02"},
        {"诉求": REQUEST, "答复": GOOD, "工单": "A2", "时间": "2024-11-02"},
    ]
    columns = {"request": "诉求", "reply": "答复", "id": "工单", "date": "时间"}
    found = check_replies(table, columns=columns)
    contrary = ["contradiction" in {f.kind for f in check.findings} for check in found]
    assert contrary == [True, False, False]
    with pytest.raises(ColumnError, match="'reply'"):
        check_replies(table, columns={"request": "诉求"})
    with pytest.raises(InputError, match="must be text"):
        check_reply(REQUEST, None)  # type: ignore[arg-type]


def test_correct_wording_is_no_typo() -> None:
    for text in (GOOD, "现在在建的项目已安装到位，物业公司了了心愿", "请按装饰图施工，感谢您的理解与支持"):
        assert [f for f in typos(text) if f[1]] == []
    assert typos("您反应的问题")[0][1] == "反映的问题"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=120))
def test_any_pair_can_be_checked(request: str, reply: str) -> None:
    found = check_reply(request, reply, earlier=[request])
    assert 0 <= found.match <= 1
    assert all(0 <= f.start <= f.end <= len(reply) for f in found.findings)
