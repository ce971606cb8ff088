"""A second teacher: TF-IDF of character 1-3-grams and of jieba words and pairs, linear SVMs, on gold.

python -m training.wide [--out .cache/wide]. It keeps vocabularies and a tokeniser that the packaged model
does without; its errors differ from the encoder's, so that the mean of both teaches better than either.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.calibrate import fit_temperature

from . import data
from .distil import calibration_fold

NEVER = -20.0
"""Logit of a label that the training rows lack."""


def words(text: str) -> list[str]:
    """Return a text's words and pairs of neighbouring words (rjieba, no HMM)."""
    import rjieba

    found = [w for w in rjieba.cut(text, False) if w.strip()]
    return [*found, *(f"{a} {b}" for a, b in pairwise(found))]


def vectorise(train: Sequence[str], others: Sequence[Sequence[str]]) -> list[Any]:
    """Return TF-IDF rows of the training texts and of each other list."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    options: dict[str, Any] = {"min_df": 2, "sublinear_tf": True, "dtype": np.float32}
    both = (
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), **options),
        TfidfVectorizer(analyzer=words, **options),
    )
    parts = [[v.fit_transform(train), *(v.transform(texts) for texts in others)] for v in both]
    return [hstack(list(pair)).tocsr() for pair in zip(*parts, strict=True)]


def scores(
    rows: Any, right: NDArray[Any], others: Sequence[Any], held: NDArray[Any], labels: int
) -> list[Any]:
    """Return logits of the other rows, scaled by the temperature of a fit that left `held` out."""
    from sklearn.svm import LinearSVC

    probe = LinearSVC(C=0.3).fit(rows[~held], right[~held])
    seen = held & np.isin(right, probe.classes_)
    heat = fit_temperature(probe.decision_function(rows[seen]), np.searchsorted(probe.classes_, right[seen]))
    model = LinearSVC(C=0.3).fit(rows, right)
    out = []
    for other in others:
        logits = np.full((other.shape[0], labels), NEVER, np.float32)
        logits[:, model.classes_] = model.decision_function(other) / heat
        out.append(logits)
    return out


def main(argv: list[str] | None = None) -> None:
    """Fit on gold train, score the unlabelled pool and dev into OUT/*.npz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=data.ROOT / ".cache" / "wide")
    options = parser.parse_args(argv)
    gold, dev = data.gold("train"), data.gold("dev")
    train, pool, small = vectorise(gold.texts, [data.pool_texts(), dev.texts])
    held = calibration_fold(gold.texts, 4) == 0
    targets = data.gold_targets(gold.rows)
    found = {
        head: scores(train, targets[head].argmax(axis=1), [pool, small], held, targets[head].shape[1])
        for head in ("type", "topic", "unit")
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for k, name in enumerate(("unlabelled", "dev")):
        np.savez_compressed(options.out / f"{name}.npz", **{head: two[k] for head, two in found.items()})


if __name__ == "__main__":
    main()
