"""Find near-copies among many texts in linear time: MinHash signatures by rensa, candidates by banding.

Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman and Ullman 2020, "Mining
of massive datasets", section 3.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._require import require

PERMUTATIONS, BANDS, SEED = 64, 16, 1
ALIKE = 0.7
"""Estimated Jaccard similarity of character trigrams from which on two texts are copies."""
LENGTH = 300
"""Characters read of a text: what follows, answers and afterthoughts pasted in, differs between copies."""
EMPTY = np.uint16(0xFFFF)
"""What all of a signature is where a text has no trigram."""
_CHUNK = 1 << 13
_STEP = np.uint64(0x9E3779B97F4A7C15)
Pairs = NDArray[np.int64]


def copies(marks: NDArray[np.uint16], *, threshold: float = ALIKE) -> Pairs:
    """Return pairs of near-copies by their signatures, shape (pairs, 2), the earlier row first.

    Each copy is paired with the first and the last before it that share a band, not with all, so the pairs
    number at most 2 * BANDS a text: their connected components are the groups. A text of fewer than three
    characters, whose signature is all ones, has no copies.
    """
    width = PERMUTATIONS // BANDS
    rows = np.flatnonzero((marks != EMPTY).any(axis=1))
    found = [np.empty((0, 2), np.int64)]
    for band in range(BANDS):
        key = np.zeros(len(marks), np.uint64)
        for column in range(band * width, (band + 1) * width):
            key = (key ^ marks[:, column]) * _STEP
            key ^= key >> np.uint64(29)
        pairs = chained(key[rows], rows)
        alike = np.empty(len(pairs))
        for start in range(0, len(pairs), _CHUNK):
            left, right = pairs[start : start + _CHUNK].T
            alike[start : start + _CHUNK] = (marks[left] == marks[right]).mean(axis=1)
        found = [distinct(np.concatenate([*found, pairs[alike >= threshold]]))]
    return found[0]


def chained(key: NDArray[Any], rows: NDArray[np.int64], window: int = 1) -> Pairs:
    """Return pairs of the rows that share a key, shape (pairs, 2).

    Each row is paired with the first of its key and with the `window` before it, in the order given.
    """
    order = np.argsort(key, kind="stable")
    sorted_, rows = key[order], rows[order]
    new = np.r_[True, sorted_[1:] != sorted_[:-1]][: len(rows)]
    group = np.cumsum(new) - 1
    start = np.flatnonzero(new)[group]
    at = np.arange(len(rows))
    found = [np.stack([rows[start], rows], axis=1)[start < at]]
    for back in range(1, window + 1):
        inside = at[start <= at - back]
        found.append(np.stack([rows[inside - back], rows[inside]], axis=1))
    return distinct(np.sort(np.concatenate(found), axis=1))


def distinct(pairs: Pairs) -> Pairs:
    """Return each pair of row numbers once, in order."""
    keys = np.unique(pairs[:, 0] << 32 | pairs[:, 1])
    return np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1)


def signatures(texts: Sequence[str]) -> NDArray[np.uint16]:
    """Return MinHash signatures of normalised texts' character trigrams, shape (texts, PERMUTATIONS).

    Of each 32-bit minimum the low half is kept (b-bit minwise hashing; Li and König 2010), which errs once in
    65,536. Raises MissingExtra without rensa.
    """
    rensa: Any = require("rensa", "insight")
    make = rensa.RMinHash.digest_matrix_from_flat_token_hashes
    out = np.full((len(texts), PERMUTATIONS), EMPTY, np.uint16)
    for start in range(0, len(texts), _CHUNK):
        hashes, offsets = trigrams(texts[start : start + _CHUNK])
        rows = make(hashes, offsets, PERMUTATIONS, SEED).to_rows()
        out[start : start + len(rows)] = (np.array(rows, np.uint32) & np.uint32(0xFFFF)).astype(np.uint16)
        out[start : start + len(rows)][np.diff(offsets.astype(np.int64)) == 0] = EMPTY
    return out


def trigrams(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the character trigrams of all texts as 63-bit numbers, and where each text's begin and end."""
    cut = [text[:LENGTH] for text in texts]
    sizes = np.fromiter(map(len, cut), np.int64, len(cut))
    codes = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    counts = np.maximum(sizes - 2, 0)
    offsets = np.r_[0, np.cumsum(counts)]
    if len(codes) < 3:
        return np.empty(0, np.uint64), offsets.astype(np.uint64)
    every = codes[:-2] << np.uint64(42) | codes[1:-1] << np.uint64(21) | codes[2:]
    room = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(codes))
    return every[room[:-2] >= 3], offsets.astype(np.uint64)
