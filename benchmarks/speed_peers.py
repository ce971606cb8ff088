"""The peers of the speed benchmark, fitted to the same texts and as many heads as the linear engine has."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

Scorer = Callable[[Sequence[str]], Any]


def targets(table: pa.Table) -> dict[str, list[str]]:
    """Return labels to fit to, a list a head: those that score_columns gave to the texts."""
    heads = {name: table.column(name).to_pylist() for name in ("type", "topic", "unit")}
    heads["urgent"] = [str(value) for value in table.column("urgent").to_pylist()]
    flags = table.column("flags").to_pylist()
    for flag in sorted({flag for joined in flags for flag in joined.split(",") if flag}):
        heads[flag] = [str(flag in joined.split(",")) for joined in flags]
    return {name: values for name, values in heads.items() if len(set(values)) > 1}


def svc(texts: Sequence[str], labels: dict[str, list[str]]) -> Scorer:
    """Fit scikit-learn's character 1-3-gram TF-IDF with one LinearSVC a head."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectors = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32
    )
    rows = vectors.fit_transform(texts)
    heads = [LinearSVC(C=0.3, max_iter=200, tol=1e-2).fit(rows, values) for values in labels.values()]

    def score(batch: Sequence[str]) -> Any:
        found = vectors.transform(batch)
        return [head.predict(found) for head in heads]

    return score


def fasttext(texts: Sequence[str], labels: dict[str, list[str]]) -> Scorer:
    """Fit one fastText model a head on characters, 1-3-grams; the timed part puts the spaces between them."""
    models = []
    for values in labels.values():
        names = {value: f"__label__{k}" for k, value in enumerate(dict.fromkeys(values))}
        lines = [f"{names[value]} {spaced(text)}" for text, value in zip(texts, values, strict=True)]
        models.append(_train(lines))

    def score(batch: Sequence[str]) -> Any:
        rows = [spaced(text) for text in batch]
        return [model.predict(rows) for model in models]

    return score


def spaced(text: str) -> str:
    """Return the characters of a text with spaces between them, as fastText reads words."""
    return " ".join(text.replace("\n", " "))


def _train(lines: Sequence[str]) -> Any:
    import fasttext as library

    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder) / "train.txt"
        path.write_text("\n".join(lines), "utf-8")
        return library.train_supervised(
            str(path), wordNgrams=3, dim=50, epoch=3, lr=0.5, bucket=200_000, thread=2, verbose=0
        )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what compiled code prints to stderr away."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
