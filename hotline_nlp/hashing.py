"""Hash every n-gram of many texts at once, in 32-bit integers that wrap round.

A text is a start mark, its first characters and an end mark. The state of a window grows by a character at a
time, so that longer n-grams go on from shorter ones; a salt tells what a finished hash stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

START, END = 2, 3
SEED = np.uint32(0x811C9DC5)
WORD, PREFIX = 0x100, 0x200
"""Salts: an n-gram's is n, a word's WORD + n, that of a longer word's first characters PREFIX + n."""
_STEP = np.uint32(0x9E3779B1)
_MIX = np.uint32(0x85EBCA6B)
Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Joined:
    """Marked texts on end: code points, the text of each, and how many are left of it from there on."""

    codes: Hashes
    owner: NDArray[np.int64]
    room: NDArray[np.int64]
    texts: int


def join(texts: Sequence[str], length: int) -> Joined:
    """Return the marked code points of normalised texts, at most `length` of each one's own."""
    marked = [f"{chr(START)}{text[:length]}{chr(END)}" for text in texts]
    sizes = np.fromiter(map(len, marked), np.int64, len(marked))
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), "<u4")
    owner = np.repeat(np.arange(len(marked)), sizes)
    room = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(codes))
    return Joined(codes, owner, room, len(marked))


def mix(state: Hashes, codes: Hashes) -> Hashes:
    """Fold one more character into each state."""
    state = (state ^ codes) * _STEP
    return np.asarray(state ^ (state >> np.uint32(15)), np.uint32)


def finish(state: Hashes, salt: int) -> Hashes:
    """Return the hash of each state under a salt."""
    state = (state ^ np.uint32(salt)) * _MIX
    return np.asarray(state ^ (state >> np.uint32(13)), np.uint32)


def windows(codes: Hashes, longest: int) -> Iterator[tuple[int, Hashes]]:
    """Yield n and the state of the n characters from every place on, for n = 1 to `longest`."""
    state = np.full(len(codes), SEED, np.uint32)
    for n in range(1, min(longest, len(codes)) + 1):
        state = mix(state[: len(codes) - n + 1], codes[n - 1 :])
        yield n, state
