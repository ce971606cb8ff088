"""Emerging topics: the test of rates, and a planted topic in composed months."""

import numpy as np
import pytest

from benchmarks.insight_emerging import _own
from benchmarks.insight_texts import month
from hotline_nlp.errors import InputError
from hotline_nlp.insight import emerging
from hotline_nlp.insight.keywords import keywords
from hotline_nlp.insight.lexicon import Lexicon
from hotline_nlp.insight.rates import counts, dispersion, holm, rise

SIZE, PLANTED = 800, 12


def months(seed: int) -> tuple[list[dict[str, str]], list[list[dict[str, str]]]]:
    rng = np.random.default_rng(seed)
    return month(SIZE, rng), [month(SIZE, rng, year_month=f"2024-{m:02}") for m in (8, 9, 10)]


def plant(seed: int, callers: bool = True) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    return [
        {
            "text": _own(rng),
            "topic": "其他",
            "unit": "市发改委",
            "date": "2024-11-08",
            "caller": f"137****{k:04}" if callers else "137****0000",
        }
        for k in range(PLANTED)
    ]


def test_a_planted_topic_is_named_and_nothing_else() -> None:
    now, past = months(3)
    assert emerging(now, past) == []
    found = emerging(now + plant(3), past)
    first = found[0]
    assert sum(row >= SIZE for row in first.rows) >= PLANTED - 3
    assert len(found) <= 2
    assert (first.topic, first.unit) == ("其他", "市发改委")
    assert first.unit_share > 0.7
    assert len(first.examples) == 3
    assert any("充" in word for word in first.keywords)
    assert first.q <= 0.05
    assert first.expected < 1


def test_one_caller_makes_no_topic() -> None:
    now, past = months(4)
    assert emerging(now + plant(4, callers=False), past) == []


def test_what_comes_each_year_is_no_news() -> None:
    now, past = months(5)
    year_ago = [{**row, "date": "2023-11-08"} for row in month(SIZE, np.random.default_rng(9)) + plant(7)]
    dated = [row for one in past for row in one] + year_ago
    assert emerging(now + plant(5), dated) == []


def test_faults_are_told() -> None:
    row = {"text": "路灯坏了，请派人修", "date": "2024-11-03"}
    with pytest.raises(InputError, match="past months hold no tickets"):
        emerging([row], [])
    with pytest.raises(InputError, match="no tickets"):
        emerging([], [row])
    with pytest.raises(InputError, match="level"):
        emerging([row], [row], level=2)


def test_the_test_keeps_its_level() -> None:
    rng = np.random.default_rng(0)
    rates = rng.gamma(2, 10, 4000)
    past = rng.poisson(rates[:, None], (4000, 6)).astype(float)
    expected, p = rise(rng.poisson(rates).astype(float), 1000.0, past, np.full(6, 1000.0))
    assert abs(float(expected.mean() - rates.mean())) < 0.5
    assert 0.02 < float((p < 0.05).mean()) < 0.06
    assert float(holm(p).min()) > 0.05


def test_months_that_vary_widen_the_test() -> None:
    steady, wild = np.array([[20.0, 20, 20, 20]]), np.array([[2.0, 50, 3, 25]])
    sizes = np.full(4, 1000.0)
    assert dispersion(steady, sizes)[0] == 1
    assert dispersion(wild, sizes)[0] > 5
    now = np.array([45.0])
    assert rise(now, 1000, wild, sizes)[1][0] > 0.05 > rise(now, 1000, steady, sizes)[1][0]


def test_holm_by_hand() -> None:
    assert holm(np.array([0.01, 0.04, 0.03])).round(4).tolist() == [0.03, 0.06, 0.06]


def test_an_owner_counts_once() -> None:
    words, owners = np.array([0, 0, 1, 0]), np.array([7, 7, 7, 8])
    assert counts(words, owners, 3).tolist() == [2, 1, 0]


def test_unknown_words_are_read_as_bigrams() -> None:
    lexicon = Lexicon()
    words, whose = lexicon.read(["路灯坏了", "", "鋆垚犇牛"])
    names = [lexicon.words[k] for k in words.tolist()]
    assert "路灯" in names
    assert "鋆垚" in names
    assert set(whose.tolist()) == {0, 2}


def test_keywords_are_those_that_the_rest_lacks() -> None:
    texts = ["充电桩扫码不启动，充电失败", "充电桩坏了，充电失败", "充电桩屏幕黑着"]
    rest = ["路灯坏了，请来修理"] * 30
    assert "充电" in keywords(texts, texts + rest, most=3)
