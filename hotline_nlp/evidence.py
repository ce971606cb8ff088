"""Turn per-character contributions into a few spans of the caller's own text."""

from __future__ import annotations

import re

import numpy as np

from .engines.base import Floats
from .normalise import Normalised, mask
from .result import Evidence

_CLAUSE = re.compile(r"[^,。!?;:、()\[\]{}<>\"'《》“”… ]{1,12}")


def spans(text: str, normalised: Normalised, shares: Floats, head: str, label: str) -> tuple[Evidence, ...]:
    """Cut the text into clauses of at most 12 characters; return each with what it adds, strongest first.

    The contributions of all spans add up to what the whole text adds to the label's logit.
    """
    masked = mask(text)
    found: list[Evidence] = []
    covered = np.zeros(len(normalised.text), bool)
    for match in _CLAUSE.finditer(normalised.text):
        start, end = normalised.offsets[match.start()], normalised.offsets[match.end() - 1] + 1
        worth = float(shares[match.start() : match.end()].sum(dtype=np.float64))
        covered[match.start() : match.end()] = True
        found.append(Evidence(head, label, start, end, masked[start:end], worth))
    for index in np.flatnonzero(~covered):
        at = normalised.offsets[index]
        found.append(Evidence(head, label, at, at + 1, masked[at : at + 1], float(shares[index])))
    found.sort(key=lambda item: (-abs(item.contribution), item.start))
    return tuple(found)
