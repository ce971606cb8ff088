"""Cut texts into the words of a lexicon, longest first, many texts in one vectorised pass.

Forward maximum matching (Chen and Liu 1992, doi:10.3115/992066.992085) over a lexicon that is kept as a
Bloom filter (Bloom 1970, doi:10.1145/362686.362692): 1 MB for the words of jieba's dictionary. One lookup in
about a thousand of a string that is no word says that it is one; it says so every time, so training and
scoring agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .hashing import PREFIX, WORD, Hashes, Joined, finish, windows
from .taxonomy import corpora_root

LONGEST = 6
_STEM = 3
"""Words are of 2 to LONGEST characters; the lexicon holds the first _STEM of longer ones, to stop early."""
_SECOND, _THIRD = np.uint32(0xC2B2AE35), np.uint32(0x27D4EB2F)


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """A set of words; `bits` is its filter, uint8 of a power of two."""

    bits: NDArray[np.uint8]

    @classmethod
    def build(cls, words: Iterable[str], *, size: int = 1 << 20) -> Lexicon:
        """Make a filter of `size` bytes from the words of 2 to 6 characters; the others are left out."""
        filled = cls(np.zeros(size, np.uint8))
        by_size: dict[int, list[str]] = {}
        for word in words:
            by_size.setdefault(len(word), []).append(word)
        for n in range(2, LONGEST + 1):
            found = by_size.get(n, [])
            codes = np.frombuffer("".join(found).encode("utf-32-le"), "<u4").reshape(-1, n)
            states = {k: state[::n] for k, state in windows(codes.ravel(), n)} if found else {}
            if found:
                filled._add(finish(states[n], WORD + n))
            if found and n > _STEM:
                filled._add(finish(states[_STEM], PREFIX + _STEM))
        return filled

    def _add(self, hashes: Hashes) -> None:
        for at in self._places(hashes):
            np.bitwise_or.at(self.bits, at >> 3, np.uint8(1) << (at & 7).astype(np.uint8))

    def _places(self, hashes: Hashes) -> tuple[Hashes, ...]:
        low, shift = np.uint32(len(self.bits) * 8 - 1), np.uint32(7)
        return hashes & low, (hashes * _SECOND >> shift) & low, (hashes * _THIRD >> shift) & low

    def holds(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Return whether each hash is that of a word."""
        set_ = [(self.bits[at >> 3] >> (at & 7).astype(np.uint8)) & 1 for at in self._places(hashes)]
        return np.asarray(set_[0] & set_[1] & set_[2], np.bool_)


def words(joined: Joined, lexicon: Lexicon) -> tuple[NDArray[np.int64], NDArray[np.int64], Hashes]:
    """Return the words' places in `joined`, their sizes, and their hashes."""
    size = np.ones(len(joined.codes), np.int64)
    hashes = np.zeros(len(joined.codes), np.uint32)
    stem = np.zeros(len(joined.codes), np.bool_)
    for n, state in windows(joined.codes, LONGEST):
        inside = joined.room[: len(state)] >= n
        if n == _STEM:
            stem[: len(state)] = lexicon.holds(finish(state, PREFIX + _STEM))
        if n < 2:
            continue
        if n > _STEM:
            inside = inside & stem[: len(state)]
        at = np.flatnonzero(inside)
        found = finish(state[at], WORD + n)
        hit = lexicon.holds(found)
        size[at[hit]], hashes[at[hit]] = n, found[hit]
    chosen = np.flatnonzero(_reached(joined, size) & (size > 1))
    return chosen, size[chosen], hashes[chosen]


def _reached(joined: Joined, size: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the places that a walk from each text's start comes to, by doubling its steps."""
    total = len(size)
    reached = np.zeros(total + 1, np.bool_)
    reached[:total] = np.diff(joined.owner, prepend=-1) != 0
    jump = np.append(np.arange(total) + np.minimum(size, joined.room), total)
    longest = int(joined.room.max(initial=1))
    for _ in range(max(longest - 1, 1).bit_length()):
        reached[jump[reached]] = True
        jump = jump[jump]
    return reached[:total]


@lru_cache(maxsize=1)
def general_lexicon() -> Lexicon:
    """Return the lexicon that comes with the library: the words of jieba's dictionary (MIT licence)."""
    from safetensors.numpy import load_file

    tensors: dict[str, Any] = load_file(corpora_root() / "text" / "lexicon.safetensors")
    return Lexicon(tensors["bits"])
