"""Repeats: copies, same matters, who called; the table reader beneath them."""

import datetime as dt
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.insight_texts import labelled, places
from hotline_nlp.errors import ColumnError, InputError
from hotline_nlp.insight import find_repeats
from hotline_nlp.insight.core import core
from hotline_nlp.insight.groups import known_caller, shown
from hotline_nlp.insight.meaning import WIDTH, encode
from hotline_nlp.insight.places import conflict, read_places, without_places
from hotline_nlp.insight.sketch import chained, copies, signatures
from hotline_nlp.insight.table import join, read
from hotline_nlp.learn.duplicates import components

LAMP = "易俗河镇金桂路口的路灯坏了好几天，晚上黑漆漆的，老人过马路很危险"


def row(text: str, caller: str = "", date: str = "2024-11-03", topic: str = "市政设施") -> dict[str, str]:
    return {"text": text, "caller": caller, "date": date, "topic": topic, "unit": "市城管执法局"}


def test_copies_of_one_caller_and_of_several() -> None:
    gate = "河东大道丽景花园的电梯三天两头坏，老人被关在里面半个小时，物业不管"
    table = [
        row(LAMP, "138****0001", "2024-11-05"),
        row(gate, "137****1111", "2024-11-02", "物业管理"),
        row("市民来电反映：" + LAMP + "，请城管局核实处理，谢谢！", "138****0001", "2024-11-01"),
        row(gate + "。", "136****2222", "2024-11-09", "物业管理"),
        row("请问居民医保今年交多少钱，在哪里交", "139****3333", "2024-11-09", "医疗保险"),
    ]
    found = find_repeats(table)
    assert found.copy_of.tolist() == [0, 1, 0, 1, 2]
    assert (found.rows, found.copies, found.repeated) == (5, 2, 2)
    one, many = found.one_person[0], found.many_people[0]
    assert (one.rows, one.first, one.last, one.callers, one.most) == (
        (2, 0),
        "2024-11-01",
        "2024-11-05",
        1,
        2,
    )
    assert (many.rows, many.callers, many.most, many.units) == ((1, 3), 2, 1, ("市城管执法局",))
    assert found.to_dict()["groups"][0]["size"] == 2


def test_an_urging_is_the_order_that_it_quotes() -> None:
    order = "市民来电咨询：（工单编号：20241101000001）《关于路灯的问题》处理情况。"
    urging = f"{order}工单内容：市民来电反映：{LAMP}，请核实处理"
    assert core(urging) == LAMP
    assert find_repeats([row(LAMP), row(urging)]).copies == 1


def test_house_numbers_keep_copies_apart() -> None:
    text = "建设南路{}号门前的人行道上停满了车，行人只能走到马路中间去"
    found = find_repeats([row(text.format(12)), row(text.format(351))])
    assert found.repeated == 0
    assert conflict(read_places(text.format(12)), read_places(text.format(351)))
    assert not conflict(read_places(text.format(12)), read_places(text.format(12)))


def test_composed_matters_come_out_as_measured() -> None:
    sites = list(places())[1::4]
    made = labelled(sites, seed=5)
    found = find_repeats(made.table())
    truth = np.array(made.matters)
    pairs = [
        p for k in np.unique(found.matter_of) for p in combinations(np.flatnonzero(found.matter_of == k), 2)
    ]
    right = sum(truth[a] == truth[b] for a, b in pairs)
    all_ = sum(n * (n - 1) // 2 for n in Counter(made.matters).values())
    assert right / len(pairs) >= 0.5
    assert right / all_ >= 0.45


def test_tables_of_every_library_are_read_alike() -> None:
    data = {"text": [LAMP, LAMP], "date": [dt.datetime(2024, 11, 3), None], "caller": ["138****0001", None]}
    tables = [
        pa.table(data),
        pd.DataFrame(data),
        [dict(zip(data, v, strict=True)) for v in zip(*data.values(), strict=True)],
    ]
    for table in tables:
        tickets = read(table)
        assert tickets.texts == [LAMP, LAMP]
        assert tickets.column("caller") == ["138****0001", ""]
        assert np.isnan(tickets.dates).tolist() == [False, True]
    assert len(join([read(tables[0]), read(tables[2])])) == 4


def test_faults_are_told(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="no column '诉求'"):
        find_repeats([{"text": LAMP}], columns={"text": "诉求"})
    with pytest.raises(ColumnError, match=r"--unit \(columns=\{'unit': \.\.\.\}\)\."):
        find_repeats([{"text": LAMP}], columns={"unit": "承办单位"})
    (tmp_path / "t.csv").write_text("编号\ttext\n1\t路灯不亮\n", "utf-8")
    with pytest.raises(ColumnError, match=r"^t\.csv has no column 'text'.*parted by tabs"):
        find_repeats(tmp_path / "t.csv")
    with pytest.raises(InputError, match="no tickets"):
        find_repeats(pa.table({"text": pa.array([], pa.string())}))
    with pytest.raises(InputError, match="'colour'"):
        read([{"text": LAMP}], {"colour": "x"})
    with pytest.raises(InputError, match="can't be read"):
        read(3)


@pytest.mark.parametrize("nobody", ["", "  ", "****", "匿名", "匿名用户", "未知", "nan"])
def test_who_is_nobody(nobody: str) -> None:
    assert known_caller(nobody) == ""
    assert known_caller("138****0001") == "138****0001"


def test_examples_are_masked_and_short() -> None:
    text = "我的电话13912345678，" + LAMP * 5
    assert "13912345678" not in shown(text)
    assert len(shown(text)) == 80


def test_places_lose_their_names() -> None:
    assert read_places("在天元丽景小区停水").names == ("丽景小区",)
    assert "小区" not in without_places("在天元丽景小区停水")


def test_chained_pairs_stay_within_their_key() -> None:
    keys = np.array([1, 2, 1, 1, 2])
    assert chained(keys, np.arange(5)).tolist() == [[0, 2], [0, 3], [1, 4], [2, 3]]
    assert components(4, np.array([[1, 3]])).tolist() == [0, 1, 2, 1]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_any_text_can_be_grouped(texts: list[str]) -> None:
    found = find_repeats([{"text": text, "topic": "其他"} for text in texts])
    assert len(found.matter_of) == len(texts)
    assert all(group.size >= 2 for group in found.groups)
    assert encode(texts).shape == (len(texts), WIDTH)
    assert copies(signatures(texts)).shape[1] == 2
