"""Place texts in a space where the same matter in other words lies near: learned weights of hashed n-grams.

A text's vector is the sum of the weights of its distinct characters and character bigrams, made length 1. The
weights were learned by training/meaning.py so that a request lies nearer to its own title than to others'
(in-batch softmax; Henderson et al. 2017, "Efficient natural language response suggestion for Smart
Reply") and that the fine topics of work orders fall apart. Hashes have no way back: no text can be read
from the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BITS, WIDTH, LENGTH = 15, 64, 160
"""Hash bits, numbers a vector, and characters read of a text."""
_STEP, _SINGLE, _CHUNK = np.uint32(0x9E3779B1), np.uint32(7), 1 << 13
WEIGHTS = Path(__file__).with_name("meaning.safetensors")
Vectors = NDArray[np.floating[Any]]


@lru_cache(maxsize=1)
def _weights() -> Vectors:
    """Return the weights, shape (2**BITS, WIDTH)."""
    from safetensors.numpy import load_file

    stored = load_file(str(WEIGHTS))
    return np.asarray(stored["weights"].astype(np.float32) * stored["scale"][:, None], np.float32)


def encode(texts: Sequence[str]) -> Vectors:
    """Return unit vectors of normalised texts, shape (texts, WIDTH), float32; zeros for an empty text."""
    table = _weights()
    out = np.zeros((len(texts), WIDTH), np.float32)
    for start in range(0, len(texts), _CHUNK):
        out[start : start + _CHUNK] = grams(texts[start : start + _CHUNK]) @ table
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    return out


def cosine(vectors: Vectors, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cosine of each pair of rows, shape (pairs,)."""
    out = np.empty(len(pairs))
    for start in range(0, len(pairs), _CHUNK):
        left, right = pairs[start : start + _CHUNK].T
        out[start : start + _CHUNK] = (vectors[left].astype(np.float32) * vectors[right]).sum(axis=1)
    return out


def grams(texts: Sequence[str]) -> Any:
    """Return which hashed characters and bigrams each text holds: CSR of ones, shape (texts, 2**BITS)."""
    from scipy.sparse import csr_matrix

    cut = [text[:LENGTH] for text in texts]
    sizes = np.fromiter(map(len, cut), np.int64, len(cut))
    codes = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)
    shift = np.uint32(32 - BITS)
    both = np.empty((len(codes), 2), np.int32)
    both[:, 0] = (codes * _STEP ^ _SINGLE) * _STEP >> shift
    both[:-1, 1] = (codes[:-1] * _STEP ^ codes[1:]) * _STEP >> shift
    ends = np.cumsum(sizes[sizes > 0]) - 1
    both[ends, 1] = both[ends, 0]  # the last character begins no bigram
    indptr = np.r_[0, np.cumsum(2 * sizes)].astype(np.int64)
    found = csr_matrix((np.ones(both.size, np.float32), both.ravel(), indptr), shape=(len(cut), 1 << BITS))
    found.sum_duplicates()
    found.data[:] = 1
    return found
