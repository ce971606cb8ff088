"""Measure the reply check on real replies: matched against mismatched pairs, edits, flags a kind.

The weights of hotline_nlp.insight.reply_match are fitted here on one half and measured on the other, which
the learned meanings have not seen either.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.insight import check_reply
from hotline_nlp.insight.meaning import encode
from hotline_nlp.insight.replies import FOREIGN, LEAST
from hotline_nlp.insight.reply_match import NAMES, WEIGHTS, measures
from hotline_nlp.insight.reply_rules import contradictions
from hotline_nlp.insight.reply_text import han, substance
from hotline_nlp.normalise import normalise_many
from training import data
from training.meaning import held_out

from . import machine

Array = NDArray[Any]
CHECKED = 600
"""Replies of the test half that the whole check runs over."""


def run(seed: int = 0) -> dict[str, Any]:
    """Measure and write results/insight_replies.json: figures alone, no text."""
    rows = data.read("replies_hunan.csv")
    requests, replies = [data.request(row) for row in rows], [row["reply"] for row in rows]
    test = np.array([held_out(row["id"]) for row in rows])
    rng = np.random.default_rng(seed)
    vectors = encode(normalise_many(requests))
    says = np.array(
        [sum(han(p.text) for p in substance(b, a)) >= LEAST for a, b in zip(requests, replies, strict=True)]
    )
    matched = measures(requests, replies)
    far = _other(test, rng)
    near = _nearest(vectors, test)
    wrong = {
        name: measures(requests, [replies[j] for j in pick])
        for name, pick in (("random", far), ("nearest", near))
    }
    fitted = _fit(matched, wrong["random"], says, says[far], ~test)
    result = {
        "benchmark": "insight_replies",
        **machine.context(("replies_hunan.csv",)),
        "pairs": {"all": len(rows), "test": int(test.sum()), "test_with_content": int((test & says).sum())},
        "fitted": fitted,
        "match": {
            name: {
                "all": _figures(matched[test], wrong[name][test]),
                "with_content": _figures(matched[test & says], wrong[name][test & says[pick]]),
            }
            for name, pick in (("random", far), ("nearest", near))
        },
        "flags": _flags(requests, replies, np.flatnonzero(test), rng),
        "contradictions": _edited([replies[i] for i in np.flatnonzero(test & says)]),
    }
    machine.write("insight_replies", result)
    return result


def _other(test: Array, rng: np.random.Generator) -> Array:
    """Return for each request another one's row, of the same half."""
    out = np.empty(len(test), np.int64)
    for half in (False, True):
        order = rng.permutation(np.flatnonzero(test == half))
        out[order] = np.roll(order, 1)
    return out


def _nearest(vectors: Array, test: Array) -> Array:
    """Return for each request the row of the request nearest in meaning, of the same half: the hardest."""
    close = vectors @ vectors.T
    close[test[:, None] != test[None, :]] = -2
    np.fill_diagonal(close, -2)
    close[close > 0.98] = -2  # the same request posted twice
    return np.asarray(close.argmax(axis=1))


def _fit(right: Array, wrong: Array, a: Array, b: Array, half: Array) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression

    x = np.r_[right[half & a], wrong[half & b]]
    y = np.r_[np.ones((half & a).sum()), np.zeros((half & b).sum())]
    model = LogisticRegression(C=100).fit(x, y)
    named = dict(zip(NAMES, model.coef_[0].round(3).tolist(), strict=True))
    return {"bias": round(float(model.intercept_[0]), 3), **named}


def _score(measured: Array) -> Array:
    weights = np.array([WEIGHTS[name] for name in NAMES])
    return np.asarray(1 / (1 + np.exp(-(WEIGHTS["bias"] + measured @ weights))))


def _figures(right: Array, wrong: Array) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    p, q = _score(right), _score(wrong)
    a, b = float((p < FOREIGN).mean()), float((q < FOREIGN).mean())
    truth = np.r_[np.ones(len(p)), np.zeros(len(q))]
    return {
        "auc": round(float(roc_auc_score(truth, np.r_[p, q])), 4),
        "flagged_of_matched": round(a, 4),
        "flagged_of_mismatched": round(b, 4),
        "precision_one_to_one": round(b / max(a + b, 1e-9), 4),
    }


def _flags(requests: list[str], replies: list[str], rows: Array, rng: np.random.Generator) -> dict[str, Any]:
    """Return in how many replies of the test half each kind is found."""
    picked = rng.choice(rows, min(CHECKED, len(rows)), replace=False)
    counts: Counter[str] = Counter()
    for i in picked.tolist():
        counts.update({f.kind for f in check_reply(requests[i], replies[i]).findings})
    return {"replies": len(picked), **dict(sorted(counts.items()))}


_EDITS = (
    (re.compile(r"不属实"), "属实"),
    (re.compile(r"(?<!不)属实"), "不属实"),
    (re.compile(r"(?<=[^\d])(\d{1,2})月(\d{1,2})日前"), "12月30日前"),
    (re.compile(r"已(?:经)?(?=完成|修复|拆除|恢复|整改|清理)"), "尚未"),
)


def _edited(replies: list[str]) -> dict[str, Any]:
    """Return how often one reversed fact is found, and how often two replies to different requests clash."""
    tried = found = 0
    for reply in replies:
        for pattern, instead in _EDITS:
            hit = pattern.search(reply)
            edited = reply[: hit.start()] + instead + reply[hit.end() :] if hit else reply
            if hit and edited != reply:
                # 已 now and 尚未 before is progress, so the reversal stands in the later reply.
                tried += 1
                found += bool(contradictions(edited, reply))
                break
    pairs = list(pairwise(replies))
    return {
        "edited": tried,
        "found": found,
        "recall": round(found / max(tried, 1), 4),
        "same_reply_flagged": sum(bool(contradictions(r, r)) for r in replies[:300]),
        "other_orders": len(pairs[:300]),
        "other_orders_flagged": sum(bool(contradictions(a, b)) for a, b in pairs[:300]),
    }


if __name__ == "__main__":
    print(run())
