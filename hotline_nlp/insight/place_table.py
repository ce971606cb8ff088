"""The places of many tickets as one sparse matrix, so that pairs are compared without a loop."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .places import Places, conflict

_CHUNK = 1 << 15
Pairs = NDArray[np.int64]
Floats = NDArray[np.float64]


class PlaceTable:
    """Which ticket names which places, and how rare each place is among the tickets.

    often: tickets a place is named in; rarity: 0.01 for a place in every ticket, 1.01 for one in a single
    one, both of shape (places,); rarest: the number of each ticket's rarest place, -1 for none.
    """

    def __init__(self, places: Iterable[Places]) -> None:
        """Number the places."""
        from scipy.sparse import csr_matrix

        number: dict[str, int] = {}
        ids, sizes = array("q"), array("q")
        self._numbered: dict[int, Places] = {}
        for row, found in enumerate(places):
            ids.extend(number.setdefault(name, len(number)) for name in found.names)
            sizes.append(len(found.names))
            if found.numbers:
                self._numbered[row] = found
        count = len(sizes)
        self.names = list(number)
        self.ids = np.array(ids, np.int64)
        self.rows = np.repeat(np.arange(count), np.array(sizes, np.int64))
        self.often = np.bincount(self.ids, minlength=len(self.names))
        self.rarity = 1.01 - np.log(np.maximum(self.often, 1)) / np.log(max(count, 2))
        shape = (count, max(len(self.names), 1))
        indptr = np.r_[0, np.cumsum(np.array(sizes, np.int64))]
        self._weights: Any = csr_matrix((self.rarity[self.ids], self.ids, indptr), shape=shape)
        self._mass = np.asarray(self._weights.sum(axis=1)).ravel()
        self._keys = np.sort(self.rows * shape[1] + self.ids)
        self.rarest = np.full(count, -1, np.int64)
        order = np.lexsort((-self.rarity[self.ids], self.rows))[::-1]
        self.rarest[self.rows[order]] = self.ids[order]  # the last that is written is the rarest
        self._with_number = np.isin(np.arange(count), list(self._numbered))

    def shared(self, pairs: Pairs) -> Floats:
        """Return the weighted Jaccard of each pair's places times the rarity of the rarest shared."""
        out = np.zeros(len(pairs))
        for start in range(0, len(pairs), _CHUNK):
            left, right = pairs[start : start + _CHUNK].T
            both = self._weights[left].multiply(self._weights[right]).sqrt().tocsr()
            common = np.asarray(both.sum(axis=1)).ravel()
            best = np.asarray(both.max(axis=1).todense()).ravel()
            every = np.maximum(self._mass[left] + self._mass[right] - common, 1e-9)
            out[start : start + _CHUNK] = best * common / every
        return out

    def apart(self, pairs: Pairs) -> NDArray[np.bool_]:
        """Tell which pairs are about different places, shape (pairs,).

        They name different house numbers in the same street, or neither names the other's rarest place.
        """
        left, right = pairs[:, 0], pairs[:, 1]
        named = (self.rarest[left] >= 0) & (self.rarest[right] >= 0)
        out = named & ~self._names(left, self.rarest[right]) & ~self._names(right, self.rarest[left])
        numbered = np.flatnonzero(self._with_number[left] & self._with_number[right] & ~out)
        for k in numbered.tolist():
            out[k] = conflict(self._numbered[int(left[k])], self._numbered[int(right[k])])
        return np.asarray(out)

    def _names(self, rows: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell whether each row names the place, shape (rows,)."""
        if not len(self._keys):
            return np.zeros(len(rows), bool)
        wanted = rows * self._weights.shape[1] + np.maximum(places, 0)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.asarray((self._keys[at] == wanted) & (places >= 0))

    def named(self, row: int) -> str:
        """Return a ticket's rarest place, "" for none."""
        return self.names[self.rarest[row]] if self.rarest[row] >= 0 else ""
