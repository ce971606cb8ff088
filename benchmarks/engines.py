"""The packaged engines on gold, and the linear engine's recipe fitted to another city's tickets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.artefact import Tensors, packaged
from hotline_nlp.classifier import Classifier
from hotline_nlp.engines.base import Engine
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.learn.build import Problem, build
from hotline_nlp.learn.labels import Target
from hotline_nlp.learn.linear import Fitted, HeadData, fit_linear
from hotline_nlp.learn.sgd import SgdConfig
from training import recipe
from training.distil import calibration_fold

from .corpora import HEADS, Corpus
from .metrics import Scores
from .peers import Outcome


def fit(
    texts: list[str], labels: dict[str, list[str]], *, calibrate: bool = True
) -> tuple[LinearEngine, Fitted]:
    """Fit the linear engine by the packaged model's recipe to hard labels alone.

    Without `calibrate` the fit that temperatures and the policy come from is left out: half the time, the
    the same answers, and probabilities that only rank.
    """
    heads = []
    for head, values in labels.items():
        names = tuple(sorted(set(values)))
        number = {name: k for k, name in enumerate(names)}
        targets = np.eye(len(names), dtype=np.float32)[[number[value] for value in values]]
        heads.append(
            HeadData(
                head,
                "softmax",
                names,
                targets,
                np.ones(len(values), np.float32),
                recipe.L2.get(head),
                recipe.RARE.get(head),
            )
        )
    fold = calibration_fold(texts, recipe.CALIBRATION_PARTS) if calibrate else np.full(len(texts), -1)
    fitted = fit_linear(texts, heads, fold, recipe.CONFIG)
    return LinearEngine(fitted.manifest(name="benchmark", version="0"), fitted.tensors), fitted


def trained(texts: list[str], labels: dict[str, list[str]]) -> tuple[LinearEngine, Tensors]:
    """Fit a linear engine to hard labels as `hotline-nlp train` does, from nothing."""
    rows = np.arange(len(texts))
    targets = []
    for head, values in labels.items():
        names, codes = np.unique(values, return_inverse=True)
        targets.append(Target(head, tuple(names.tolist()), codes.astype(np.int32)))
    problem = Problem.pose(texts, tuple(targets), rows, None, SgdConfig(), rows)
    built = build(problem, rows, error_rate=recipe.CONFIG.error_rate, delta=recipe.CONFIG.delta)
    heads = [head.to_dict() for head in built.heads]
    manifest = {"name": "benchmark", "version": "0", "features": problem.spec.to_dict(), "heads": heads}
    return LinearEngine(manifest, built.tensors), built.tensors


def scores(engine: Engine, texts: Sequence[str], heads: Sequence[str] = HEADS) -> dict[str, Scores]:
    """Return an engine's calibrated probabilities of normalised texts."""
    logits = engine.logits(texts)
    return {
        head.name: Scores(head.labels, head.probabilities(logits[head.name]), True)
        for head in engine.heads
        if head.name in heads
    }


def packaged_engine(name: str) -> Engine:
    """Load a packaged engine; raise ModelNotFound or MissingExtra where it can't be had."""
    return Classifier.load(name).engine


def linear(corpus: Corpus, seed: int) -> Outcome:
    """Measure the packaged linear engine; on Haikou what `hotline-nlp train` makes of its training part."""
    if corpus.name == "gold":
        return _packaged("linear", corpus)
    engine, tensors = trained(corpus.train_texts, corpus.train_labels)
    return scores(engine, corpus.test_texts), _bytes(tensors)


def linear_hard(corpus: Corpus, seed: int) -> Outcome:
    """Fit the linear engine's recipe to the corpus' own labels alone, without soft labels of other texts."""
    engine, fitted = fit(corpus.train_texts, corpus.train_labels)
    return scores(engine, corpus.test_texts), _bytes(fitted.tensors)


def cascade(corpus: Corpus, seed: int) -> Outcome:
    """Measure the packaged cascade: the linear engine, and the transformer where that doubts."""
    return _packaged("cascade", corpus)


def ensemble(corpus: Corpus, seed: int) -> Outcome:
    """Measure both packaged engines' mean on every text."""
    return _packaged("ensemble", corpus)


def transformer(corpus: Corpus, seed: int) -> Outcome:
    """Measure the packaged transformer engine."""
    return _packaged("transformer", corpus)


def _packaged(name: str, corpus: Corpus) -> Outcome:
    engine = packaged_engine(name)
    folder = packaged(name)
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) if folder else 0
    return scores(engine, corpus.test_texts), size


def _bytes(tensors: dict[str, NDArray[Any]]) -> int:
    return sum(tensor.nbytes for tensor in tensors.values())
