"""Hashed n-grams: the vectorised path against a plain one, and what must not depend on the batch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.features import END, START, HashSpec, Ragged, featurise, to_csr

SPEC = HashSpec(order=3, bits=12, length=30)
TEXTS = st.text(max_size=40)


def plain_hash(gram: list[int], spec: HashSpec) -> int:
    state = len(gram)
    for code in gram:
        state = ((state ^ code) * 0x9E3779B1) & 0xFFFFFFFF
        state ^= state >> 15
    state = (state * 0x85EBCA6B) & 0xFFFFFFFF
    state ^= state >> 13
    return state & (spec.buckets - 1)


def plain_features(text: str, spec: HashSpec) -> list[int]:
    codes = [START, *map(ord, text[: spec.length]), END]
    return [
        plain_hash(codes[i : i + n], spec)
        for n in range(1, spec.order + 1)
        for i in range(len(codes) - n + 1)
    ]


def of(ragged: Ragged, row: int) -> list[int]:
    return ragged.buckets[ragged.indptr[row] : ragged.indptr[row + 1]].tolist()


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_equals_a_plain_hash_of_every_ngram(texts: list[str]) -> None:
    ragged = featurise(texts, SPEC)
    for row, text in enumerate(texts):
        assert sorted(of(ragged, row)) == sorted(plain_features(text, SPEC))


@given(st.lists(TEXTS, min_size=2, max_size=6))
def test_a_text_has_the_same_buckets_alone_and_in_a_batch(texts: list[str]) -> None:
    together = featurise(texts, SPEC)
    for row, text in enumerate(texts):
        assert of(together, row) == of(featurise([text], SPEC), 0)


def test_no_texts_make_no_rows() -> None:
    ragged = featurise([], SPEC)
    assert len(ragged.indptr) == 1
    assert len(ragged.buckets) == 0


def test_lone_surrogates_are_hashed_like_any_character() -> None:
    assert of(featurise(["\ud800井盖"], SPEC), 0)


def test_length_bounds_what_is_read() -> None:
    long, cut = "路" * 1000 + "灯", "路" * 30
    assert of(featurise([long], SPEC), 0) == of(featurise([cut], SPEC), 0)


def test_csr_holds_counts_over_the_root_of_all_counts() -> None:
    ragged = featurise(["水水水"], SPEC)
    matrix = to_csr(ragged, SPEC)
    total = len(ragged.buckets)
    assert np.isclose(matrix.sum(), total / np.sqrt(total))
    assert matrix.shape == (1, SPEC.buckets)
    assert matrix.max() >= 3 / np.sqrt(total) - 1e-6
