"""The fold table, the normaliser with its offsets, and what counts as a text to classify."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline_nlp.errors import InputError
from hotline_nlp.normalise import (
    MAX_CHARACTERS,
    Normalised,
    body_span,
    checked,
    fold_table,
    mask,
    normalise,
    reject_reason,
)
from hotline_nlp.taxonomy import corpora_root

ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=100)
FEW = st.text(alphabet="路灯  \t１9，。！!a*\ud800😀", max_size=60)


def _fold(text: str) -> str:
    return "".join(chr(fold_table()[ord(char)]) for char in text)


def test_table_shape_and_idempotence() -> None:
    table = fold_table()
    assert table.shape == (0x110000,)
    assert table.dtype == np.uint32
    assert np.array_equal(table[table], table)
    assert table is fold_table()
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("臺灣電話開發商", "台湾电话开发商"),
        ("ＡＢＣａｂｃABC", "abcabcabc"),
        ("0123４５٣①²", "000000000"),
        ("，：！？（）～。、", ",:!?()~。、"),
        ("\t\n\u3000\u200b\ufeff\x00\ud800\udfff\ue000\xa0", " " * 10),
        ("😀🚗☎★", "☺☺☺☺"),
        ("请问公租房", "请问公租房"),
        ("*-@", "*-@"),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert _fold(text) == folded


def test_table_holds_no_surrogate_no_capital_and_one_digit() -> None:
    targets = np.unique(fold_table())
    assert not ((targets >= 0xD800) & (targets <= 0xDFFF)).any()
    digits = [t for t in targets.tolist() if t < 0x3100 and unicodedata.category(chr(t)) == "Nd"]
    assert digits == [ord("0")]
    capitals = [chr(t) for t in targets.tolist() if t < 0x250 and chr(t).isupper()]
    assert capitals == ["İ"]  # its lower case is two characters long


def test_file_is_sorted_and_has_no_identity() -> None:
    lines = (corpora_root() / "text" / "fold.csv").read_text(encoding="ascii").splitlines()
    assert lines[0] == "source,target"
    pairs = [tuple(map(int, line.split(","))) for line in lines[1:]]
    assert pairs == sorted(set(pairs))
    assert len({source for source, _ in pairs}) == len(pairs)
    assert all(source != target for source, target in pairs)


def test_generator_agrees_with_the_file() -> None:
    pytest.importorskip("opencc")
    from training.fold import _simplifier, fold

    simplify: Callable[[str], str] = _simplifier()
    for code in [*range(0x20, 0x250), *range(0x4E00, 0x5200), *range(0xFF00, 0xFF60)]:
        assert fold(code, simplify) == fold_table()[code], hex(code)


def test_normalise_shows_the_way_back() -> None:
    text = "市民来电反映：  雨湖路  １２號路灯不亮！！！！！！，請某局核實處理"
    plain = normalise(text)
    assert plain.text == "雨湖路 00号路灯不亮!!!!,请某局核实处理"
    assert [text[i] for i in plain.offsets[:5]] == list("雨湖路 １")
    with pytest.raises(FrozenInstanceError):
        plain.text = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("   ", ""),
        (" \ud800a ", "a"),
        ("啊啊啊啊", "啊啊啊啊"),
        ("啊啊啊啊啊啊啊", "啊啊啊啊"),
        ("a \t\n\u3000b", "a b"),
        ("电话13900001111", "电话****"),
        ("1 2  3", "0 0 0"),
    ],
)
def test_collapses(text: str, plain: str) -> None:
    assert normalise(text).text == plain


def _plainly(text: str) -> Normalised:
    """Do what `normalise` does, one character after another."""
    masked = mask(text[:MAX_CHARACTERS])
    start, end = body_span(masked)
    kept: list[tuple[str, int]] = []
    last, run = "", 0
    for at in range(start, end):
        char = _fold(masked[at])
        run = run + 1 if char == last else 1
        last = char
        if run <= (1 if char == " " else 4):
            kept.append((char, at))
    while kept and kept[0][0] == " ":
        kept.pop(0)
    while kept and kept[-1][0] == " ":
        kept.pop()
    return Normalised("".join(char for char, _ in kept), tuple(at for _, at in kept))


@given(st.one_of(ANY, FEW))
@example(" ")
@example("aaaaa")
@example("市民来电反映： 啊啊啊啊啊，请某局核实处理，谢谢！")
def test_normalise_equals_its_plain_definition(text: str) -> None:
    assert normalise(text) == _plainly(text)


@given(st.one_of(ANY, FEW))
def test_offsets_are_valid_and_increase(text: str) -> None:
    plain = normalise(text)
    assert len(plain.offsets) == len(plain.text)
    assert all(a < b for a, b in zip(plain.offsets, plain.offsets[1:], strict=False))
    assert not plain.offsets or (plain.offsets[0] >= 0 and plain.offsets[-1] < len(text))
    plain.text.encode("utf-8")


@given(ANY, st.from_regex(r"1[3-9][0-9]{9}|湘C[0-9]{5}", fullmatch=True), ANY)
def test_no_masked_character_is_visible(before: str, number: str, after: str) -> None:
    text = f"{before}，{number}，{after}"
    masked = mask(text)
    plain = normalise(text)
    for char, at in zip(plain.text, plain.offsets, strict=True):
        assert char == _fold(masked[at])
        assert masked[at] == text[at] or char == "*"


def test_reads_a_long_text_to_its_limit() -> None:
    plain = normalise("路灯" * 100_000)
    assert len(plain.text) == MAX_CHARACTERS
    assert normalise("灯" * 200_000).text == "灯灯灯灯"


@pytest.mark.parametrize("text", ["路灯不亮", "燈", "豈", "a路", "㊀"])
def test_accepts_chinese(text: str) -> None:
    assert reject_reason(text) is None
    assert reject_reason(normalise(text)) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "为空"),
        (" \n\u200b", "为空"),
        ("？？？！", "没有文字"),
        ("12345 678", "没有文字"),
        ("😀😀", "没有文字"),
        ("13900001111", "没有文字"),
        ("湘C12345", "没有文字"),
        ("市民来电反映：123，请某局核实处理", "没有文字"),
        ("The street lamp is broken", "没有汉字"),
        ("Привет", "没有汉字"),
        ("ab", "没有汉字"),
    ],
)
def test_says_why_a_text_is_rejected(text: str, word: str) -> None:
    reason = reject_reason(text)
    assert reason is not None
    assert word in reason
    assert reject_reason(normalise(text)) == reason


@given(st.one_of(ANY, FEW))
def test_quick_answer_equals_the_full_one(text: str) -> None:
    assert reject_reason(text) == reject_reason(normalise(text))


def test_checked_returns_text_cut_to_the_limit() -> None:
    assert checked("路灯不亮") == "路灯不亮"
    assert checked("") == ""
    assert len(checked("灯" * 200_000)) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("value", "kind"), [(b"x", "bytes"), (None, "None"), (3, "int"), (float("nan"), "float"), (["x"], "list")]
)
def test_checked_refuses_what_is_no_text(value: object, kind: str) -> None:
    with pytest.raises(InputError, match=f"not {kind}.*:"):
        checked(value)
