from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.errors import InputError
from hotline_nlp.report.blocks import Heading, Paragraph, chinese, numbered
from hotline_nlp.report.period import Month
from hotline_nlp.report.shares import UNITS, partition, percent, ratio, share

COUNTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=60)


@given(COUNTS)
def test_printed_shares_of_a_whole_add_up_to_a_hundred(parts: list[int]) -> None:
    found = partition(parts)
    assert sum(s.basis for s in found) == (UNITS if sum(parts) else 0)
    for s in found:
        if s.whole:
            assert abs(Fraction(s.part * UNITS, s.whole) - s.basis) < 1


@given(COUNTS)
def test_a_larger_part_never_gets_a_smaller_share(parts: list[int]) -> None:
    found = sorted(partition(parts), key=lambda s: (s.part, s.basis))
    assert all(a.basis <= b.basis for a, b in pairwise(found))


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_a_share_alone_is_rounded_half_away_from_zero(part: int, whole: int) -> None:
    exact = Fraction(part * UNITS, whole)
    assert abs(exact - ratio(part, whole)) <= Fraction(1, 2)
    assert ratio(-part, whole) == -ratio(part, whole)


def test_rounding_does_not_follow_binary_fractions() -> None:
    assert str(share(1, 800)) == "0.13%"  # 0.125 exactly: half goes up
    assert str(share(0, 0)) == "0.00%"
    assert percent(-5) == "-0.05%"


def test_a_month_knows_its_neighbours() -> None:
    month = Month.parse("2024-01")
    assert (month.previous, month.year_before, month.shift(11)) == (
        Month(2023, 12),
        Month(2023, 1),
        Month(2024, 12),
    )
    assert (Month.parse("2024年02月").days, str(month)) == (29, "2024年1月")
    assert {Month.parse(text) for text in ("202411", "2024/11", "2024.11", "2024 年 11 月")} == {
        Month(2024, 11)
    }


@pytest.mark.parametrize("text", ["2024-13", "2024", "11-2024", "", "二〇二四年", "2024-00", "2024-11-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="write year and month as 2024-11"):
        Month.parse(text)


def test_headings_are_numbered_as_in_official_texts() -> None:
    assert [chinese(n) for n in (1, 10, 11, 20, 25, 99)] == ["一", "十", "十一", "二十", "二十五", "九十九"]
    body = [Heading(2, "甲"), Paragraph("文"), Heading(2, "乙")]
    found = numbered([("头", body), ("空", []), ("尾", [Heading(2, "丙")])])
    assert [b.text for b in found] == ["一、头", "（一）甲", "文", "（二）乙", "二、尾", "（一）丙"]
