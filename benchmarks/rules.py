"""The rule engine of the PyPI package baisitong2 on the topics that its nine categories name.

It lists keywords for eight categories; a request takes the first whose keyword it holds, else 其他. Only
topics that one category plainly covers are compared; every system's topic is mapped the same way. It has no
types and no units of ours, and 邻里纠纷 has no topic of its own here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module, metadata
from typing import Any

import numpy as np

from .corpora import Corpus
from .metrics import Scores, figures

CATEGORY = {
    "市容环境": "环境卫生",
    "环境保护": "环境卫生",
    "噪音扰民": "噪音扰民",
    "违法建设": "违章建筑",
    "市政设施": "公共设施",
    "物业管理": "物业管理",
    "社会保险": "民生保障",
    "医疗保险": "民生保障",
    "退休服务": "民生保障",
    "就业创业": "民生保障",
    "民政服务": "民生保障",
    "交通管理": "交通安全",
    "停车管理": "交通安全",
}
"""Topic -> the one category that covers it, by the keywords that the package lists for it."""
OTHER = "其他"
_HELP = "install it beside the rest: pip install --no-deps baisitong2==1.0.2 && pip install httpx"


def mapped(scores: Scores) -> Scores:
    """Return scores of the categories: that of its best topic for each, 其他 for all other topics."""
    names = tuple(sorted({CATEGORY.get(label, OTHER) for label in scores.labels}))
    where = [
        [k for k, label in enumerate(scores.labels) if CATEGORY.get(label, OTHER) == name] for name in names
    ]
    if scores.probabilities:
        return Scores(names, np.stack([scores.values[:, k].sum(axis=1) for k in where], axis=1), True)
    return Scores(names, np.stack([scores.values[:, k].max(axis=1) for k in where], axis=1), False)


def comparable(corpus: Corpus) -> list[int]:
    """Return the test rows whose topic a category plainly covers."""
    return [row for row, topic in enumerate(corpus.test_labels["topic"]) if topic in CATEGORY]


def compare(scores: Scores, corpus: Corpus) -> dict[str, float]:
    """Return a system's figures on the comparable rows, its topics mapped to the categories."""
    rows = comparable(corpus)
    kept = mapped(scores)
    truth = [CATEGORY[corpus.test_labels["topic"][row]] for row in rows]
    return {"rows": len(rows), **figures(Scores(kept.labels, kept.values[rows], kept.probabilities), truth)}


def rule_engine(corpus: Corpus, texts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of baisitong2's rule engine, or why it could not be run."""
    try:
        analyzer = import_module("baisitong2.services.analyzer")
    except ImportError as error:
        return {"unavailable": f"baisitong2 can't be imported ({error}): {_HELP}"}
    names, classify = tuple(analyzer.ANALYSIS_CATEGORIES), analyzer.RuleAnalyzer().classify
    rows = comparable(corpus)
    truth = [CATEGORY[corpus.test_labels["topic"][row]] for row in rows]
    hits = [classify(texts[row]) for row in rows]
    values = np.zeros((len(rows), len(names)))
    for row, found in enumerate(hits):
        for rank, name in enumerate(found):
            values[row, names.index(name)] = 1 / (1 + rank)
    found_figures = figures(Scores(names, values, False), truth)
    return {
        "rows": len(rows),
        **found_figures,
        "any_hit": round(float(np.mean([t in found for t, found in zip(truth, hits, strict=True)])), 4),
        "version": metadata.version("baisitong2"),
        "licence": "MIT",
    }
