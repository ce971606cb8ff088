"""Tell which tickets are about the same matter: the same place, the same topic, and wording that agrees.

Candidates are neighbours in time that share a place and the topic: a bounded number a ticket, so that the
work grows linearly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..learn.duplicates import components
from .meaning import Vectors, cosine
from .place_table import PlaceTable
from .sketch import chained

WINDOW, ROUNDS = 6, 12
"""Neighbours looked at under a place and topic, and how often what fits no centre is looked at again."""
SURE = 0.6
"""Probability from which on two tickets are one matter."""
# A logistic regression on composed matters and on read pairs of real tickets, half of each: see
# benchmarks/insight_repeats.py, which measures on the other halves. No data told what a caller weighs.
WEIGHTS = {"bias": -8.87, "place": 7.00, "meaning": 2.41, "topic": 3.26, "caller": 1.0}
Pairs = NDArray[np.int64]
Floats = NDArray[np.float64]


def candidates(places: PlaceTable, topics: Sequence[str], dates: Floats) -> Pairs:
    """Return pairs of neighbours in time of the same place and topic, shape (pairs, 2), each pair once."""
    when = np.argsort(dates, kind="stable")  # NaN last
    rank = np.empty(len(when), np.int64)
    rank[when] = np.arange(len(when))
    used = np.flatnonzero(places.often[places.ids] > 1)
    used = used[np.argsort(rank[places.rows[used]], kind="stable")]
    rows, keys = places.rows[used], places.ids[used]
    keys = keys * (len(set(topics)) + 1) + _coded(topics)[rows]
    return chained(keys, rows, WINDOW)


def features(
    pairs: Pairs, places: PlaceTable, topics: Sequence[str], callers: Sequence[str], vectors: Vectors
) -> dict[str, Floats]:
    """Return what speaks for each pair being one matter, each of shape (pairs,).

    place: how much of the places that either names both name, by rarity (weighted Jaccard), times the rarity
    of the rarest of them, 0 to 1; meaning: cosine of the learned vectors, places left out; topic: 1 where
    known and the same, -1 where known and different, else 0; caller: 1 where known and the same, else 0.
    """
    return {
        "place": places.shared(pairs),
        "meaning": cosine(vectors, pairs),
        "topic": _agree(pairs, topics),
        "caller": np.maximum(_agree(pairs, callers), 0),
    }


def same_matter(found: dict[str, Floats]) -> Floats:
    """Return the probability that each pair is one matter, shape (pairs,)."""
    score = WEIGHTS["bias"] + sum(WEIGHTS[name] * values for name, values in found.items())
    return np.asarray(1 / (1 + np.exp(-score)), np.float64)


def _agree(pairs: Pairs, values: Sequence[str]) -> Floats:
    coded = _coded(values)
    a, b = coded[pairs[:, 0]], coded[pairs[:, 1]]
    return np.where((a == 0) | (b == 0), 0.0, np.where(a == b, 1.0, -1.0))


def _coded(values: Sequence[str]) -> NDArray[np.int64]:
    """Return a number for each value, 0 for ""."""
    number: dict[str, int] = {"": 0}
    return np.fromiter((number.setdefault(v, len(number)) for v in values), np.int64, len(values))


def stars(count: int, pairs: Pairs, score: Callable[[Pairs], Floats]) -> Pairs:
    """Return pairs (centre, member) of groups in which every member is one matter with the centre.

    Joined pairs chain: a is b and b is c, yet a is not c. So of each connected component the row with
    the most pairs is the centre, the rows that match it are its group, and what is left is looked at
    again (star clustering; Aslam, Pelekhov and Rus 2004, "The star clustering algorithm for static and
    dynamic information organization"). The work stays linear: a member is scored against a few centres.
    """
    out = [np.empty((0, 2), np.int64)]
    for _ in range(ROUNDS):
        if not len(pairs):
            break
        group = components(count, pairs)
        degree = np.bincount(pairs.ravel(), minlength=count)
        order = np.lexsort((np.arange(count), -degree, group))
        first = np.r_[True, np.diff(group[order]) != 0]
        centre = np.empty(count, np.int64)
        centre[group[order][first]] = order[first]
        members = np.flatnonzero(degree > 0)
        star = np.stack([centre[group[members]], members], axis=1)
        star = star[star[:, 0] != star[:, 1]]
        kept = star[score(np.sort(star, axis=1)) >= SURE]
        done = np.zeros(count, bool)
        done[kept.ravel()] = True
        done[centre[group[members]]] = True
        out.append(kept)
        pairs = pairs[~done[pairs].any(axis=1)]
    return np.concatenate(out)
