"""Know again the rows that a model was fitted to, so that nothing is measured or calibrated on them.

A model folder keeps 24 bits of a hash of each of its texts, and of those of the model that it started from:
enough to know a text when it is shown again (of others one in 1,600 passes for known after 10,000 rows), too
little to read a text out of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BYTES = 3
Marks = NDArray[np.uint32]


def marks(texts: Sequence[str]) -> Marks:
    """Return the mark of each normalised text, shape (texts,)."""
    found = (hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_BYTES) for text in texts)
    return np.fromiter((int.from_bytes(one.digest(), "big") for one in found), np.uint32, len(texts))


def joined(texts: Sequence[str], before: Marks | None) -> Marks:
    """Return the marks of texts and those before them, sorted, each once."""
    own = np.unique(marks(texts))
    return own if before is None else np.union1d(own, before)


def known_rows(
    texts: Sequence[str], before: Marks | None, groups: NDArray[np.int64] | None = None
) -> NDArray[np.bool_]:
    """Say which texts are known by their marks, shape (texts,), and which stand in a group with one."""
    if before is None:
        return np.zeros(len(texts), bool)
    found = np.isin(marks(texts), before)
    return found if groups is None else np.isin(groups, groups[found])
