from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.route.split import MAX_PARTS, parts, split

WORDS = {
    "垃圾": ("市容环境", [("属地", 0.9)]),
    "停水": ("供水服务", [("市供水公司", 0.9)]),
    "公交": ("公共交通", [("市城发集团", 0.5)]),
}


def scorer(span: str) -> tuple[str, list[tuple[str, float]]]:
    return next((answer for word, answer in WORDS.items() if word in span), ("其他", [("其他单位", 0.2)]))


def matters(text: str) -> list[tuple[str, str]]:
    return [(text[s.start : s.end], s.topic) for s in split(text, scorer)]


def test_numbered_matters_are_split() -> None:
    text = "1、楼下的垃圾堆了三天没人清；2、每天晚上八点就停水到天亮；"
    assert matters(text) == [
        ("1、楼下的垃圾堆了三天没人清；", "市容环境"),
        ("2、每天晚上八点就停水到天亮；", "供水服务"),
    ]


def test_a_link_word_opens_a_matter_with_less_certainty() -> None:
    marked = "楼下的垃圾堆了三天没人清，另外公交的班次也太少了吧。"
    plain = "楼下的垃圾堆了三天没人清。我们这里公交的班次太少了吧。"
    assert [topic for _, topic in matters(marked)] == ["市容环境", "公共交通"]
    assert matters(plain) == []


def test_one_matter_in_many_sentences_stays_one() -> None:
    assert matters("楼下的垃圾堆了三天没人清。垃圾的味道飘到了五楼。天热了大家都受不了这个味道。") == []
    assert matters("") == [] and matters("停水") == []


def test_an_unsure_clause_joins_the_matter_before() -> None:
    text = "楼下的垃圾堆了三天没人清。希望有关部门早点管一管。自来水每天晚上都要停水。"
    assert matters(text)[0][0] == "楼下的垃圾堆了三天没人清。希望有关部门早点管一管。"


def test_a_repeated_matter_counts_once() -> None:
    text = "楼下的垃圾堆了三天没人清。每天晚上八点就停水到天亮。门口的垃圾也是很久没人管。"
    assert [topic for _, topic in matters(text)] == ["市容环境", "供水服务"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["1、", "另外", "。", "；", "垃圾没人清理", "天天停水啊", "，", "\n", "x"])))
def test_parts_cover_the_text_in_order(tokens: list[str]) -> None:
    text = "".join(tokens)
    found = parts(text)
    assert "".join(text[start:end] for start, end, _ in found) == text
    assert len(found) <= MAX_PARTS
    spans = split(text, scorer)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert len(spans) != 1
