"""The table of known hashes: what was put in is found again, and hardly anything else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.vocabulary import LIMIT, PROBES, Vocabulary

HASHES = st.lists(st.integers(0, 2**32 - 1), unique=True, max_size=300).map(lambda x: np.array(x, np.uint32))


@given(HASHES)
def test_every_hash_finds_a_row(hashes: np.ndarray) -> None:
    rows = Vocabulary.build(hashes).rows(hashes)
    assert rows.shape == hashes.shape
    assert (rows < len(hashes)).all()
    # Hashes of one slot and one tag share a row; what finds PROBES slots full is left out.
    low = hashes & np.uint32(len(Vocabulary.build(hashes).slots) - 1)
    crowded = len(hashes) and np.bincount(low // PROBES).max() > 1
    assert crowded or (rows >= 0).all()


def test_rows_count_up_in_the_order_given() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**32, 20_000, dtype=np.uint32)
    hashes = np.unique(hashes)
    vocabulary = Vocabulary.build(hashes)
    assert (vocabulary.rows(hashes) == np.arange(len(hashes))).mean() > 0.995
    others = np.random.default_rng(1).integers(0, 2**32, 20_000, dtype=np.uint32)
    assert (vocabulary.rows(others) < 0).mean() > 0.995


def test_it_can_grow() -> None:
    random = np.random.default_rng(2)
    old, new = np.split(np.unique(random.integers(0, 2**32, 3000, dtype=np.uint32)), [1000])
    vocabulary = Vocabulary.build(old)
    before = vocabulary.rows(old)
    wider, added = vocabulary.extended(np.concatenate([old, new]), len(old))
    assert (wider.rows(old) == before).all()
    assert 0 < added <= int(0.8 * len(vocabulary.slots)) - np.count_nonzero(vocabulary.slots)
    rows = wider.rows(new)
    assert (rows[rows >= 0] >= len(old)).mean() > 0.99
    assert len(np.unique(rows[rows >= 0])) > 0.75 * added


def test_an_empty_one_knows_nothing() -> None:
    empty = Vocabulary.build(np.empty(0, np.uint32))
    assert empty.rows(np.array([0, 5], np.uint32)).tolist() == [-1, -1]


def test_more_rows_than_an_entry_can_number_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        Vocabulary.build(np.zeros(LIMIT + 1, np.uint32))
