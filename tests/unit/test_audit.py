from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.errors import InputError, MissingExtra, TrainingError
from hotline_nlp.features import HashSpec
from hotline_nlp.learn import audit as module
from hotline_nlp.learn.audit import audit, contradictions, learnable
from hotline_nlp.learn.duplicates import near_duplicates
from hotline_nlp.learn.leaks import leaks, unit_names
from hotline_nlp.learn.linear import FitConfig
from hotline_nlp.learn.worksheet import write_worksheet
from hotline_nlp.pack import load_pack

SMALL = FitConfig(spec=HashSpec(order=2, bits=12), max_iterations=30)
WORDS = {
    "供水": ("水管", "停水", "水压", "自来水", "水表", "浑水"),
    "路灯": ("路灯", "不亮", "夜里", "灯杆", "照明", "漆黑"),
    "公交": ("公交", "司机", "站台", "班次", "甩站", "线路"),
}


def made(count, seed=0):
    """Return texts that no two share, and their labels."""
    rng = np.random.default_rng(seed)
    labels = [list(WORDS)[i % 3] for i in range(count)]
    filler = [chr(0x4E00 + i) for i in range(400, 2400)]
    texts = ["".join(rng.choice(WORDS[x], 4)) + "".join(rng.choice(filler, 12)) for x in labels]
    return texts, labels


def test_flipped_labels_are_found_and_the_right_ones_proposed():
    pytest.importorskip("cleanlab")
    texts, labels = made(120)
    wrong = {7: "公交", 30: "公交", 59: "供水"}
    given_labels = [wrong.get(i, x) for i, x in enumerate(labels)]
    found = audit(texts, {"topic": given_labels}, config=SMALL)
    told = {f.row: f.suggestion for f in found.findings if f.kind == "label"}
    assert set(wrong) <= set(told)
    assert all(told[row] == labels[row] for row in wrong)
    assert len(told) <= len(wrong) + 4
    assert found.counts()["label"] == len(told)


def test_rare_labels_are_named_and_left_out():
    pytest.importorskip("cleanlab")
    texts, labels = made(60)
    labels[3] = "燃气"
    found = audit(texts, {"topic": labels}, config=SMALL)
    assert any("燃气" in note for note in found.notes)
    assert all(f.given != "燃气" for f in found.findings if f.kind == "label")


def test_one_label_alone_can_t_be_audited():
    pytest.importorskip("cleanlab")
    texts, _ = made(12)
    with pytest.raises(TrainingError, match="two labels"):
        audit(texts, {"topic": ["供水"] * 12}, config=SMALL)


def test_a_head_of_one_label_is_named_and_the_others_are_audited():
    pytest.importorskip("cleanlab")
    texts, labels = made(120)
    labels[7] = "公交"
    found = audit(texts, {"type": ["投诉"] * 120, "topic": labels}, config=SMALL)
    assert any("type: fewer than two labels" in note for note in found.notes)
    assert {f.head for f in found.findings} == {"topic"}


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    pytest.importorskip("openpyxl")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_worksheet(tmp_path / "list.xlsx", [("诉求", 10)], [["路灯不亮"]])
    assert list(tmp_path.iterdir()) == []


def test_without_cleanlab_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    with pytest.raises(MissingExtra, match=r"hotline_nlp\[train\]"):
        audit(["路灯不亮"], {"topic": ["路灯"]}, config=SMALL)


def unsure(strength, count=240, many=24):
    """Return texts whose words tell their label as often as `strength` says, and the labels, all right."""
    rng = np.random.default_rng(0)
    letters = [chr(0x4E00 + i) for i in range(400, 2400)]
    words = ["".join(rng.choice(letters, 2)) for _ in range(300)]
    own = rng.choice(300, (many, 8))
    labels = rng.integers(0, many, count)
    texts = [
        "".join(
            words[rng.choice(own[k]) if rng.random() < strength else rng.integers(300)] for _ in range(12)
        )
        for k in labels
    ]
    return texts, [f"单位{k}" for k in labels]


def test_a_judge_that_is_mostly_wrong_doubts_no_label_and_says_so():
    pytest.importorskip("cleanlab")
    texts, labels = unsure(0.15)
    found = audit(texts, {"topic": labels})
    assert "label" not in found.counts()
    assert any("too few to doubt any" in note for note in found.notes)


def test_many_labels_on_few_rows_do_not_flood_a_clean_table():
    pytest.importorskip("cleanlab")
    texts, labels = unsure(0.35)
    found = audit(texts, {"topic": labels})
    assert any("% of the labels: what it doubts" in note for note in found.notes)
    assert found.counts().get("label", 0) <= 0.08 * len(texts)
    assert all(f.confidence >= 0.5 for f in found.findings if f.kind == "label")


def test_empty_labels_are_unknown_and_not_wrong():
    rows, rare = learnable(["甲", "", "甲", "乙"], 2)
    assert rows.tolist() == [0, 2]
    assert rare == ["乙"]


def test_copies_with_two_labels_are_listed_against_the_majority():
    groups = np.array([0, 0, 0, 1, 2, 2])
    found = contradictions("type", ["投诉", "投诉", "求助", "咨询", "咨询", "建议"], groups)
    assert [(f.row, f.suggestion) for f in found] == [(2, "投诉"), (4, ""), (5, "")]
    assert found[0].confidence == pytest.approx(2 / 3)


@pytest.mark.parametrize("approximate", [True, False])
def test_copies_share_a_group_and_others_do_not(approximate):
    if approximate:
        pytest.importorskip("rensa")
    texts, _ = made(30)
    start = "小区门口的路灯已经三个晚上没有亮过了，老人和孩子回家都要摸着黑走很不安全，希望早日来人"
    texts[4], texts[19] = start + "修好", start + "修复"
    group = near_duplicates(texts, approximate=approximate)
    assert group[4] == group[19]
    assert len(set(group.tolist())) == 29
    assert group[0] == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="水电气路灯坏", max_size=30), max_size=12))
def test_equal_texts_are_always_one_group(texts):
    group = near_duplicates([*texts, *texts])
    assert (group[: len(texts)] == group[len(texts) :]).all()


def test_a_directive_that_names_the_row_s_own_unit_is_a_leak():
    names = unit_names(["市公安局"], load_pack("xiangtan"))
    text = "夜里有人在楼下打架，请公安局尽快处理，打完还砸了两辆电动车。"
    (leak,) = leaks(text, "市公安局", names)
    assert (leak.directive, leak.own, leak.cut) == (True, True, False)
    assert text[leak.start :].startswith(leak.words)


def test_the_operator_s_closing_is_told_apart_from_the_body():
    (leak,) = leaks("楼下夜里一直有人打架，请市公安局核实处理，谢谢！", "市公安局", unit_names(["市公安局"]))
    assert leak.cut


def test_a_plea_to_nobody_in_particular_is_no_leak():
    assert not list(leaks("路灯坏了，请有关部门尽快处理。", "市公安局", unit_names(["市公安局"])))


def test_a_plain_mention_of_the_own_unit_is_a_lesser_leak():
    (leak,) = leaks("我上周去市医保局问过报销，没有人说得清。", "市医保局", unit_names(["市医保局"]))
    assert (leak.directive, leak.own) == (False, True)
    assert not list(leaks("我上周去市医保局问过报销。", "市人社局", unit_names(["市人社局"])))


def test_leaks_of_the_unit_column_reach_the_audit():
    found = module.leaked(["请市医保局核实", "没说是谁的事"], ["市医保局", "市人社局"], None)
    assert [f.row for f in found] == [0]
    assert found[0].suggestion.startswith("删去")


def test_a_worksheet_keeps_texts_as_texts(tmp_path):
    path = tmp_path / "audit.xlsx"
    write_worksheet(path, [("行", 6), ("文本", 40)], [(1, "=1+1"), (2, "甲\x00乙"), (3, "长" * 40_000)])
    sheet = pytest.importorskip("openpyxl").load_workbook(path).active
    assert [c.value for c in sheet[1]] == ["行", "文本"]
    assert sheet["B2"].data_type == "s"
    assert sheet["B3"].value == "甲乙"
    assert len(sheet["B4"].value) == 32_767
    assert [p.name for p in tmp_path.iterdir()] == ["audit.xlsx"]


def test_a_worksheet_of_another_suffix_is_refused(tmp_path):
    with pytest.raises(InputError, match="xlsx"):
        write_worksheet(tmp_path / "audit.csv", [("行", 6)], [])
