"""Hashed n-grams: the vectorised path against a plain one, and what must not depend on the batch."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.features import (
    END,
    START,
    HashSpec,
    Ragged,
    code_points,
    featurise,
    hash_codes,
    occurrences,
    to_csr,
    with_rarity,
)

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


TFIDF = with_rarity(["路灯坏了", "停水了", "路边的树倒了"], replace(SPEC, weighting="tfidf"))


@given(TEXTS)
def test_tfidf_values_are_those_of_the_textbook(text: str) -> None:
    assert TFIDF.rarity is not None
    counts = Counter(plain_features(text, TFIDF))
    weight = {b: round(4 * (1 + math.log(n))) for b, n in counts.items()}
    norm = math.sqrt(sum((w * int(TFIDF.rarity[b])) ** 2 for b, w in weight.items()))
    row = to_csr(featurise([text], TFIDF), TFIDF).toarray()[0]
    assert {int(b) for b in row.nonzero()[0]} == set(counts)
    for bucket, w in weight.items():
        assert row[bucket] == pytest.approx(16 * w / norm, rel=1e-5)


@given(st.lists(TEXTS, min_size=2, max_size=6))
def test_tfidf_rows_do_not_depend_on_the_batch(texts: list[str]) -> None:
    together = featurise(texts, TFIDF)
    for row, text in enumerate(texts):
        alone = featurise([text], TFIDF)
        assert of(together, row) == of(alone, 0)
        assert together.scale[row] == alone.scale[0]


@given(TEXTS)
def test_occurrences_add_up_to_the_buckets(text: str) -> None:
    for spec in (SPEC, TFIDF):
        shares, scale = occurrences(hash_codes(code_points(text, spec.length), spec), spec)
        total = sum(float(part.sum()) for part in shares) * scale
        assert total == pytest.approx(float(to_csr(featurise([text], spec), spec).sum()), rel=1e-5)


def test_rarity_is_higher_for_what_fewer_texts_hold() -> None:
    assert TFIDF.rarity is not None
    once = plain_features("停", TFIDF)[1]
    everywhere = plain_features("", TFIDF)[0]
    assert TFIDF.rarity[once] > TFIDF.rarity[everywhere] >= 1
    assert with_rarity(["x"], SPEC) is SPEC


def test_tfidf_without_its_table_says_so() -> None:
    with pytest.raises(ValueError, match="with_rarity"):
        featurise(["路灯"], replace(SPEC, weighting="tfidf"))
