"""Hash character n-grams: text -> bucket numbers, with no vocabulary to ship or to leak.

Weinberger et al. 2009, "Feature hashing for large scale multitask learning". A text is a start mark, its
first `length` normalised characters and an end mark; each n-gram of it is mixed into a 32-bit hash whose
low bits name a bucket. A bucket's weight in a text is its count over the square root of all counts, so a
text's score is a plain sum over its n-grams and each n-gram's share of it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

START, END = 2, 3
_STEP = np.uint32(0x9E3779B1)
_MIX = np.uint32(0x85EBCA6B)


@dataclass(frozen=True, slots=True)
class HashSpec:
    """How texts become buckets: n-gram orders 1..`order`, `bits` of hash, `length` characters read."""

    order: int = 3
    bits: int = 18
    length: int = 400

    @property
    def buckets(self) -> int:
        """Return the number of buckets."""
        return 1 << self.bits

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Buckets of many texts: `buckets[indptr[i]:indptr[i + 1]]` are those of text i, one an n-gram."""

    buckets: NDArray[np.int32]
    indptr: NDArray[np.int64]

    def scale(self) -> NDArray[np.float32]:
        """Return 1 / sqrt(n-grams) of each text, shape (texts,); 0 where a text has none."""
        counts = np.diff(self.indptr).astype(np.float32)
        return np.where(counts > 0, 1 / np.sqrt(np.maximum(counts, 1)), 0).astype(np.float32)


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
    return state ^ (state >> np.uint32(15))


def finish(state: NDArray[np.uint32], spec: HashSpec) -> NDArray[np.int32]:
    """Return the bucket of each hash state."""
    state = state * _MIX
    state = state ^ (state >> np.uint32(13))
    return (state & np.uint32(spec.buckets - 1)).astype(np.int32)


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


def featurise(texts: Sequence[str], spec: HashSpec) -> Ragged:
    """Hash every n-gram of each normalised text, once an occurrence, all texts in one vectorised pass."""
    marked = [f"{chr(START)}{text[: spec.length]}{chr(END)}" for text in texts]
    sizes = np.fromiter(map(len, marked), np.int64, len(marked))
    if not len(sizes):
        return Ragged(np.empty(0, np.int32), np.zeros(1, np.int64))
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), "<u4")
    ends = np.cumsum(sizes)
    owner = np.repeat(np.arange(len(marked)), sizes)
    room = np.repeat(ends, sizes) - np.arange(len(codes))
    buckets, owners = [], []
    for n, hashed in enumerate(hash_codes(codes, spec), start=1):
        inside = room[: len(hashed)] >= n
        buckets.append(hashed[inside])
        owners.append(owner[: len(hashed)][inside])
    order = np.argsort(np.concatenate(owners), kind="stable")
    counts = np.bincount(np.concatenate(owners), minlength=len(marked))
    return Ragged(np.concatenate(buckets)[order], np.concatenate([[0], np.cumsum(counts)]))


def to_csr(ragged: Ragged, spec: HashSpec) -> Any:
    """Return the scaled counts as a scipy CSR matrix of shape (texts, buckets), float32."""
    from scipy.sparse import csr_matrix

    data = np.repeat(ragged.scale(), np.diff(ragged.indptr))
    matrix = csr_matrix(
        (data, ragged.buckets.copy(), ragged.indptr.copy()), shape=(len(ragged.indptr) - 1, spec.buckets)
    )
    matrix.sum_duplicates()
    return matrix
