"""Turn normalised texts into weighted rows of a model: character n-grams and words, hashed.

Feature hashing: Weinberger et al. 2009, "Feature hashing for large scale multitask learning". Without a
vocabulary the low bits of a hash name its row; with one, only what training saw has a row, and the words of a
lexicon count beside the n-grams. What a row weighs in a text is, by `weighting`, its count over the square
root of all counts, or 1 + log(count) over the length of the text's TF-IDF vector (Salton and Buckley 1988).
Weights are small integers times one scale a text: a score is an exact sum, and each n-gram's share is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .hashing import Hashes, Joined, finish, join, windows
from .tokenise import LONGEST, Lexicon, general_lexicon, words
from .vocabulary import LIMIT, Vocabulary

COUNT, TFIDF = "count", "tfidf"
TF = np.rint(4 * (1 + np.log(np.maximum(np.arange(4096), 1)))).astype(np.int32)
"""Weight of a row seen so many times in a text, in quarters."""
RARITY = 8
"""Steps of the rarity table for an inverse document frequency of 1."""
_BLOCK = 4096
_SKETCH = np.uint32((1 << 24) - 1)


@dataclass(frozen=True, slots=True)
class HashSpec:
    """How texts become rows: n-gram orders 1..`order`, `length` characters read, at most 2^`bits` rows.

    `weighting` is "count" or "tfidf"; the latter needs `rarity`, uint8 of shape (rows,): the inverse document
    frequency of each row in eighths. `least` >= 1 asks for a vocabulary of what so many texts hold, and
    for the words of a lexicon; 0 for plain hashing. `prepared` makes the tables. `formulas` says that the
    texts keep operators' openings and closings, which `normalise` cuts else.
    """

    order: int = 3
    bits: int = 18
    length: int = 400
    weighting: str = COUNT
    least: int = 0
    formulas: bool = False
    rarity: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
    vocabulary: Vocabulary | None = field(default=None, compare=False, repr=False)
    lexicon: Lexicon | None = field(default=None, compare=False, repr=False)
    known: int = field(default=0, compare=False)

    @property
    def buckets(self) -> int:
        """Return the number of rows."""
        return 1 << self.bits if self.vocabulary is None else self.known

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest; the tables are tensors of their own."""
        names = ("order", "bits", "length", "weighting", "least", *(("formulas",) if self.formulas else ()))
        return {name: getattr(self, name) for name in names}

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the tables that belong to the model."""
        found: dict[str, NDArray[Any]] = {} if self.rarity is None else {"rarity": self.rarity}
        if self.vocabulary is not None:
            found["slots"] = self.vocabulary.slots
        if self.lexicon is not None:
            found["lexicon"] = self.lexicon.bits
        return found

    @classmethod
    def read(cls, features: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> HashSpec:
        """Return the spec of a model's manifest and tensors; raise TypeError for an unknown setting."""
        tables: dict[str, Any] = {"rarity": tensors.get("rarity")}
        if "slots" in tensors:
            tables["vocabulary"] = Vocabulary(tensors["slots"])
            tables["known"] = len(tensors["weights"])
        if "lexicon" in tensors:
            tables["lexicon"] = Lexicon(tensors["lexicon"])
        return cls(**features, **tables)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of many texts: those of text i are `buckets[indptr[i]:indptr[i + 1]]`.

    A row's value there is its integer `weights` entry times the text's `scale`. Counting lists a row once an
    occurrence, TF-IDF once a text.
    """

    buckets: NDArray[np.int32]
    indptr: NDArray[np.int64]
    weights: NDArray[np.int32]
    scale: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a text's known n-grams and words stand among its marked code points, and what each weighs.

    The shares of a row's occurrences times `scale` add up to the row's value in `to_csr`.
    """

    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    rows: NDArray[np.int32]
    shares: NDArray[np.float64]
    scale: float


def prepared(texts: Sequence[str], spec: HashSpec) -> HashSpec:
    """Return the spec with the tables that it asks for and lacks, made from normalised texts."""
    if spec.least and spec.vocabulary is None:
        spec = with_vocabulary(texts, spec)
    return spec if spec.weighting == COUNT or spec.rarity is not None else with_rarity(texts, spec)


def with_vocabulary(texts: Sequence[str], spec: HashSpec) -> HashSpec:
    """Return the spec with a lexicon and the n-grams and words that at least `least` of the texts hold.

    Where there are more than 2^bits of them, those of most texts stay. Memory: 64 MB and what is found.
    """
    lexicon = spec.lexicon or general_lexicon()
    hashes = frequent(texts, replace(spec, lexicon=lexicon, vocabulary=None), max(spec.least, 1))
    chosen = Vocabulary.build(hashes[: min(1 << spec.bits, LIMIT)])
    return replace(spec, lexicon=lexicon, vocabulary=chosen, known=min(len(hashes), 1 << spec.bits, LIMIT))


def frequent(texts: Sequence[str], spec: HashSpec, least: int) -> Hashes:
    """Return the hashes that at least `least` texts hold, those of most texts first."""
    sketch = np.zeros(int(_SKETCH) + 1, np.uint32)
    for found in _distinct(texts, spec):
        sketch += np.bincount(found & _SKETCH, minlength=len(sketch)).astype(np.uint32)
    hashes, counts = np.empty(0, np.uint32), np.empty(0, np.int64)
    for found in _distinct(texts, spec):
        new, times = np.unique(found[sketch[found & _SKETCH] >= least], return_counts=True)
        both = np.concatenate([hashes, new])
        hashes, place = np.unique(both, return_inverse=True)
        counts = np.bincount(place, np.concatenate([counts, times]), len(hashes)).astype(np.int64)
    kept = np.flatnonzero(counts >= least)
    return hashes[kept][np.argsort(-counts[kept], kind="stable")]


def _distinct(texts: Sequence[str], spec: HashSpec) -> Iterator[Hashes]:
    """Yield the hashes of block after block of texts, each once a text."""
    for start in range(0, len(texts), _BLOCK):
        joined = join(texts[start : start + _BLOCK], spec.length)
        at, _, hashes = _grams(joined, spec)
        pairs = np.unique(joined.owner[at] << 32 | hashes.astype(np.int64))
        yield (pairs & 0xFFFFFFFF).astype(np.uint32)


def with_rarity(texts: Sequence[str], spec: HashSpec) -> HashSpec:
    """Return a "tfidf" spec with the rarity table of these normalised texts; a "count" spec as it is."""
    if spec.weighting == COUNT:
        return spec
    seen = np.zeros(spec.buckets, np.int64)
    for start in range(0, len(texts), _BLOCK):
        rows, whose = _rows(join(texts[start : start + _BLOCK], spec.length), spec)
        found = np.unique(whose << 32 | rows) & 0xFFFFFFFF
        seen += np.bincount(found, minlength=spec.buckets)
    idf = np.log((1 + len(texts)) / (1 + seen)) + 1
    return replace(spec, rarity=np.clip(np.rint(RARITY * idf), 1, 255).astype(np.uint8))


def word_rows(texts: Sequence[str], spec: HashSpec) -> NDArray[np.int64]:
    """Return the rows that stand for words in these normalised texts; none without a lexicon."""
    found = np.zeros(spec.buckets, np.bool_)
    if spec.lexicon is None:
        return np.flatnonzero(found)
    for start in range(0, len(texts), _BLOCK):
        rows = _rows_of(words(join(texts[start : start + _BLOCK], spec.length), spec.lexicon)[2], spec)
        found[rows[rows >= 0]] = True
    return np.flatnonzero(found)


def _grams(joined: Joined, spec: HashSpec) -> tuple[NDArray[np.int64], NDArray[np.int64], Hashes]:
    """Return the place, size and hash of every n-gram, and of every word where there is a lexicon."""
    places, sizes, hashes = [], [], []
    longest = spec.order if spec.lexicon is None else max(spec.order, LONGEST)
    states = [state for _, state in windows(joined.codes, longest)]
    for n, state in enumerate(states[: spec.order], 1):
        at = np.flatnonzero(joined.room >= n)
        places.append(at)
        sizes.append(np.full(len(at), n))
        hashes.append(finish(state[at], n))
    if spec.lexicon is not None:
        at, size, found = words(joined, spec.lexicon, states)
        places.append(at)
        sizes.append(size)
        hashes.append(found)
    if not places:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint32)
    return np.concatenate(places), np.concatenate(sizes), np.concatenate(hashes)


def _rows_of(hashes: Hashes, spec: HashSpec) -> NDArray[np.int32]:
    if spec.vocabulary is None:
        return np.asarray(hashes & np.uint32(spec.buckets - 1), np.int32)
    return spec.vocabulary.rows(hashes)


def _rows(joined: Joined, spec: HashSpec) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row of every known n-gram and word, and the number of its text."""
    at, _, hashes = _grams(joined, spec)
    rows = _rows_of(hashes, spec)
    known = np.flatnonzero(rows >= 0)
    return rows[known].astype(np.int64), joined.owner[at[known]]


def featurise(texts: Sequence[str], spec: HashSpec) -> Ragged:
    """Hash every n-gram and word of each normalised text, all texts in one vectorised pass.

    Raises ValueError for a "tfidf" spec without its rarity table; see prepared.
    """
    rows, whose = _rows(join(texts, spec.length), spec)
    counts = np.bincount(whose, minlength=len(texts))
    if spec.weighting == COUNT:
        order = np.argsort(whose, kind="stable")
        scale = (1 / np.sqrt(np.maximum(counts, 1).astype(np.float32))).astype(np.float32)
        ones = np.ones(len(rows), np.int32)
        return Ragged(rows[order].astype(np.int32), _starts(counts), ones, scale)
    if spec.rarity is None:
        raise ValueError("a tfidf spec needs its rarity table: call prepared first")
    found, times = _counted(whose << 32 | rows)
    buckets = (found & 0xFFFFFFFF).astype(np.int32)
    owner = found >> 32
    weights = TF[np.minimum(times, len(TF) - 1)]
    squares = (weights * spec.rarity[buckets].astype(np.int64)) ** 2
    norms = np.bincount(owner, squares, len(texts))
    scale = (16 / np.sqrt(np.maximum(norms, 1))).astype(np.float32)
    return Ragged(buckets, _starts(np.bincount(owner, minlength=len(texts))), weights, scale)


def _counted(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct values, sorted, and how often each is there."""
    values = np.sort(values)
    new = np.ones(len(values) + 1, np.bool_)
    new[1:-1] = values[1:] != values[:-1]
    at = np.flatnonzero(new)
    return values[at[:-1]], at[1:] - at[:-1]


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def occurrences(text: str, spec: HashSpec) -> Occurrences:
    """Return every known n-gram and word of one text with what it weighs."""
    starts, sizes, hashes = _grams(join([text], spec.length), spec)
    rows = _rows_of(hashes, spec)
    known = np.flatnonzero(rows >= 0)
    starts, sizes, rows = starts[known], sizes[known], rows[known]
    if spec.weighting == COUNT or spec.rarity is None:
        return Occurrences(starts, sizes, rows, np.ones(len(rows)), float(1 / np.sqrt(max(len(rows), 1))))
    found, place, times = np.unique(rows, return_inverse=True, return_counts=True)
    weights = TF[np.minimum(times, len(TF) - 1)].astype(np.int64)
    norm = int(((weights * spec.rarity[found]) ** 2).sum())
    return Occurrences(starts, sizes, rows, (weights / times)[place], 16 / float(np.sqrt(max(norm, 1))))


def to_csr(ragged: Ragged, spec: HashSpec) -> Any:
    """Return the values as a scipy CSR matrix of shape (texts, rows), float32."""
    from scipy.sparse import csr_matrix

    data = np.repeat(ragged.scale, np.diff(ragged.indptr)) * ragged.weights
    matrix = csr_matrix(
        (data.astype(np.float32), ragged.buckets.copy(), ragged.indptr.copy()),
        shape=(len(ragged.indptr) - 1, spec.buckets),
    )
    matrix.sum_duplicates()
    return matrix
