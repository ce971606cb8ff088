"""Figures of a few tickets, small enough to count by hand."""

from __future__ import annotations

import json

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import hotline_nlp.report.count as counting
import hotline_nlp.report.read as read
from hotline_nlp import Classifier
from hotline_nlp.errors import ColumnError, InputError
from hotline_nlp.pack import load_pack
from hotline_nlp.report import Figures
from hotline_nlp.report.count import count
from hotline_nlp.report.dedupe import dedupe
from hotline_nlp.report.insight import find_fresh
from hotline_nlp.report.names import settle
from hotline_nlp.report.period import Month
from hotline_nlp.report.read import read_ledger
from hotline_nlp.report.thin import Thinner

NOVEMBER = Month(2024, 11)


@pytest.fixture(autouse=True)
def _no_insight(monkeypatch):
    monkeypatch.setattr(counting, "count_repeats", lambda *_: "未作。")
    monkeypatch.setattr(counting, "find_fresh", lambda *_: "未作。")


def never() -> Classifier:
    raise AssertionError("nothing had to be scored")


def ledger_of(source, load=never, **options):
    return read_ledger(source, NOVEMBER, load, **options)


def figures_of(rows: list[dict[str, str]], load=never, **options) -> Figures:
    pack = load_pack("xiangtan")
    ledger = ledger_of(pa.Table.from_pylist(rows), load, tags=pack.tags, **options)
    return count(settle(dedupe(ledger), pack), pack, "xiangtan")


def ticket(date: str = "2024-11-05 09:00", **columns: str) -> dict[str, str]:
    known = {"受理时间": date, "诉求类型": "咨询", "热点事项": "社保卡", "承办单位": "市人社局"}
    return known | columns


def test_counts_shares_and_changes_by_hand():
    rows = [ticket(诉求类型="咨询")] * 2 + [ticket(诉求类型="投诉")]
    rows += [ticket("2024-10-05", 诉求类型="咨询")] * 4 + [ticket("2023-11-30", 诉求类型="求助")]
    found = figures_of(rows)
    assert (found.requests.count, found.requests.previous, found.requests.year_before) == (3, 4, 1)
    ask, complain = found.types.lines
    assert (ask.label, ask.count, str(ask.share), ask.previous, ask.year_before) == (
        "咨询",
        2,
        "66.67%",
        4,
        0,
    )
    assert (ask.on_month.basis, ask.on_year.basis, complain.on_month.basis) == (-5000, None, None)
    assert found.days[4] == 3 and sum(found.days) == 3
    assert found.trend == ((Month(2023, 11), 1), (Month(2024, 10), 4), (NOVEMBER, 3))


def test_what_lies_outside_the_thirteen_months_is_not_kept():
    rows = [ticket(), ticket("2024-12-01"), ticket("2023-10-31 23:59:59"), ticket("2023-11-01")]
    ledger = ledger_of(pa.Table.from_pylist(rows))
    assert sorted(ledger.months().tolist()) == [-12, 0] and ledger.read == 4


def test_months_that_are_missing_or_half_there_are_named():
    found = figures_of([ticket(f"2024-11-{day:02d}") for day in range(1, 31)] + [ticket("2024-10-30")])
    said = "".join(found.notes)
    assert "2024年10月只有1天有诉求（全月31天），与之环比仅供参考" in said
    assert "没有2023年11月的诉求，未作同比比较" in said and "2024年11月" not in said
    assert found.types.lines[0].on_year is None


def test_a_ticket_that_stands_twice_counts_once_as_it_was_last():
    rows = [
        ticket(工单编号="A1", 诉求类型="咨询"),
        ticket(工单编号="A2"),
        ticket(工单编号="A1", 诉求类型="投诉"),
    ]
    found = figures_of(rows)
    assert found.requests.count == 2 and found.types.named("投诉").count == 1
    assert "有1行的工单编号与其他行重复，每个编号按最后出现的一行计一次（如A1）。" in found.notes


def test_numbers_that_begin_anew_each_month_are_other_tickets():
    rows = [ticket(工单编号="1"), ticket(工单编号="2"), ticket(工单编号="2")]
    rows += [ticket("2024-10-05", 工单编号="1"), ticket("2024-10-05", 工单编号="2")]
    found = figures_of(rows)
    assert (found.requests.count, found.requests.previous) == (2, 2)
    assert "有2个工单编号出现在不同月份的工单中，按不同工单计数，请核对（如1、2）。" in found.notes
    assert "有1行的工单编号与其他行重复，每个编号按最后出现的一行计一次（如2）。" in found.notes


def test_a_column_that_is_not_counted_may_stand_twice(tmp_path):
    lines = "受理时间,诉求类型,附件,附件\n2024-11-05,咨询,,\n"
    (tmp_path / "t.csv").write_text(lines, "utf-8")
    assert ledger_of(tmp_path / "t.csv").read == 1


def test_tickets_without_a_number_are_kept_and_twins_are_named():
    twin = ticket(诉求内容="路灯坏了", 来电号码="138****0001")
    found = figures_of([twin, twin, {**twin, "来电号码": "138****0002"}], lambda: Classifier.load())
    assert found.requests.count == 3
    assert any(note.startswith("有1行与另一行的时间、内容、来电人完全相同") for note in found.notes)


def test_on_time_counts_closed_and_past_due_orders():
    def order(due: str, closed: str, way: str = "转办") -> dict[str, str]:
        return ticket(办理方式=way, 办理时限=due, 办结时间=closed)

    found = figures_of(
        [
            order("2024-11-10", "2024-11-10 23:00"),  # a date lasts to its end
            order("2024-11-10 12:00", "2024-11-10 12:01"),
            order("2024-11-12", ""),  # open and past
            order("2025-03-01", ""),  # open, still time
            order("2024-11-10", "2024-11-09", way="直接答复"),  # no order
        ]
    )
    assert (found.on_time.now.part, found.on_time.now.whole) == (1, 3)
    assert [(w.what, w.count) for w in found.watch][:1] == [("已超过办理时限仍未办结的工单", 1)]
    assert found.dispatched == 4 and str(found.spot.now) == "20.00%"


def test_a_column_that_asks_the_opposite_is_turned_round():
    rows = [ticket(是否超期="是"), ticket(是否超期="否"), ticket(是否超期="按时")]
    assert (figures_of(rows).on_time.now.part, figures_of(rows).on_time.now.whole) == (2, 3)


def test_satisfaction_leaves_out_what_is_no_grade_and_names_it():
    grades = ["非常满意", "基本满意", "一般", "不满意", "未评价", "", "五星"]
    found = figures_of([ticket(满意度=grade) for grade in grades])
    assert (found.satisfied.now.part, found.satisfied.now.whole) == (2, 4)
    assert [line.label for line in found.grades.lines] == ["非常满意", "基本满意", "一般", "不满意"]
    assert "“满意度”有1个取值不是满意等级，不计入满意率（如五星）。" in found.notes


def test_without_a_column_a_blank_unit_was_answered_on_the_spot():
    found = figures_of([ticket(), ticket(承办单位=""), ticket(承办单位="")])
    assert (found.spot.now.part, found.dispatched, found.units.whole) == (2, 1, 1)


def test_where_nothing_tells_the_handling_no_rate_is_made_up():
    found = figures_of([ticket(), ticket()])
    assert found.spot is None and found.dispatched is None and "办理方式" in found.absent["spot"]
    assert found.units.whole == 2


def test_units_of_scored_tickets_are_the_models_and_tell_no_handling():
    rows = [{"date": "2024-11-03", "type": "求助", "lead_unit": name} for name in ("湘潭县公安局", "")]
    found = figures_of(rows)
    assert found.spot is None and [line.label for line in found.units.lines] == ["湘潭县"]
    assert found.by_model == {"unit": 1}


def test_calls_are_counted_by_their_numbers():
    rows = [ticket(通话编号="C1"), ticket(通话编号="C1"), ticket(通话编号="C2"), ticket(通话编号="")]
    assert figures_of(rows).calls.count == 2
    assert "通话编号" in figures_of([ticket()]).absent["calls"]


def test_names_of_one_unit_are_joined_under_the_commonest():
    names = ["市人社局", "市人社局", "湘潭市人力资源和社会保障局", "某某公司"]
    found = figures_of([ticket(承办单位=name, 办理方式="转办") for name in names])
    assert [(line.label, line.count) for line in found.units.lines] == [("市人社局", 3), ("某某公司", 1)]


def test_districts_go_by_their_short_names():
    names = ["岳塘区人民政府", "岳塘", "岳塘区", "火星"]
    found = figures_of([ticket(所属区域=name) for name in names])
    assert [(line.label, line.count) for line in found.districts.lines] == [("岳塘区", 3), ("火星", 1)]


def test_raw_tickets_are_scored_and_county_bureaus_count_as_their_county():
    rows = [
        {"受理时间": "2024-11-03", "诉求内容": "湘潭县易俗河镇金桂路的路灯坏了好几天，请派人修一下"},
        {"受理时间": "2024-11-03", "诉求内容": "公司拖欠我两个月工资不发，要求处理"},
        {"受理时间": "2024-11-03", "诉求内容": "……"},
    ]
    found = figures_of(rows, lambda: Classifier.load())
    assert found.model.startswith("linear@")
    assert found.by_model["type"] == 2 and found.types.whole == 2 and found.types.blank == 1
    assert "湘潭县" in {line.label for line in found.units.lines}
    assert any(w.what.startswith("模型无法判读") and w.count == 1 for w in found.watch)


def test_only_what_lacks_a_label_is_scored_and_given_labels_stay():
    rows = [
        ticket(诉求内容="公司拖欠工资", 诉求类型="建议", 热点事项="", 所属区域="岳塘区"),
        ticket(诉求内容="公司拖欠工资", 诉求类型="建议", 所属区域="岳塘区"),
    ]
    found = figures_of(rows, lambda: Classifier.load())
    assert found.by_model == {"topic": 1}
    assert found.types.lines[0].label == "建议" and found.topics.named("劳动维权").count == 1


def test_desks_by_their_column_or_by_the_packs_words():
    given = figures_of([ticket(专席="政企通、文明创建"), ticket(专席="政企通"), ticket(专席="")])
    assert [(line.label, line.count) for line in given.desks.lines] == [("政企通", 2), ("文明创建", 1)]
    found = figures_of([ticket(诉求内容="有人乱堆建筑垃圾", 热点事项="市容环境")], lambda: Classifier.load())
    assert [line.label for line in found.desks.lines] == ["文明创建-环境卫生"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist])
def test_tables_of_every_kind_give_the_same(make):
    rows = [ticket(), ticket(诉求类型="投诉")]
    ledger = ledger_of(make(rows))
    assert ledger.table.num_rows == 2 and sorted(ledger.coded("type")[1]) == ["咨询", "投诉"]


def test_figures_are_ready_for_json():
    found = json.loads(json.dumps(figures_of([ticket()]).to_dict(), ensure_ascii=False))
    assert found["month"] == "2024-11" and found["types"]["lines"][0]["share"]["percent"] == "100.00%"


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (
            [ticket("2024-09-01"), ticket("2024-10-01")],
            InputError,
            "latest months are 2024-09 (1 tickets), 2024-10",
        ),
        ([ticket("昨天")], InputError, "none of 1 rows has a date that can be read"),
        ([{"诉求内容": "路灯坏了"}], ColumnError, "--map date=COLUMN"),
    ],
)
def test_bad_input_is_said_in_a_sentence(rows, error, message):
    with pytest.raises(error) as caught:
        ledger_of(pa.Table.from_pylist(rows))
    assert message in str(caught.value)


def test_an_empty_table_and_a_double_column_are_refused():
    with pytest.raises(InputError, match="no rows"):
        ledger_of(pa.table({"受理时间": pa.array([], pa.string()), "诉求类型": pa.array([], pa.string())}))
    twice = pa.Table.from_arrays([pa.array(["a"])] * 3, names=["受理时间", "受理时间", "诉求类型"])
    with pytest.raises(ColumnError, match="twice"):
        ledger_of(twice)


def test_rows_without_a_date_and_strange_answers_are_named():
    found = figures_of([ticket(办理方式="转办"), ticket("", 办理方式="转办"), ticket(办理方式="看情况")])
    said = "".join(found.notes)
    assert "有1行受理时间缺失或无法识别，未计入（如第2行）" in said
    assert "“办理方式”一列有1个取值无法识别，按未填写处理（如看情况）" in said


def test_without_texts_or_past_the_insight_sections_say_why():
    assert (
        find_fresh(ledger_of(pa.Table.from_pylist([ticket()])), "xiangtan")
        == "输入数据没有诉求内容，未作新情况分析。"
    )
    rows = [ticket(诉求内容="路灯坏了", 所属区域="岳塘区")]
    assert (
        find_fresh(ledger_of(pa.Table.from_pylist(rows)), "xiangtan")
        == "输入数据没有以往月份的诉求，未作新情况分析。"
    )


def test_of_a_long_past_the_texts_of_whole_callers_are_kept(monkeypatch):
    monkeypatch.setattr(read, "CHUNK", 100)
    monkeypatch.setattr(read, "Thinner", lambda: Thinner(150))
    rows = [ticket("2024-10-05", 来电号码=f"C{i % 150}", 诉求内容=f"第{i}件") for i in range(600)]
    rows += [ticket("2024-10-06", 来电号码="", 诉求内容="匿名", 工单编号=f"N{i}") for i in range(400)]
    rows += [ticket("2024-11-01", 来电号码="C1", 诉求内容="本月")] * 200
    every = [{**row, "所属区域": "岳塘区"} for row in rows]
    ledger = ledger_of(pa.Table.from_pylist(every))
    callers, texts = (ledger.table.column(name).to_pylist() for name in ("caller", "text"))
    kept = [i for i, text in enumerate(texts[:1000]) if text]
    assert 50 <= len(kept) <= 150 and all(texts[1000:])
    chosen = {callers[i] for i in kept} - {""}
    assert [i for i in range(600) if callers[i] in chosen] == [i for i in kept if i < 600]
    assert 10 <= sum(i >= 600 for i in kept) <= 90
    assert ledger.table.num_rows == 1200
