"""Group texts that are nearly the same, so that copies neither leak into a test nor carry two labels.

MinHash (Broder 1997) over character n-grams by the library rensa, candidates by locality-sensitive hashing.
Without rensa, texts with the same first characters are grouped: it finds copies, not rewordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PERMUTATIONS, _BANDS, _SEED = 128, 32, 1
_ORDER, _PREFIX = 3, 40


def near_duplicates(
    texts: Sequence[str], *, threshold: float = 0.7, length: int = 400, approximate: bool | None = None
) -> NDArray[np.int64]:
    """Return a group number for each normalised text, shape (texts,); a text with no double has its own.

    threshold: the estimated Jaccard similarity of two texts' character trigrams (of their first `length`
    characters) from which on they are the same; approximate: True for MinHash, False for equal prefixes,
    None for MinHash where rensa is installed. Groups are numbered in order of their first text.
    """
    if approximate is None:
        approximate = find_spec("rensa") is not None
    pairs = _similar(texts, threshold, length) if approximate else _same_start(texts)
    return components(len(texts), np.array(pairs, np.int64).reshape(-1, 2))


def grams(text: str, order: int = _ORDER) -> list[str]:
    """Return the character n-grams of a text; a shorter text is one gram of its own."""
    return [text[i : i + order] for i in range(len(text) - order + 1)] or [text]


def _similar(texts: Sequence[str], threshold: float, length: int) -> list[tuple[int, int]]:
    from .._require import require

    rensa: Any = require("rensa", "train")
    hashes = rensa.RMinHash.from_token_sets([grams(text[:length]) for text in texts], _PERMUTATIONS, _SEED)
    index = rensa.RMinHashLSH(threshold, _PERMUTATIONS, _BANDS)
    pairs = []
    for row, made in enumerate(hashes):
        # Earlier texts alone are in the index, so each pair comes up once.
        near = [other for other in sorted(index.query(made)) if made.jaccard(hashes[other]) >= threshold]
        pairs += [(other, row) for other in near[:8]]
        index.insert(row, made)
    return pairs


def _same_start(texts: Sequence[str]) -> list[tuple[int, int]]:
    first: dict[str, int] = {}
    return [(first.setdefault("".join(text.split())[:_PREFIX], row), row) for row, text in enumerate(texts)]


def components(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the group number of each of `count` rows joined by pairs, numbered in order of first rows."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if count == 0:
        return np.empty(0, np.int64)
    graph = coo_matrix((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, group = connected_components(graph, directed=False)
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse])
