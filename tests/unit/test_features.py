"""Hashed n-grams: the vectorised path against a plain one, and what must not depend on the batch."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.features import (
    HashSpec,
    Ragged,
    featurise,
    frequent,
    occurrences,
    prepared,
    to_csr,
    with_rarity,
)
from hotline_nlp.hashing import END, START
from hotline_nlp.tokenise import general_lexicon

SPEC = HashSpec(order=3, bits=12, length=30)
TEXTS = st.text(max_size=40)


def plain_hash(gram: list[int], spec: HashSpec) -> int:
    state = 0x811C9DC5
    for code in gram:
        state = ((state ^ code) * 0x9E3779B1) & 0xFFFFFFFF
        state ^= state >> 15
    state = ((state ^ len(gram)) * 0x85EBCA6B) & 0xFFFFFFFF
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


SAMPLE = ["路灯坏了没有人来修", "小区停水了", "路边的树倒了，路灯也坏了", "小区的物业公司乱收停车费"]
KNOWN = prepared(SAMPLE, HashSpec(bits=10, length=30, weighting="tfidf", least=1))


@given(st.one_of(TEXTS, st.text(alphabet="路灯坏小区停水物业公司，", max_size=40)))
def test_occurrences_add_up_to_the_rows(text: str) -> None:
    for spec in (SPEC, TFIDF, KNOWN, replace(KNOWN, weighting="count")):
        found = occurrences(text, spec)
        total = float(found.shares.sum()) * found.scale
        assert total == pytest.approx(float(to_csr(featurise([text], spec), spec).sum()), rel=1e-5, abs=1e-9)
        assert ((found.starts >= 0) & (found.starts + found.sizes <= len(text[: spec.length]) + 2)).all()


def test_a_vocabulary_knows_what_it_saw_and_nothing_else() -> None:
    assert KNOWN.buckets == KNOWN.known == len(KNOWN.rarity if KNOWN.rarity is not None else ())
    seen = occurrences(SAMPLE[0], KNOWN)
    words = [SAMPLE[0][a - 1 : a - 1 + n] for a, n in zip(seen.starts, seen.sizes, strict=True)]
    assert len(words) > 3 * (len(SAMPLE[0]) + 2) - 3
    assert words.count("路灯") == 2  # as characters and as a word
    assert words.count("灯坏") == 1
    assert len(occurrences("zq", KNOWN).rows) == 2  # the two marks


def test_a_vocabulary_keeps_what_enough_texts_hold_and_the_commonest_first() -> None:
    lexicon = general_lexicon()
    twice = frequent(SAMPLE, replace(KNOWN, vocabulary=None, lexicon=lexicon), 2)
    once = frequent(SAMPLE, replace(KNOWN, vocabulary=None, lexicon=lexicon), 1)
    assert set(twice.tolist()) < set(once.tolist())
    assert once[: len(twice)].tolist() == twice.tolist()
    small = prepared(SAMPLE, HashSpec(bits=4, weighting="tfidf", least=1))
    assert small.buckets == 16
    assert len(occurrences("", small).rows) == 2


def test_a_spec_comes_back_from_its_manifest_and_tensors() -> None:
    tensors = {**KNOWN.tensors(), "weights": np.zeros((KNOWN.known, 1), np.int8)}
    again = HashSpec.read(KNOWN.to_dict(), tensors)
    assert again == KNOWN
    assert of(featurise(SAMPLE, again), 2) == of(featurise(SAMPLE, KNOWN), 2)


def test_rarity_is_higher_for_what_fewer_texts_hold() -> None:
    assert TFIDF.rarity is not None
    once = plain_features("停", TFIDF)[1]
    everywhere = plain_features("", TFIDF)[0]
    assert TFIDF.rarity[once] > TFIDF.rarity[everywhere] >= 1
    assert with_rarity(["x"], SPEC) is SPEC


def test_tfidf_without_its_table_says_so() -> None:
    with pytest.raises(ValueError, match="prepared"):
        featurise(["路灯"], replace(SPEC, weighting="tfidf"))
