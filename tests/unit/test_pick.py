from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.errors import InputError
from hotline_nlp.learn.pick import doubt, pick

POOL = [
    "楼道的灯坏了没人修",
    "楼道的灯坏了没人修",
    "想问社保卡怎么补办",
    "公交车总是不按点来",
    "！！！",
    "菜市场的秤不准缺斤少两",
]


def test_the_most_doubtful_text_comes_first():
    chosen = pick(POOL, np.array([0.1, 0.1, 0.9, 0.2, 1.0, 0.3]), 3)
    assert chosen[0].row == 2
    assert chosen[0].doubt == pytest.approx(0.9)


def test_copies_and_empty_texts_are_never_proposed():
    rows = [p.row for p in pick(POOL, np.ones(len(POOL)), 10)]
    assert sorted(rows) == [0, 2, 3, 5]


def test_texts_that_the_classifier_rejects_are_never_proposed():
    pool = [*POOL, "please repair the lamp"]
    assert 6 not in [p.row for p in pick(pool, np.ones(len(pool)), 10)]


def test_what_is_labelled_already_is_kept_away_from():
    rows = [p.row for p in pick(POOL, np.ones(len(POOL)), 10, labelled=["楼道的灯坏了没人修"])]
    assert sorted(rows) == [2, 3, 5]


def test_long_texts_that_are_labelled_already_are_kept_away_from_too():
    rng = np.random.default_rng(0)
    letters = [chr(0x4E00 + i) for i in range(400)]
    pool = ["".join(rng.choice(letters, 120 + 3 * i)) for i in range(90)]
    assert pick(pool, np.ones(len(pool)), 10, labelled=pool) == []


def test_spread_beats_doubt_alone():
    near = [f"小区停水已经{n}天了没有人通知" for n in "一二三四五六七八九"]
    far = ["学校门口堵车", "医保报销比例", "路灯不亮"]
    doubts = np.array([0.9] * len(near) + [0.7] * len(far))
    rows = {p.row for p in pick([*near, *far], doubts, 4)}
    assert {9, 10, 11} <= rows


def test_where_nothing_is_in_doubt_spread_alone_decides():
    assert len(pick(POOL, np.zeros(len(POOL)), 10)) == 4


def test_doubt_is_the_margin_between_the_two_best():
    p = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.6, 0.3, 0.1]])
    assert doubt({"type": p}) == pytest.approx([1, 0, 0.7])
    assert doubt({"type": p, "unit": np.array([[1.0, 0], [1, 0], [1, 0]])}) == pytest.approx([0.5, 0, 0.35])


def test_a_head_of_one_label_leaves_no_doubt_to_measure():
    with pytest.raises(InputError, match="two labels"):
        doubt({"urgent": np.ones((3, 1))})


def test_less_than_one_row_is_refused():
    with pytest.raises(InputError, match="1 row or more"):
        pick(POOL, np.ones(len(POOL)), 0)


def test_an_empty_pool_gives_nothing():
    assert pick([], np.empty(0), 5) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="水电路灯停坏了吗", max_size=8), max_size=20), st.integers(1, 25))
def test_a_choice_is_of_distinct_texts_and_repeats(texts, count):
    doubts = np.linspace(0.2, 0.8, len(texts))
    chosen = pick(texts, doubts, count)
    assert chosen == pick(texts, doubts, count)
    assert len({texts[p.row] for p in chosen}) == len(chosen) <= count
    assert all(0 < p.distance <= 1 for p in chosen)
