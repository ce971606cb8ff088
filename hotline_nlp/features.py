"""Hash character n-grams: text -> bucket numbers, with no vocabulary to ship or to leak.

Weinberger et al. 2009, "Feature hashing for large scale multitask learning". A text is a start mark, its
first `length` normalised characters and an end mark; each n-gram of it is mixed into a 32-bit hash whose
low bits name a bucket. What a bucket weighs in a text is, by `weighting`, its count over the square root of
all counts, or 1 + log(count) over the length of the text's TF-IDF vector (Salton and Buckley 1988). Weights
are small integers times one scale a text: a score is an exact sum, and each n-gram's share of it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

START, END = 2, 3
_STEP = np.uint32(0x9E3779B1)
_MIX = np.uint32(0x85EBCA6B)


COUNT, TFIDF = "count", "tfidf"
TF = np.rint(4 * (1 + np.log(np.maximum(np.arange(4096), 1)))).astype(np.int32)
"""Weight of a bucket seen so many times in a text, in quarters."""
RARITY = 8
"""Steps of the rarity table for an inverse document frequency of 1."""


@dataclass(frozen=True, slots=True)
class HashSpec:
    """How texts become buckets: n-gram orders 1..`order`, `bits` of hash, `length` characters read.

    `weighting` is "count" or "tfidf"; the latter needs `rarity`, uint8 of shape (buckets,): the inverse
    document frequency of each bucket in eighths.
    """

    order: int = 3
    bits: int = 18
    length: int = 400
    weighting: str = COUNT
    rarity: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)

    @property
    def buckets(self) -> int:
        """Return the number of buckets."""
        return 1 << self.bits

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest; the rarity table is a tensor of its own."""
        return {name: getattr(self, name) for name in ("order", "bits", "length", "weighting")}


@dataclass(frozen=True, slots=True)
class Ragged:
    """Buckets of many texts: those of text i are `buckets[indptr[i]:indptr[i + 1]]`.

    A bucket's value there is its integer `weights` entry times the text's `scale`. Counting lists a bucket
    once an occurrence, TF-IDF once a text.
    """

    buckets: NDArray[np.int32]
    indptr: NDArray[np.int64]
    weights: NDArray[np.int32]
    scale: NDArray[np.float32]


def with_rarity(texts: Sequence[str], spec: HashSpec) -> HashSpec:
    """Return a "tfidf" spec with the rarity table of these normalised texts; a "count" spec as it is."""
    if spec.weighting == COUNT:
        return spec
    seen = np.zeros(spec.buckets, np.int64)
    for start in range(0, len(texts), 4096):
        keys, _, _ = _hashed(texts[start : start + 4096], spec)
        seen += np.bincount(np.unique(keys) & (spec.buckets - 1), minlength=spec.buckets)
    idf = np.log((1 + len(texts)) / (1 + seen)) + 1
    return replace(spec, rarity=np.clip(np.rint(RARITY * idf), 1, 255).astype(np.uint8))


def code_points(text: str, length: int) -> NDArray[np.uint32]:
    """Return the marked code points of a normalised text, at most `length` of its own."""
    raw = text[:length].encode("utf-32-le", "surrogatepass")
    codes = np.empty(len(raw) // 4 + 2, np.uint32)
    codes[0], codes[-1] = START, END
    codes[1:-1] = np.frombuffer(raw, "<u4")
    return codes


def mix(state: NDArray[np.uint32], codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Fold one more character into each hash state."""
    state = (state ^ codes) * _STEP
    return np.asarray(state ^ (state >> np.uint32(15)), np.uint32)


def finish(state: NDArray[np.uint32], spec: HashSpec) -> NDArray[np.int32]:
    """Return the bucket of each hash state."""
    state = state * _MIX
    state = state ^ (state >> np.uint32(13))
    return np.asarray(state & np.uint32(spec.buckets - 1), np.int32)


def hash_codes(codes: NDArray[np.uint32], spec: HashSpec) -> list[NDArray[np.int32]]:
    """Return, for each order n, the bucket of the n-gram that ends at every position n - 1 and after."""
    out = []
    for n in range(1, spec.order + 1):
        if len(codes) < n:
            break
        state = np.full(len(codes) - n + 1, n, np.uint32)
        for k in range(n):
            state = mix(state, codes[k : len(codes) - n + 1 + k])
        out.append(finish(state, spec))
    return out


def _hashed(
    texts: Sequence[str], spec: HashSpec
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return text number * buckets + bucket of every n-gram, the text numbers, and n-grams a text."""
    marked = [f"{chr(START)}{text[: spec.length]}{chr(END)}" for text in texts]
    sizes = np.fromiter(map(len, marked), np.int64, len(marked))
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), "<u4")
    owner = np.repeat(np.arange(len(marked)), sizes)
    room = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(codes))
    keys, owners = [], []
    for n, hashed in enumerate(hash_codes(codes, spec), start=1):
        inside = room[: len(hashed)] >= n
        owners.append(owner[: len(hashed)][inside])
        keys.append(owners[-1] << spec.bits | hashed[inside])
    if not keys:
        none = np.empty(0, np.int64)
        return none, none, none
    whose = np.concatenate(owners)
    return np.concatenate(keys), whose, np.bincount(whose, minlength=len(marked))


def featurise(texts: Sequence[str], spec: HashSpec) -> Ragged:
    """Hash every n-gram of each normalised text, all texts in one vectorised pass.

    Raises ValueError for a "tfidf" spec without its rarity table; see with_rarity.
    """
    keys, whose, counts = _hashed(texts, spec)
    low = spec.buckets - 1
    if spec.weighting == COUNT:
        order = np.argsort(whose, kind="stable")
        scale = (1 / np.sqrt(counts.astype(np.float32))).astype(np.float32)
        ones = np.ones(len(keys), np.int32)
        return Ragged((keys[order] & low).astype(np.int32), _starts(counts), ones, scale)
    if spec.rarity is None:
        raise ValueError("a tfidf spec needs its rarity table: call with_rarity first")
    found, times = np.unique(keys, return_counts=True)
    buckets = (found & low).astype(np.int32)
    indptr = _starts(np.bincount(found >> spec.bits, minlength=len(texts)) if len(found) else counts)
    weights = TF[np.minimum(times, len(TF) - 1)]
    squares = (weights * spec.rarity[buckets].astype(np.int64)) ** 2
    norms = np.add.reduceat(squares, indptr[:-1]) if len(squares) else np.empty(0, np.int64)
    return Ragged(buckets, indptr, weights, (16 / np.sqrt(norms)).astype(np.float32))


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def occurrences(
    grams: Sequence[NDArray[np.int32]], spec: HashSpec
) -> tuple[list[NDArray[np.float64]], float]:
    """Return what each n-gram occurrence of a text weighs, in hash_codes' order, and the text's scale."""
    every = np.concatenate(grams)
    if spec.weighting == COUNT or spec.rarity is None:
        return [np.ones(len(found)) for found in grams], float(1 / np.sqrt(len(every)))
    buckets, place, times = np.unique(every, return_inverse=True, return_counts=True)
    weights = TF[np.minimum(times, len(TF) - 1)].astype(np.int64)
    norm = int(((weights * spec.rarity[buckets]) ** 2).sum())
    shares = (weights / times)[place]
    return np.split(shares, np.cumsum([len(found) for found in grams])[:-1]), 16 / float(np.sqrt(norm))


def to_csr(ragged: Ragged, spec: HashSpec) -> Any:
    """Return the values as a scipy CSR matrix of shape (texts, buckets), float32."""
    from scipy.sparse import csr_matrix

    data = np.repeat(ragged.scale, np.diff(ragged.indptr)) * ragged.weights
    matrix = csr_matrix(
        (data.astype(np.float32), ragged.buckets.copy(), ragged.indptr.copy()),
        shape=(len(ragged.indptr) - 1, spec.buckets),
    )
    matrix.sum_duplicates()
    return matrix
