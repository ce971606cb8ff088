"""Parts of training texts that a teacher labels: which clause of a text makes it a complaint, say.

A linear model shares a text's label among all of its n-grams; an encoder's answers on parts tell them apart.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import compress

from . import data, recipe

EACH, SHARES = 2, (0.25, 0.7)
"""Parts of each text, and the least and the largest share of its clauses in one."""
SHORTEST = 8
"""Characters of the shortest clause and part."""
_CLAUSE = re.compile(r"(?<=[，。；！？,;!? ])")


def clauses(text: str) -> list[str]:
    """Cut a text behind its punctuation; a short clause takes the next one in."""
    out: list[str] = []
    for clause in _CLAUSE.split(text):
        if out and len(out[-1]) < SHORTEST:
            out[-1] += clause
        elif clause:
            out.append(clause)
    return out


def parts(texts: Sequence[str], seed: int = 0) -> list[tuple[int, str]]:
    """Return runs of clauses drawn from each text of three clauses or more, with the text's number."""
    rng, out = random.Random(seed), []
    for number, text in enumerate(texts):
        found = clauses(text[: recipe.SPEC.length])
        if len(found) < 3:
            continue
        for _ in range(EACH):
            size = max(1, round(len(found) * rng.uniform(*SHARES)))
            start = rng.randrange(len(found) - size + 1)
            part = "".join(found[start : start + size]).strip("，,。；; ")
            if len(part) >= SHORTEST:
                out.append((number, part))
    return out


def drawn_from() -> list[str]:
    """Return the texts that parts are drawn from: gold train, then the pool's that open like no test text."""
    keep = data.unlike_tests(data.read("unlabelled.csv"))
    return [*data.gold("train").texts, *compress(data.pool_texts(), keep)]
