"""Tell which tickets are about the same matter: the same place, the same topic, and wording that agrees.

Candidates are neighbours in time that name the same place, and under a place named often, of the same topic
too: a bounded number a ticket, so that the work grows linearly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .meaning import Vectors, cosine
from .places import Places, conflict, frequencies
from .sketch import chained, components

WINDOW, OFTEN, ROUNDS = 4, 30, 12
"""Neighbours looked at under a place, the tickets from which on its topics are looked at
apart too, and how often what fits no centre is looked at again."""
SURE = 0.6
"""Probability from which on two tickets are one matter."""
# A logistic regression on composed matters and on read pairs of real tickets, half of each: see
# benchmarks/insight_repeats.py, which measures on the other halves. No data told what a caller weighs.
WEIGHTS = {"bias": -8.13, "place": 7.18, "meaning": 3.20, "topic": 2.10, "caller": 1.0}
Pairs = NDArray[np.int64]
Floats = NDArray[np.float64]


def candidates(places: Sequence[Places], topics: Sequence[str], dates: Floats) -> Pairs:
    """Return pairs of tickets that name the same place, shape (pairs, 2), each pair once."""
    often = frequencies(places)
    order = np.argsort(dates, kind="stable")  # NaN last
    number: dict[Any, int] = {}
    keys: list[int] = []
    rows: list[int] = []
    for row in order.tolist():
        for name in places[row].names:
            if often[name] < 2:
                continue
            given: list[Any] = [name]
            if often[name] > OFTEN and topics[row]:
                given.append((name, topics[row]))
            for key in given:
                keys.append(number.setdefault(key, len(number)))
                rows.append(row)
    return chained(np.array(keys, np.int64), np.array(rows, np.int64), WINDOW)


def features(
    pairs: Pairs,
    places: Sequence[Places],
    topics: Sequence[str],
    callers: Sequence[str],
    vectors: Vectors,
) -> dict[str, Floats]:
    """Return what speaks for each pair being one matter, each of shape (pairs,).

    place: how much of the places that either names both name, by rarity (weighted Jaccard), times the
    rarity of the rarest of them, 0 to 1; meaning: cosine of the learned vectors, places left out; topic:
    1 where known and the same, -1 where known and different, else 0; caller: 1 where known and the same,
    else 0.
    """
    often = frequencies(places)
    total = float(np.log(max(len(places), 2)))
    rarity = {name: 1.01 - float(np.log(count)) / total for name, count in often.items()}
    mass = [sum(rarity[name] for name in found.names) for found in places]
    shared = np.zeros(len(pairs))
    for k, (a, b) in enumerate(pairs.tolist()):
        both = sum(rarity[name] for name in places[a].names if name in places[b].names)
        if both:
            best = max(rarity[name] for name in places[a].names if name in places[b].names)
            shared[k] = best * both / (mass[a] + mass[b] - both)
    return {
        "place": shared,
        "meaning": cosine(vectors, pairs),
        "topic": _agree(pairs, topics),
        "caller": np.maximum(_agree(pairs, callers), 0),
    }


def same_matter(found: dict[str, Floats]) -> Floats:
    """Return the probability that each pair is one matter, shape (pairs,)."""
    score = WEIGHTS["bias"] + sum(WEIGHTS[name] * values for name, values in found.items())
    return np.asarray(1 / (1 + np.exp(-score)), np.float64)


def contradicted(pairs: Pairs, places: Sequence[Places]) -> NDArray[np.bool_]:
    """Tell which pairs are about different places, shape (pairs,).

    They name different house numbers in the same street, or neither names the rarest place of the other.
    """
    often = frequencies(places)
    rarest = [min(found.names, key=often.__getitem__, default="") for found in places]
    out = np.zeros(len(pairs), bool)
    for k, (a, b) in enumerate(pairs.tolist()):
        first, second = places[a], places[b]
        if first.names and second.names:
            apart = rarest[a] not in second.names and rarest[b] not in first.names
            out[k] = apart or conflict(first, second)
    return out


def _agree(pairs: Pairs, values: Sequence[str]) -> Floats:
    number: dict[str, int] = {"": 0}
    coded = np.fromiter((number.setdefault(v, len(number)) for v in values), np.int64, len(values))
    a, b = coded[pairs].T if len(pairs) else (np.empty(0, int), np.empty(0, int))
    return np.where((a == 0) | (b == 0), 0.0, np.where(a == b, 1.0, -1.0))


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
