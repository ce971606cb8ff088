"""Name a theme by the words that it uses more than the rest of its month does, cut by jieba.

Log-odds with an informative prior (Monroe, Colaresi and Quinn 2008, "Fightin' words"), in standard errors.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from .lexicon import tokenizer

MOST, PRIOR, SAMPLE = 6, 500.0, 2000
_WORD = re.compile(r"[\u4e00-\u9fff]{2,8}|[A-Za-z][A-Za-z\-]{1,15}")


def keywords(texts: Sequence[str], month: Sequence[str], *, most: int = MOST) -> tuple[str, ...]:
    """Return the most telling words of some normalised texts against their month's, at most `most`."""
    inside = _counts(texts[:SAMPLE])
    rest = _counts(month[:: max(len(month) // SAMPLE, 1)])
    total, others = sum(inside.values()), sum(rest.values())
    scored = []
    for word, n in inside.items():
        if n < max(2, len(texts) // 20):
            continue
        prior = PRIOR * (rest[word] + 0.1) / (others + 1)
        odds = np.log((n + prior) / (total + PRIOR - n - prior))
        usual = np.log((rest[word] + prior) / (others + PRIOR - rest[word] - prior))
        scored.append((float((odds - usual) / np.sqrt(1 / (n + prior) + 1 / (rest[word] + prior))), word))
    return tuple(word for _, word in sorted(scored, key=lambda s: (-s[0], s[1]))[:most])


def _counts(texts: Sequence[str]) -> Counter[str]:
    """Return in how many texts each word stands."""
    cut = tokenizer().cut
    return Counter(word for text in texts for word in set(cut(text[:300])) if _WORD.fullmatch(word))
