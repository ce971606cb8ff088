"""Tell whether a reply speaks of the request's matter: a logistic regression on five measures of kinship.

Weights come from benchmarks/insight_replies.py, fitted on one half of real requests and replies, matched and
mismatched, and measured on the other half.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..normalise import normalise_many
from .meaning import encode
from .reply_text import sentences

NAMES = ("meaning", "best", "bigrams", "runs", "names")
WEIGHTS = {
    "bias": -4.045,
    "meaning": 5.53,
    "best": 1.418,
    "bigrams": 43.328,
    "runs": 0.933,
    "names": 1.09,
}
_COMMON = re.compile(
    r"网友|您好|你好|尊敬|领导|问题|反映|情况|回复|答复|感谢|支持|工作|希望|有关|部门|政府|谢谢|[0*a-z\s]"
)
_PIECES = 24


def match(request: str, reply: str) -> float:
    """Return the probability that the reply speaks of the request's matter."""
    measured = measures([request], [reply])[0]
    score = WEIGHTS["bias"] + sum(WEIGHTS[n] * float(x) for n, x in zip(NAMES, measured, strict=True))
    return 1 / (1 + math.exp(-score))


def measures(requests: Sequence[str], replies: Sequence[str]) -> NDArray[np.float64]:
    """Return the five measures of each pair, shape (pairs, 5), in the order of NAMES.

    meaning: cosine of the learned vectors; best: that of the request and the reply's nearest sentence;
    bigrams: shared character bigrams over the root of the product of their numbers; runs: logarithm of
    the shared runs of four characters; names: share of the request's rarest-looking runs (three
    characters ending like a place or unit) that the reply holds.
    """
    left, right = normalise_many(requests), normalise_many(replies)
    vectors = encode(left)
    out = np.zeros((len(left), len(NAMES)))
    whole = encode(right)
    for row, (a, b) in enumerate(zip(left, right, strict=True)):
        parts = [p.text for p in sentences(b)][:_PIECES]
        best = float((encode(parts) @ vectors[row]).max()) if parts else 0.0
        first, second = _grams(a, 2), _grams(b, 2)
        two = len(first & second) / math.sqrt(max(len(first) * len(second), 1))
        runs = math.log1p(len(_grams(a, 4) & _grams(b, 4)))
        out[row] = float(vectors[row] @ whole[row]), best, two, runs, _named(a, b)
    return out


def _grams(text: str, order: int) -> set[str]:
    plain = _COMMON.sub(" ", text[:2000])
    found = (plain[i : i + order] for i in range(len(plain) - order + 1))
    return {gram for gram in found if gram.isalpha()}


_NAME = re.compile(
    r"[\u4e00-\u9fff]{2}(?:路|街|区|县|镇|乡|村|小区|花园|学校|中学|小学|医院|公司|局|苑|城|广场|站|桥)"
)


def _named(request: str, reply: str) -> float:
    names = {m.group() for m in _NAME.finditer(request)}
    return sum(name in reply for name in names) / len(names) if names else 0.5
