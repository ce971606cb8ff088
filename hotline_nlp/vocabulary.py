"""Which n-grams a model knows: an open-addressed table of their hashes, and never the n-grams themselves.

An entry is the hash's upper 12 bits over a row number; an n-gram that training never saw is found to be
unknown, save once in some thousands, and adds no noise, as it would in plain feature hashing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .hashing import Hashes

PROBES = 8
"""A hash stands in one of so many slots on end."""
_OTHERS = np.arange(1, PROBES, dtype=np.uint32)
_TAG = np.uint32(20)
_ROW = np.uint32((1 << 20) - 1)
LIMIT = (1 << 20) - 2
"""The most rows that an entry can number."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Rows of known hashes; `slots` is uint32 of a power of two, 0 where a slot is free."""

    slots: Hashes

    @classmethod
    def build(cls, hashes: Hashes) -> Vocabulary:
        """Number distinct hashes 0, 1, ... as they come; the first ones are the surest to find a slot."""
        if len(hashes) > LIMIT:
            raise ValueError(f"a vocabulary holds at most {LIMIT:,} rows, not {len(hashes):,}")
        size = 1 << max((2 * len(hashes) - 1).bit_length(), 6)
        return cls(_placed(np.zeros(size, np.uint32), hashes, 0))

    def extended(self, hashes: Hashes, rows: int) -> tuple[Vocabulary, int]:
        """Return the vocabulary with unknown hashes numbered from `rows` on, and how many had room."""
        new = hashes[self.rows(hashes) < 0]
        room = min(int(0.8 * len(self.slots)), LIMIT) - int(np.count_nonzero(self.slots))
        new = new[: max(room, 0)]
        return Vocabulary(_placed(self.slots.copy(), new, rows)), len(new)

    def rows(self, hashes: Hashes) -> NDArray[np.int32]:
        """Return the row of each hash, -1 where it is unknown."""
        low = np.uint32(len(self.slots) - 1)
        at, tag = hashes & low, hashes >> _TAG
        entry = self.slots[at]
        differs = entry >> _TAG != tag
        left = np.flatnonzero(differs & (entry != 0))
        entry[differs] = 0
        if len(left):  # the other slots of these few at once
            others = self.slots[(at[left, None] + _OTHERS) & low]
            hit = (others >> _TAG == tag[left, None]) & (others != 0)
            found = (hit | (others == 0)).argmax(axis=1)
            each = np.arange(len(left))
            entry[left] = np.where(hit[each, found], others[each, found], 0)
        rows: NDArray[np.int32] = (entry & _ROW).astype(np.int32) - 1
        return rows


def _placed(slots: Hashes, hashes: Hashes, first_row: int) -> Hashes:
    """Fill free slots with the hashes, row numbers going up; what finds none in PROBES is left out."""
    low = np.uint32(len(slots) - 1)
    waiting = np.arange(len(hashes))
    for probe in range(PROBES):
        at = (hashes[waiting] + np.uint32(probe)) & low
        free = np.flatnonzero(slots[at] == 0)
        _, first = np.unique(at[free], return_index=True)
        chosen = free[first]
        rows = waiting[chosen]
        number = (rows + (first_row + 1)).astype(np.uint32)
        slots[at[chosen]] = (hashes[rows] >> _TAG << _TAG) | number
        waiting = np.delete(waiting, chosen)
    return slots
