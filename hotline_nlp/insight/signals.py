"""Three kinds of signs that a month brings something new: words, word pairs, far requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import rates
from .lexicon import Lexicon
from .meaning import encode

LEAST, RATIO, WINDOW = 6, 2.0, 4
"""Callers that a sign needs, how many times the expected count, how far a pair's words stand apart."""
FAR, NEAR, SEEDS, REACH = 0.01, 0.72, 400, 20_000
"""Share of the past that counts as far from all topics; cosine within which far requests are of one kind; far
requests looked at; past requests looked at."""
WORD, PAIR, STRANGE = "上升", "新组合", "新事项"
Ints = NDArray[np.int64]
BLOCK = 1 << 20


@dataclass(frozen=True)
class Month:
    """A month's normalised texts, who each is from (numbers; one person has one), and their vectors.

    words, whose: every word's number in order, and the text that it stands in.
    """

    texts: Sequence[str]
    owners: Ints
    words: Ints
    whose: Ints
    vectors: NDArray[np.float32]

    @property
    def size(self) -> int:
        """Return how many people wrote."""
        return len(np.unique(self.owners))


@dataclass(frozen=True)
class Sign:
    """Something that came up more often than the past explains: its tickets (row numbers) and its test."""

    kind: str
    rows: Ints
    count: int
    expected: float
    p: float
    q: float


def read_month(texts: Sequence[str], owners: Ints, lexicon: Lexicon) -> Month:
    """Cut a month's texts into words and place them in the space of meanings."""
    words, whose = lexicon.read(texts)
    return Month(texts, owners, words, whose, encode(texts))


def signs(now: Month, past: Sequence[Month], seasons: Sequence[int], level: float) -> list[Sign]:
    """Return what rose, the surest first: at `level`, the chance that any of them is due to chance alone."""
    sizes = np.array([month.size for month in past], np.float64)
    found = [_words(now, past), _pairs(now, past), _strange(now, past)]
    kinds = np.repeat([WORD, PAIR, STRANGE], [len(part[0]) for part in found])
    counts = np.concatenate([part[0] for part in found])
    before = np.concatenate([part[1].reshape(-1, len(past)) for part in found])
    rows = [r for part in found for r in part[2]]
    if not len(counts):
        return []
    expected, p = rates.rise(counts, now.size, before, sizes, seasons)
    q = rates.holm(p)
    sure = np.flatnonzero((q <= level) & (counts >= RATIO * expected))
    order = sure[np.lexsort((-(counts / np.maximum(expected, 0.5))[sure], p[sure]))]
    return [
        Sign(str(kinds[i]), rows[i](), int(counts[i]), float(expected[i]), float(p[i]), float(q[i]))
        for i in order.tolist()
    ]


Found = tuple[rates.Floats, rates.Floats, list["Rows"]]


class Rows:
    """Rows of some items, looked up when asked for."""

    def __init__(self, keys: Ints, whose: Ints, key: int) -> None:
        """Remember where to look."""
        self._keys, self._whose, self._key = keys, whose, key

    def __call__(self) -> Ints:
        """Return the rows that hold the item."""
        return np.unique(self._whose[self._keys == self._key])


def _words(now: Month, past: Sequence[Month]) -> Found:
    known = int(max((int(m.words.max(initial=-1)) for m in (now, *past)), default=-1)) + 1
    counts = rates.counts(now.words, now.owners[now.whose], known)
    kept = np.flatnonzero(counts >= LEAST)
    before = [rates.counts(m.words, m.owners[m.whose], known)[kept] for m in past]
    return counts[kept], np.stack(before, axis=1), [Rows(now.words, now.whose, int(k)) for k in kept]


def _pairs(now: Month, past: Sequence[Month]) -> Found:
    """Count pairs of words a few words apart, those of this month's that are frequent enough."""
    keys, whose = _joined(now)
    ordered = np.sort(keys)
    often = np.unique(ordered[: 1 - LEAST][ordered[LEAST - 1 :] == ordered[: 1 - LEAST]])
    del ordered
    counts = _people(often, keys, whose, now.owners)
    kept = counts >= LEAST
    wanted = often[kept]
    before = [_people(wanted, *_joined(month), month.owners) for month in past]
    return counts[kept], np.stack(before, axis=1), [Rows(keys, whose, int(k)) for k in wanted]


def _people(wanted: Ints, keys: Ints, whose: Ints, owners: Ints) -> rates.Floats:
    """Return by how many owners each wanted pair (sorted) is named, a block of pairs at a time."""
    if not len(wanted):
        return np.zeros(0)
    pairs, people = [], []
    for start in range(0, len(keys), BLOCK):
        part = keys[start : start + BLOCK]
        at = np.minimum(np.searchsorted(wanted, part), len(wanted) - 1)
        inside = wanted[at] == part
        pairs.append(at[inside])
        people.append(owners[whose[start : start + BLOCK][inside]])
    return rates.counts(np.concatenate(pairs), np.concatenate(people), len(wanted))


def _joined(month: Month) -> tuple[Ints, Ints]:
    """Return each pair of words that stand within the window, as one number, and its text."""
    keys, whose = [], []
    for gap in range(1, WINDOW + 1):
        a, b = month.words[:-gap], month.words[gap:]
        same = (month.whose[:-gap] == month.whose[gap:]) & (a != b)
        low, high = np.minimum(a, b)[same], np.maximum(a, b)[same]
        keys.append(low << 32 | high)
        whose.append(month.whose[:-gap][same])
    return np.concatenate(keys), np.concatenate(whose)


def _strange(now: Month, past: Sequence[Month]) -> Found:
    """Count requests around each request that is farther from all that the past held than 1% of the past is.

    The past's even rows, clustered, are what is known; its odd rows say how far is far.
    """
    sample = [m.vectors[:: max(len(m.vectors) * len(past) // REACH, 1)] for m in past]
    known = centres(np.concatenate([s[::2] for s in sample]))
    usual = np.concatenate([s[1::2] for s in sample])
    limit = float(np.quantile(nearest(usual, known), FAR)) if len(usual) else -1.0
    near = nearest(now.vectors, known)
    far = np.flatnonzero(near < limit)[:SEEDS]
    counts, before, rows = [], [], []
    for seed in _leaders(now.vectors[far]):
        centre = now.vectors[far[seed]]
        around = np.flatnonzero(now.vectors @ centre >= NEAR)
        count = len(np.unique(now.owners[around]))
        if count >= LEAST:
            counts.append(count)
            before.append([len(np.unique(m.owners[m.vectors @ centre >= NEAR])) for m in past])
            rows.append(_fixed(around))
    return np.array(counts, float), np.array(before, float).reshape(-1, len(past)), rows


def _fixed(rows: Ints) -> Rows:
    return Rows(np.zeros(len(rows), np.int64), rows, 0)


def _leaders(vectors: NDArray[np.float32]) -> list[int]:
    """Return rows of which none lies near another."""
    chosen: list[int] = []
    for row in range(len(vectors)):
        if not chosen or float((vectors[chosen] @ vectors[row]).max()) < NEAR:
            chosen.append(row)
    return chosen


def centres(vectors: NDArray[np.float32], count: int = 256, seed: int = 0) -> NDArray[np.float32]:
    """Return the centres of what is known: mini-batch k-means of unit vectors, each made length 1."""
    from sklearn.cluster import MiniBatchKMeans

    if len(vectors) <= count:
        return vectors
    fitted = MiniBatchKMeans(count, random_state=seed, n_init=1, batch_size=2048, max_iter=20).fit(vectors)
    found = np.asarray(fitted.cluster_centers_, np.float32)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6), np.float32)


def nearest(vectors: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each vector's highest cosine with anything known, shape (rows,)."""
    if not len(known):
        return np.zeros(len(vectors), np.float32)
    parts = np.array_split(vectors, max(len(vectors) // 8192, 1))
    return np.concatenate([(part @ known.T).max(axis=1) for part in parts])
