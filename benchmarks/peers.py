"""The peers: what is commonly tried first on such texts, each fitted on the same training part.

A system takes a corpus and a seed and returns its scores a head and its size in bytes.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .corpora import Corpus, load, words
from .metrics import Scores

Outcome = tuple[dict[str, Scores], int]
System = Callable[[Corpus, int], Outcome]


def majority(corpus: Corpus, seed: int) -> Outcome:
    """Answer the most frequent label of the training part."""
    out = {}
    for head, values in corpus.train_labels.items():
        labels = corpus.labels(head)
        counts = Counter(values)
        share = np.array([counts[label] / len(values) for label in labels])
        out[head] = Scores(labels, np.tile(share, (len(corpus.test_texts), 1)), True)
    return out, 0


def naive_bayes(corpus: Corpus, seed: int) -> Outcome:
    """Count jieba words, multinomial naive Bayes (alpha 0.1)."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    vectorizer = CountVectorizer(analyzer=_as_is, min_df=2)
    train = vectorizer.fit_transform(words(corpus.name, "train"))
    test = vectorizer.transform(words(corpus.name, "test"))
    out, size = {}, 0
    for head, values in corpus.train_labels.items():
        model = MultinomialNB(alpha=0.1).fit(train, values)
        out[head] = Scores(tuple(model.classes_), model.predict_proba(test), True)
        size += model.feature_log_prob_.nbytes
    return out, size


def _as_is(tokens: list[str]) -> list[str]:
    return tokens


def _word_pairs(tokens: list[str]) -> list[str]:
    return tokens + [f"{a} {b}" for a, b in pairwise(tokens)]


@lru_cache(maxsize=2)
def _characters(name: str) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    corpus = load(name)
    made = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32)
    return made.fit_transform(corpus.train_texts), made.transform(corpus.test_texts)


@lru_cache(maxsize=2)
def _words(name: str) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    made = TfidfVectorizer(analyzer=_word_pairs, min_df=2, sublinear_tf=True, dtype=np.float32)
    return made.fit_transform(words(name, "train")), made.transform(words(name, "test"))


def _support_vectors(corpus: Corpus, train: Any, test: Any, balanced: tuple[str, ...]) -> Outcome:
    from sklearn.svm import LinearSVC

    out, size = {}, 0
    for head, values in corpus.train_labels.items():
        weight = "balanced" if head in balanced else None
        model = LinearSVC(C=0.3, class_weight=weight, random_state=0).fit(train, values)
        out[head] = Scores(tuple(model.classes_), np.atleast_2d(model.decision_function(test)), False)
        size += model.coef_.nbytes
    return out, size


def characters_svc(corpus: Corpus, seed: int) -> Outcome:
    """Character 1-3-gram TF-IDF, linear SVC (C 0.3)."""
    return _support_vectors(corpus, *_characters(corpus.name), ())


def words_svc(corpus: Corpus, seed: int) -> Outcome:
    """Character 1-3-gram and jieba word 1-2-gram TF-IDF, linear SVC (C 0.3), types and topics balanced."""
    from scipy.sparse import hstack

    pairs = zip(_characters(corpus.name), _words(corpus.name), strict=True)
    train, test = (hstack(pair, format="csr") for pair in pairs)
    return _support_vectors(corpus, train, test, ("type", "topic"))


def fasttext(corpus: Corpus, seed: int) -> Outcome:
    """FastText (Joulin et al. 2017) on jieba words: word pairs, 50 dimensions, 12 epochs, one thread."""
    import fasttext as library

    out, size = {}, 0
    for head, values in corpus.train_labels.items():
        labels = corpus.labels(head)
        lines = [
            f"__label__{labels.index(value)} {' '.join(tokens)}\n"
            for value, tokens in zip(values, words(corpus.name, "train"), strict=True)
        ]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "train.txt")
            path.write_text("".join(lines), "utf-8")
            options = {"lr": 0.8, "dim": 50, "epoch": 12, "wordNgrams": 2, "bucket": 200_000, "minCount": 2}
            model = library.train_supervised(str(path), **options, seed=seed, thread=1, verbose=0)
            model.save_model(os.fspath(Path(folder, "model.bin")))
            size += Path(folder, "model.bin").stat().st_size
        found = np.zeros((len(corpus.test_texts), len(labels)))
        for row, tokens in enumerate(words(corpus.name, "test")):
            for label, p in zip(*model.predict(" ".join(tokens) or " ", k=len(labels)), strict=True):
                found[row, int(label.removeprefix("__label__"))] = p
        out[head] = Scores(labels, found / np.maximum(found.sum(axis=1, keepdims=True), 1e-12), True)
    return out, size
