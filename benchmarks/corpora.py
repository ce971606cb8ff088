"""The labelled requests of each benchmark, normalised the same way for every system."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache

from hotline_nlp.normalise import normalise
from training import data

HEADS = ("type", "topic", "unit")
NAMES = ("gold", "haikou_stripped", "haikou_raw")


@dataclass(frozen=True)
class Corpus:
    """Texts and labels a head, apart for fitting and for testing."""

    name: str
    train_texts: list[str]
    test_texts: list[str]
    train_labels: dict[str, list[str]]
    test_labels: dict[str, list[str]]

    def labels(self, head: str) -> tuple[str, ...]:
        """Return the labels that the training part holds, sorted."""
        return tuple(sorted(set(self.train_labels[head])))


@lru_cache(maxsize=4)
def load(name: str) -> Corpus:
    """Return a corpus: gold (train and dev), haikou_stripped or haikou_raw (before June and June 2018)."""
    if name == "gold":
        train, dev = data.gold("train"), data.gold("dev")
        return Corpus(
            name,
            train.texts,
            dev.texts,
            {head: [row[head] for row in train.rows] for head in HEADS},
            {head: [row[head] for row in dev.rows] for head in HEADS},
        )
    rows = data.read("haikou_units.csv")
    parts = {part: [row for row in rows if row["split"] == part] for part in ("train", "test")}
    column, prepare = (
        ("text", data.folded) if name == "haikou_raw" else ("stripped", lambda t: normalise(t).text)
    )
    texts = {part: [prepare(row[column]) for row in found] for part, found in parts.items()}
    labels = {part: {"unit": [row["unit"] for row in found]} for part, found in parts.items()}
    return Corpus(name, texts["train"], texts["test"], labels["train"], labels["test"])


@lru_cache(maxsize=8)
def words(name: str, part: str) -> list[list[str]]:
    """Return jieba's words of a corpus' texts, by a tokenizer of its own."""
    import jieba

    jieba.setLogLevel("WARNING")
    tokenizer = jieba.Tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.tmp_dir = folder  # else it leaves its cache in the shared temporary folder
        tokenizer.initialize()
    corpus = load(name)
    texts = corpus.train_texts if part == "train" else corpus.test_texts
    return [[word for word in tokenizer.cut(text) if not word.isspace()] for text in texts]
