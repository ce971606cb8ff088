from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.batch.cells import arrow_type, cells_array, decode, encode, kinds_of, plain, typed

ABSENT = object()
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.datetimes(),
    st.dates(),
    st.times(),
)
nested = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(scalars | nested)
def test_cells_keep_value_and_type(value: Any) -> None:
    back = decode(encode(value))
    assert back == value and type(back) is type(value)


@given(st.text())
def test_every_cell_fits_into_arrow(value: str) -> None:
    assert decode(cells_array([value])[0].as_py()) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_is_null(value: float) -> None:
    assert decode(encode(value)) is None


def test_absent_is_not_null() -> None:
    column = cells_array([ABSENT, None, "停水"], absent=ABSENT)
    assert column.to_pylist() == [None, "n", "s停水"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None, 2], pa.int64()),
        ([1, 0.5], pa.float64()),
        ([True, False], pa.bool_()),
        ([dt.datetime(2024, 11, 1, 8)], pa.timestamp("us")),
        ([dt.date(2024, 11, 1)], pa.date32()),
        ([dt.time(8, 30)], pa.time64("us")),
        ([1, "一"], pa.string()),
        ([None], pa.string()),
        ([[1]], pa.string()),
        ([2**70], pa.string()),
    ],
)
def test_the_narrowest_type_that_fits(values: list[Any], expected: pa.DataType) -> None:
    column = pa.chunked_array([cells_array(values)])
    target = arrow_type(kinds_of(column))
    assert target == expected
    found = typed(column.to_pylist(), target)
    assert found.type == expected and found.null_count == values.count(None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (7, "7"),
        (Decimal("1.50"), "1.50"),
        (dt.datetime(2024, 11, 1, 8), "2024-11-01T08:00:00"),
        ({"区": ["雨湖"]}, '{"区": ["雨湖"]}'),
        (b"\x01\xff", "01ff"),
        ("断\ud800字", "断\ufffd字"),
    ],
)
def test_plain_text_of_a_value(value: Any, text: str) -> None:
    assert plain(value) == text
