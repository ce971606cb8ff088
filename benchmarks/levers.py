"""Levers of the linear model that its recipe does without, each tried on gold's labels alone.

The shares below were set once, not tuned on dev. Measured by `python -m benchmarks ablation`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.calibrate import log_softmax
from hotline_nlp.features import featurise, prepared, to_csr, word_rows
from hotline_nlp.learn.linear import FitConfig, HeadData, balanced, fit_heads
from hotline_nlp.learn.softmax import fit, rarity
from hotline_nlp.normalise import normalise_many
from hotline_nlp.taxonomy import load_taxonomy
from training import data, recipe

from .corpora import HEADS

LINK, DOMAIN, PLAIN, SMOOTHING = 0.3, 0.3, 0.25, 1.0
"""Powers of the link of topic and unit and of a topic's domain, the share of n-grams without naive Bayes
weights, and the count that each pair of labels, or n-gram and label, is given."""
Array = NDArray[Any]
Logits = dict[str, Array]


@dataclass(frozen=True)
class Gold:
    """Gold train as rows, with its heads, the rows of dev, and what the fits to them need."""

    rows: Any
    dev: Any
    heads: tuple[HeadData, ...]
    config: FitConfig
    words: Array


@lru_cache(maxsize=1)
def gold() -> Gold:
    """Return gold train, its labels corrected, and dev in the recipe's features."""
    train, dev = data.gold("train"), data.gold("dev")
    spec = prepared(train.texts, recipe.SPEC)
    targets, ones = data.gold_targets(train.rows), np.ones(len(train.texts))
    every = data.as_heads(targets, dict.fromkeys(targets, ones), recipe.L2, recipe.RARE)
    heads = tuple(head for head in every if head.name in HEADS)
    rows, held = (to_csr(featurise(texts, spec), spec) for texts in (train.texts, dev.texts))
    return Gold(rows, held, heads, replace(recipe.CONFIG, spec=spec), word_rows(train.texts, spec))


@lru_cache(maxsize=1)
def plain() -> Logits:
    """Return dev's logits of the recipe's fit to gold alone."""
    g = gold()
    return {h: g.dev @ w + b for h, (w, b) in fit_heads(g.rows, g.heads, g.config, words=g.words).items()}


def title_as_field() -> Logits:
    """Give the n-grams of the title rows of their own beside those of the whole request."""
    from scipy.sparse import hstack

    g = gold()

    def titled(split: str, rows: Any) -> Any:
        titles = normalise_many([row["title"] for row in data.gold(split).rows])
        return hstack([rows, to_csr(featurise(titles, g.config.spec), g.config.spec)]).tocsr()

    both = np.concatenate([g.words, g.words + g.rows.shape[1]])
    found = fit_heads(titled("train", g.rows), g.heads, g.config, words=both)
    dev = titled("dev", g.dev)
    return {h: dev @ w + b for h, (w, b) in found.items()}


def unit_given_topic() -> Logits:
    """Multiply a unit's probability by how often it goes with the topics, by their probabilities."""
    g, logits = gold(), plain()
    targets = {head.name: head.targets for head in g.heads}
    pairs = targets["topic"].T @ targets["unit"]
    alone = np.outer(pairs.sum(axis=1), pairs.sum(axis=0)) / pairs.sum()
    link = ((pairs + SMOOTHING) / (alone + SMOOTHING)) ** LINK
    given = np.log(np.exp(log_softmax(logits["topic"])) @ link)
    return {**logits, "unit": log_softmax(logits["unit"]) + given}


def topic_in_its_domain() -> Logits:
    """Fit the topics' domains too, and multiply a topic's probability by its domain's."""
    g, logits, taxonomy = gold(), plain(), load_taxonomy()
    domains = [d.label for d in taxonomy.domains]
    topic = next(head for head in g.heads if head.name == "topic")
    member = np.zeros((len(topic.labels), len(domains)), np.float32)
    for k, label in enumerate(topic.labels):
        member[k, domains.index(taxonomy.domain_of(label))] = 1
    head = replace(topic, name="domain", labels=tuple(domains), targets=topic.targets @ member)
    w, b = fit_heads(g.rows, [head], g.config, words=g.words)["domain"]
    return {**logits, "topic": log_softmax(logits["topic"]) + DOMAIN * log_softmax(g.dev @ w + b) @ member.T}


def against_all_others(naive_bayes: bool) -> Logits:
    """Fit each label against all others, with naive Bayes weights (Wang and Manning 2012) or without."""
    g = gold()
    idf, lift = rarity(g.rows), np.ones(g.rows.shape[1], np.float32)
    lift[g.words] = g.config.word_weight
    present = g.rows.copy()
    present.data[:] = 1
    out = {}
    for head in g.heads:
        weight = balanced(head, g.config.balance)
        scale = idf ** (g.config.rare if head.rare is None else head.rare) * lift
        counts = present.T @ head.targets
        share = head.targets.mean(axis=0)
        p = (counts + SMOOTHING * share) / (counts.sum(axis=1, keepdims=True) + SMOOTHING)
        ratio = np.abs(np.log(p / share) - np.log((1 - p) / (1 - share)))
        ratio = PLAIN + (1 - PLAIN) * ratio / ratio.mean()
        columns = []
        for k in range(len(head.labels)):
            found = fit(
                g.rows,
                head.targets[:, [k]],
                kind="sigmoid",
                weight=weight,
                l2=g.config.l2 if head.l2 is None else head.l2,
                scale=scale * (ratio[:, k] if naive_bayes else 1),
                max_iterations=g.config.max_iterations,
            )
            columns.append(g.dev @ found.weights + found.bias)
        out[head.name] = np.concatenate(columns, axis=1)
    return out


LEVERS: dict[str, tuple[str, Callable[[], Logits]]] = {
    "title as a field of its own": ("+ label corrections", title_as_field),
    "unit given topic": ("+ label corrections", unit_given_topic),
    "topic within its domain": ("+ label corrections", topic_in_its_domain),
    "each label against all others": ("+ label corrections", lambda: against_all_others(False)),
    "naive Bayes weights": ("each label against all others", lambda: against_all_others(True)),
}
"""Each lever, what it is measured against, and what gives dev's logits."""
