"""Cut texts into the words of a lexicon, longest first, many texts in one vectorised pass.

Forward maximum matching (Chen and Liu 1992, doi:10.3115/992066.992085) over a lexicon that is kept as a
Bloom filter (Bloom 1970, doi:10.1145/362686.362692): 1 MB for the words of jieba's dictionary. One lookup in
about a thousand of a string that is no word says that it is one; it says so every time, so training and
scoring agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
_BYTE, _BIT = np.uint32(3), np.uint32(7)


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
        a, b, c = [self.bits[at >> _BYTE] >> (at & _BIT).astype(np.uint8) for at in self._places(hashes)]
        return np.asarray(a & b & c & np.uint8(1), np.bool_)


def words(
    joined: Joined, lexicon: Lexicon, states: Sequence[Hashes] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], Hashes]:
    """Return the words' places in `joined`, their sizes, and their hashes.

    `states` are those of the windows of 1 to LONGEST characters, where the caller has them.
    """
    if states is None:
        states = [state for _, state in windows(joined.codes, LONGEST)]
    sizes = np.ones(len(joined.codes), np.int64)
    hashes = np.zeros(len(joined.codes), np.uint32)
    stem = _STEM - 1
    long = [n for n in range(_STEM + 1, LONGEST + 1) if n <= len(states)]
    stems = np.flatnonzero(lexicon.holds(finish(states[stem], PREFIX + _STEM))) if long else ()
    for ns, among in (([n for n in range(2, _STEM + 1) if n <= len(states)], None), (long, stems)):
        at, found, size = _candidates(joined, states, ns, among)
        hit = np.flatnonzero(lexicon.holds(found))
        sizes[at[hit]], hashes[at[hit]] = size[hit], found[hit]  # the longest comes last, and stays
    chosen = np.array(_walk(sizes.tolist()), np.int64)
    return chosen, sizes[chosen], hashes[chosen]


def _candidates(
    joined: Joined, states: Sequence[Hashes], sizes: Sequence[int], among: Any
) -> tuple[NDArray[np.int64], Hashes, NDArray[np.int64]]:
    """Return the place, hash and size of every window of these sizes that its text has room for."""
    places, hashes = [np.empty(0, np.int64)], [np.empty(0, np.uint32)]
    for n in sizes:
        room = joined.room if among is None else joined.room[among]
        at = np.flatnonzero(room >= n)  # as many as are left of a text are left of all texts
        at = at if among is None else among[at]
        places.append(at)
        hashes.append(finish(states[n - 1][at], WORD + n))
    counts = [len(at) for at in places[1:]]
    return np.concatenate(places), np.concatenate(hashes), np.repeat(np.array(sizes, np.int64), counts)


def _walk(sizes: list[int]) -> list[int]:
    """Return where words stand, longest first from the start; none goes beyond the end of its text."""
    found, at, total = [], 0, len(sizes)
    while at < total:
        size = sizes[at]
        if size > 1:
            found.append(at)
        at += size
    return found


@lru_cache(maxsize=1)
def general_lexicon() -> Lexicon:
    """Return the lexicon that comes with the library: the words of jieba's dictionary (MIT licence)."""
    from safetensors.numpy import load_file

    tensors: dict[str, Any] = load_file(corpora_root() / "text" / "lexicon.safetensors")
    return Lexicon(tensors["bits"])
