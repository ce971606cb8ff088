from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.batch.cells import cells_array, cells_field
from hotline_nlp.errors import ColumnError, InputError
from hotline_nlp.learn.dates import seconds
from hotline_nlp.report.cells import answers, moments, texts
from hotline_nlp.report.roles import ROLES, find_columns, read_map
from hotline_nlp.report.values import SPOKEN

PLAIN = pa.field("x", pa.string())


def at(*when: int) -> float:
    return (dt.datetime(*when) - dt.datetime(1970, 1, 1)).total_seconds()


def test_columns_are_known_by_the_names_that_hotlines_give_them() -> None:
    headings = ["工单号", "来电 时间*", "反映内容", "诉求性质", "责任单位", "来源渠道：", "备注"]
    found = find_columns(headings, {}, "a.csv")
    assert found == {
        "id": "工单号", "date": "来电 时间*", "text": "反映内容", "type": "诉求性质",
        "unit": "责任单位", "channel": "来源渠道：",
    }  # fmt: skip


def test_scored_tickets_give_the_real_unit_before_its_function() -> None:
    found = find_columns(["date", "text", "type", "topic", "unit", "lead_unit", "district"], {}, "a.csv")
    assert found["unit"] == "lead_unit"


def test_a_mapped_column_goes_before_a_known_one_and_serves_once() -> None:
    found = find_columns(["受理时间", "诉求内容", "时间"], {"date": "时间", "承办单位": "诉求内容"}, "a.csv")
    assert found == {"date": "时间", "unit": "诉求内容"}


def test_no_heading_is_known_for_two_roles() -> None:
    every = [name for role in ROLES for name in role.headings]
    assert len(every) == len(set(every)) + len([r for r in ROLES if r.headings.count(r.name) > 1])


@pytest.mark.parametrize(
    ("headings", "given_", "message"),
    [
        (["编号", "受理时刻", "内容"], {}, "did you mean --map date=受理时刻"),
        (["时间", "问题说明"], {}, "did you mean --map text=问题说明"),
        (["时间", "abc"], {}, "--map text=COLUMN"),
        (["时间", "诉求内容"], {"unit": "处置部门"}, "has no column '处置部门' (mapped to unit)"),
        (["时间", "诉求内容", "处置部门名称"], {"unit": "处置部门"}, "did you mean '处置部门名称'"),
        ([], {}, "its columns are none"),
        (["受理时间;诉求内容"], {}, "its cells are parted by semicolons, save it with commas."),
        (["工单明细", "column_2"], {"unit": "处置部门"}, "delete any title above them"),
    ],
)
def test_what_is_missing_is_named_with_the_nearest(headings, given_, message) -> None:
    with pytest.raises(ColumnError) as error:
        find_columns(headings, given_, "a.csv")
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("text", "write ROLE=COLUMN"),
        ("text=", "write ROLE=COLUMN"),
        ("texts=a", "did you mean 'text'"),
        ("ß=a", "choose from"),
    ],
)
def test_a_faulty_map_is_refused(pair: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_map([pair])


def test_a_map_takes_names_and_chinese_labels() -> None:
    assert read_map(["text=a=b", " 承办单位 = 部门 "]) == {"text": "a=b", "unit": "部门"}


def test_dates_written_in_several_ways_in_one_column() -> None:
    written = [
        "2024-11-03 10:20:33",
        "2024/11/3",
        "2024年11月3日 8:05",
        "20241103",
        "45600.5",
        "2024年11月3日16时20分",
    ]
    found = moments(pa.array(written), PLAIN)
    assert found.tolist() == [
        at(2024, 11, 3, 10, 20, 33), at(2024, 11, 3), at(2024, 11, 3, 8, 5), at(2024, 11, 3),
        at(2024, 11, 4, 12), at(2024, 11, 3, 16, 20),
    ]  # fmt: skip


def test_what_is_no_date_is_unknown() -> None:
    found = moments(pa.array(["2024-02-30", "03/11/2024", "昨天", "", None, "2024-11-03 25:00"]), PLAIN)
    assert np.isnan(found).all()


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 12, 31)).map(lambda d: d.replace(microsecond=0))
)
def test_both_readers_of_dates_agree(moment: dt.datetime) -> None:
    for pattern in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S"):
        text = moment.strftime(pattern)
        assert moments(pa.array([text]), PLAIN)[0] == seconds(text)


def test_dates_of_every_arrow_type() -> None:
    days = pa.array([dt.date(2024, 11, 3), None])
    zoned = pa.array([dt.datetime(2024, 11, 3, 0, 30)], pa.timestamp("us", tz="UTC")).cast(
        pa.timestamp("us", tz="Asia/Shanghai")
    )
    cells = cells_array([dt.datetime(2024, 11, 3, 9), 45599, "2024.11.3", None])
    assert moments(days, pa.field("x", days.type))[0] == at(2024, 11, 3)
    assert math.isnan(moments(days, pa.field("x", days.type))[1])
    assert moments(zoned, pa.field("x", zoned.type))[0] == at(2024, 11, 3, 8, 30)
    found = moments(cells, cells_field("x"))
    assert found[:3].tolist() == [at(2024, 11, 3, 9), at(2024, 11, 3), at(2024, 11, 3)] and math.isnan(
        found[3]
    )


def test_texts_of_any_column_are_trimmed_and_never_null() -> None:
    coded = pa.array([" 甲 ", None, "甲"]).dictionary_encode()
    assert texts(coded, PLAIN).to_pylist() == ["甲", "", "甲"]
    assert texts(pa.array([12, None]), pa.field("x", pa.int64())).to_pylist() == ["12", ""]
    assert texts(cells_array(["a", 3, None, True]), cells_field("x")).to_pylist() == ["a", "3", "", "1"]


def test_yes_and_no_in_many_words_and_a_question_turned_round() -> None:
    found, strange = answers(pa.array(["转办", "直接答复", "是", "否", "", "也许"]), SPOKEN["on_spot"])
    assert found.tolist() == [0, 1, 1, 0, -1, -1] and strange == ["也许"]
    late, _ = answers(pa.array(["是", "否", "按时", "超期"]), SPOKEN["on_time"], inverted=True)
    assert late.tolist() == [0, 1, 1, 0]
