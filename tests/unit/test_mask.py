"""Masking of identifying numbers: what goes, what stays, and that nothing else moves."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline_nlp.normalise import mask, mask_likely, masking

NUMBERISH = st.text(alphabet="0123456789１３８X*×-. ·@＠a.Z湘粤单工编号：（)+\u200b\ud800٣", max_size=60)
ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=80)


def _stars(text: str, hidden: str) -> str:
    return text.replace(hidden, "*" * len(hidden))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("请回电13900001111张师傅", "13900001111"),
        ("请回电１３９００００１１１１张师傅", "１３９００００１１１１"),
        ("电话139 0000 1111，急", "139 0000 1111"),
        ("电话139-000-01111。", "139-000-01111"),
        ("电话1390-0001-111。", "1390-0001-111"),
        ("电话+86 139-0000-1111", "+86 139-0000-1111"),
        ("电话0086-13900001111", "0086-13900001111"),
        ("电话139\u200b0000\u200b1111", "139\u200b0000\u200b1111"),
        ("号码139****1111的机主", "139****1111"),
        ("座机0731-55000011无人接", "0731-55000011"),
        ("座机（0731）55000011无人接", "（0731）55000011"),
        ("座机010 5500 0011转", "010 5500 0011"),
        ("本地55000011无人接", "55000011"),
        ("客服400-100-2000打不通", "400-100-2000"),
        ("客服800 1002 000打不通", "800 1002 000"),
        ("身份证43030019900101001X丢了", "43030019900101001X"),
        ("身份证４３０３００１９９００１０１００１Ｘ丢了", "４３０３００１９９００１０１００１Ｘ"),
        ("身份证430300 19900101 0012丢了", "430300 19900101 0012"),
        ("身份证430300900101001丢了", "430300900101001"),
        ("卡号是6222000011112222333没到账", "6222000011112222333"),
        ("卡6222 0000 1111 2222没到账", "6222 0000 1111 2222"),
        ("湘C12345堵住门口", "湘C12345"),
        ("湘C·12345堵住门口", "湘C·12345"),
        ("湘 C1A234堵住门口", "湘 C1A234"),
        ("湘CD12345新能源车", "湘CD12345"),
        ("湘Ｃ１２３４５堵住门口", "湘Ｃ１２３４５"),
        ("湘c1234挂货车", "湘c1234挂"),
        ("邮箱li.si_01@mail.example.cn可联系", "li.si_01@mail.example.cn"),
        ("邮箱13900001111＠example．com可联系", "13900001111＠example．com"),
        ("工单号：20240131000042没有下文", "20240131000042"),
        ("工单编号 XT-202401没有下文", "XT-202401"),
    ],
)
def test_masks_exactly_the_number(text: str, hidden: str) -> None:
    assert mask(text) == _stars(text, hidden)


@given(NUMBERISH | ANY)
def test_the_quick_look_passes_over_nothing(text: str) -> None:
    assert mask(text) == mask_likely(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "打过12345也打过110和10086",
        "2024年1月31日下午3点半",
        "发文日期20240131，2018-2024年",
        "房款1200000元，面积1500000.5平",
        "住在3栋2单元1502号，电梯坏了",
        "12号楼到15号楼停水，8:30-12:00",
        "新AI课程、云平台、湘江边",
        "税率@一下，单号不清楚",
        "2018 2019 2020 2021四年没修",
        "\ud83d\udc00乱码\udfff",
    ],
)
def test_leaves_what_identifies_nobody(text: str) -> None:
    assert mask(text) == text


def test_masks_several_numbers_in_one_text() -> None:
    text = "湘C12345车主13900001111，另一个0731-55000011，邮箱a@b.cn"
    assert mask(text) == "*******车主***********，另一个*************，邮箱******"


@given(st.one_of(NUMBERISH, ANY))
@example("湘AB1CDE1234567")
@example("+86 13900001111a@b.com")
@example("湘A12345٣٣٣٣٣٣٣")
@example("a" * 70 + "@b.cn")
def test_keeps_length_and_other_characters_and_is_idempotent(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert all(after in (before, "*") for before, after in zip(text, masked, strict=True))
    assert mask(masked) == masked


@given(st.one_of(NUMBERISH, ANY))
def test_quick_look_hides_no_match(text: str) -> None:
    slow = masking._NUMBER.sub(masking._stars_after_word, masking._EMAIL.sub(masking._stars, text))
    assert mask(text) == slow


@given(ANY, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), ANY)
def test_finds_a_mobile_in_any_text(before: str, phone: str, after: str) -> None:
    assert phone not in mask(f"{before}，{phone}，{after}")


@given(NUMBERISH)
def test_leaves_no_long_run_of_digits_but_dates_and_amounts(text: str) -> None:
    for run in re.findall(r"\d{7,}", mask(text)):
        assert re.fullmatch(masking._DATE, run)


@pytest.mark.parametrize(
    "unit", ["1", "13", "138-", "a@", "a.", "湘A", "单号:", "工单号 A-", "(0731", "138****"]
)
def test_reads_long_hostile_texts(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert len(mask(text)) == len(text)


def test_placeholders_of_a_masked_export_are_stars_too() -> None:
    assert mask("请回电[PHONE]，车牌[PLATE]。") == "请回电*******，车牌*******。"
    assert mask("见[附件]和[a]") == "见[附件]和[a]"
