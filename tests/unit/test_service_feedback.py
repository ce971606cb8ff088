import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.errors import FileFormatError, InputError
from hotline_nlp.learn.sources import Columns
from hotline_nlp.learn.table import read_tickets
from hotline_nlp.service.database import open_database
from hotline_nlp.service.export import COLUMNS, training_rows, write_export
from hotline_nlp.service.feedback import Feedback, FeedbackStore

LAMP = "金桂路的路灯坏了好几天，晚上黑漆漆的"


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(open_database(tmp_path))


def test_feedback_is_stored_masked(store: FeedbackStore, tmp_path: Path) -> None:
    text = "我的电话13812345678，路灯不亮"
    stored = store.add(Feedback("return", text, returned_by="市公安局", reason="找13912345678联系"))
    assert (stored.id, stored.text) == (1, "我的电话***********，路灯不亮")
    assert store.list() == [stored]
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"13812345678" not in content
    assert b"13912345678" not in content


def test_lists_go_back_in_pages(store: FeedbackStore) -> None:
    for number in range(7):
        store.add(Feedback("accepted", f"第{number}件事"))
    first = store.list(limit=3)
    assert [item.id for item in first] == [7, 6, 5]
    assert [item.id for item in store.list(limit=9, before=first[-1].id)] == [4, 3, 2, 1]
    assert [item.id for item in store.all()] == list(range(1, 8))
    assert store.count() == 7


def test_similar_requests_come_likest_first(store: FeedbackStore) -> None:
    texts = (LAMP, "金桂路路灯坏了没人修", "社保卡密码忘记了怎么办", "小区垃圾没人清运")
    for text in texts:
        store.add(Feedback("accepted", text))
    found = store.similar("金桂路路灯坏了，没人")
    assert [item.text for item, _ in found] == [texts[1], texts[0]]
    assert all(0.1 <= likeness <= 1 for _, likeness in found)
    assert store.similar(LAMP)[0] == (store.list(limit=9)[-1], 1.0)
    assert store.similar("。。。") == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_asked_for(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    store = FeedbackStore(open_database(tmp_path_factory.getbasetemp() / "asked"))
    if store.count() == 0:
        store.add(Feedback("accepted", LAMP))
    assert all(0 < likeness <= 1 for _, likeness in store.similar(text))


def test_the_queue_is_sorted_by_doubt_and_emptied_by_feedback(store: FeedbackStore) -> None:
    for text, doubt in (("甲事", 0.2), ("乙事", 0.9), ("丙事", 0.5), ("乙事", 0.1)):
        store.queue_add(text, {"model": "linear@1", "evidence": [1]}, doubt)
    assert [(item.text, item.doubt) for item in store.queue()] == [
        ("乙事", 0.9),
        ("丙事", 0.5),
        ("甲事", 0.2),
    ]
    assert store.queue(limit=1, offset=1)[0].predicted == {"model": "linear@1"}
    store.add(Feedback("accepted", "丙事"))
    first = store.queue()[0]
    assert store.queue_done(first.id)
    assert not store.queue_done(first.id)
    assert [item.text for item in store.queue()] == ["甲事"]
    assert store.queue_size() == 1


def predicted(unit: str = "", lead: str = "", **labels: str) -> dict[str, object]:
    scores = {head: {"label": label, "probability": 0.6} for head, label in labels.items()}
    return {"type": None, "topic": None, "unit": None, **scores, "lead": lead} | (
        {"unit": {"label": unit, "probability": 0.6}} if unit else {}
    )


def test_the_export_keeps_the_last_word_on_each_head() -> None:
    items = [
        Feedback("accepted", "甲事", predicted=predicted(type="求助"), at="2025-03-01T08:00:00+00:00", id=1),
        Feedback("correction", "乙事", type="投诉", ticket="T1", id=2),
        Feedback("correction", "乙事，补充", type="咨询", ticket="T1", id=3),
        Feedback("return", "丙事", returned_by="市公安局", id=4),
        Feedback("correction", "甲事", topic="市政设施", id=5),
    ]
    rows = training_rows(items)
    assert [(r["id"], r["text"], r["type"], r["topic"]) for r in rows] == [
        ("5", "甲事", "求助", "市政设施"),
        ("T1", "乙事，补充", "咨询", ""),
    ]
    assert training_rows(items[:1])[0]["type"] == "求助"
    assert training_rows(items[:1])[0]["date"] == "2025-03-01"


POLICE, ROADS = predicted("市公安局", "湘潭市公安局"), predicted("市城管执法局", "湘潭市城市管理和综合执法局")


@pytest.mark.parametrize(
    ("items", "unit", "lead"),
    [
        (  # the unit that was wrong sends it back: the correction stands
            [
                Feedback("correction", "", unit="市城管执法局", lead="湘潭市城市管理和综合执法局"),
                Feedback("return", "", returned_by="湘潭市公安局"),
            ],
            "市城管执法局",
            "湘潭市城市管理和综合执法局",
        ),
        (
            [Feedback("correction", "", unit="市公安局"), Feedback("return", "", returned_by="湘潭市公安局")],
            "",
            "",
        ),
        (
            [
                Feedback("correction", "", unit="属地", lead="岳塘区人民政府"),
                Feedback("return", "", returned_by="岳塘区"),
            ],
            "",
            "",
        ),
        (  # the model's own reading says which real unit the function stands for
            [
                Feedback("correction", "", unit="市城管执法局"),
                Feedback("return", "", returned_by="湘潭市城市管理和综合执法局", predicted=ROADS),
            ],
            "",
            "",
        ),
        (
            [
                Feedback("accepted", "", predicted=POLICE),
                Feedback("return", "", returned_by="湘潭市公安局", predicted=POLICE),
            ],
            "",
            "",
        ),
        (
            [
                Feedback("accepted", "", predicted=POLICE),
                Feedback("return", "", returned_by="湘潭市公安局", unit="市城管执法局"),
            ],
            "市城管执法局",
            "",
        ),
        (
            [Feedback("correction", "", unit="市公安局"), Feedback("correction", "", topic="治安管理")],
            "市公安局",
            "",
        ),
        (  # another real unit, and nobody said of which function
            [
                Feedback("correction", "", unit="市公安局", lead="湘潭市公安局"),
                Feedback("correction", "", lead="湘潭市气象局"),
            ],
            "",
            "湘潭市气象局",
        ),
        (
            [
                Feedback("correction", "", unit="市公安局"),
                Feedback("correction", "", lead="湘潭市公安局"),
            ],
            "市公安局",
            "湘潭市公安局",
        ),
    ],
)
def test_a_return_takes_back_the_unit_that_it_contradicts_and_no_other(
    items: list[Feedback], unit: str, lead: str
) -> None:
    said = [Feedback("correction", "", type="投诉"), *items]
    (row,) = training_rows(replace(item, text="甲事", ticket="T1") for item in said)
    assert (row["type"], row["unit"], row["lead"]) == ("投诉", unit, lead)
    assert row["kind"] == items[-1].kind


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl", ".parquet"])
def test_exports_are_read_back_by_training(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"feedback{suffix}"
    items = [Feedback("correction", f"=第{n}件事", type="投诉", id=n) for n in range(1, 4)]
    assert write_export(items, out) == 3
    read = read_tickets(out, Columns(type="type", id="id"))
    assert [*read.labels["type"]] == ["投诉"] * 3
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_an_export_says_where_it_cannot_go(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="suffix"):
        write_export([], tmp_path / "x.doc")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        write_export([], tmp_path / "file" / "x.csv")
    write_export([], tmp_path / "empty.csv")
    text = (tmp_path / "empty.csv").read_text("utf-8-sig")
    assert next(csv.reader(io.StringIO(text))) == list(COLUMNS)
