import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp import Classifier
from hotline_nlp.samples import load_samples
from hotline_nlp.service.brief import brief
from hotline_nlp.service.stream import Line, read_line, read_lines


def lines_of(body: bytes, cuts: list[int], longest: int) -> list[bytes]:
    bounds = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]

    async def chunks() -> AsyncIterator[bytes]:
        for start, end in pairwise(bounds):
            yield body[start:end]

    async def main() -> list[bytes]:
        return [line async for part in read_lines(chunks(), longest) for line in part]

    return asyncio.run(main())


LINE = st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")).filter(lambda raw: raw.strip())


@given(st.lists(LINE, max_size=8), st.lists(st.integers(0, 200), max_size=6), st.booleans())
def test_lines_do_not_depend_on_how_they_arrive(lines: list[bytes], cuts: list[int], ended: bool) -> None:
    body = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    assert lines_of(body, cuts, 100) == lines


@given(st.lists(st.integers(0, 3000), max_size=20), st.integers(300, 2500))
def test_a_line_that_is_too_long_is_one_bad_line(cuts: list[int], length: int) -> None:
    body = b'"a"\n"' + b"x" * length + b'"\n"b"\n'
    found = lines_of(body, cuts, 200)
    assert (len(found), found[0], found[-1]) == (3, b'"a"', b'"b"')


def test_memory_stays_bounded_by_the_longest_line() -> None:
    assert lines_of(b"x" * 100_000, list(range(0, 100_000, 1000)), 2000) == [b"?"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('"路灯坏了"', Line("路灯坏了")),
        ('{"text": "路灯坏了", "id": 7}', Line("路灯坏了", 7)),
        ('{"text": "路灯坏了", "id": "a", "more": 1}', Line("路灯坏了", "a")),
        ('{"text": "路灯坏了", "id": [1]}', Line("路灯坏了")),
    ],
)
def test_a_line_is_a_text_or_an_object(raw: str, expected: Line) -> None:
    assert read_line(raw.encode(), 10) == expected


@pytest.mark.parametrize(
    "raw", [b"", b"x", b"5", b"null", b"[]", b"{}", b'{"text": 5, "id": 3}', b"\xff", b'"\\ud800"']
)
def test_a_line_that_is_neither_has_its_reason(raw: bytes) -> None:
    line = read_line(raw, 10)
    assert line.text is None
    assert "JSON" in line.reason


def test_a_text_over_the_limit_is_not_read() -> None:
    assert read_line(json.dumps("字" * 11).encode(), 10).reason == "该行超过10个字符，未读取。"


def test_brief_rows_are_parts_of_the_results() -> None:
    clf = Classifier.load()
    texts: list[str | None] = [*(row["text"] for row in load_samples()[:40]), None, "", "。。"]
    for row, result in zip(brief(clf, texts), clf.iter_results(texts), strict=True):
        whole = result.to_dict()
        assert is_part(row, whole), (row, whole)


def is_part(part: object, whole: object) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(is_part(value, whole[name]) for name, value in part.items())
    return part == (pytest.approx(whole, abs=1e-5) if isinstance(whole, float) else whole)
