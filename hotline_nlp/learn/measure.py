"""Measure a head's answers on labelled texts: figures, classes, confused pairs, calibration, coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibrate import calibration_error
from ..engines.base import Floats

BINS = 10
COVERAGES = tuple(range(5, 101, 5))
PAIRS = 15
COVERAGE = 0.879
"""Share of orders dispatched automatically in the published figure that ours is set beside."""


def numbered(values: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of each value among the labels, shape (rows,); unknown ones are numbered on."""
    number = {label: i for i, label in enumerate(labels)}
    return np.array([number.setdefault(value, len(number)) for value in values], np.int64)


def figures(
    scores: NDArray[Any], codes: NDArray[Any], *, sure: NDArray[Any] | None = None
) -> dict[str, float]:
    """Return accuracy, macro-F1, top-3, accuracy at COVERAGE and calibration error of scores.

    scores: shape (rows, labels); codes: numbers of the right labels, shape (rows,), those from the number of
    labels on standing for labels that the system does not have; sure: what ranks the answers where the scores
    are no probabilities, which leaves the calibration error out. Macro-F1 is the mean over the labels that
    the rows carry.
    """
    answer = scores.argmax(axis=1)
    right = answer == codes
    confidence = scores.max(axis=1).astype(np.float64) if sure is None else sure
    top = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    kept = np.argsort(-confidence, kind="stable")[: max(1, round(COVERAGE * len(right)))]
    given, said, hit = counts(answer, codes)
    out = {
        "accuracy": right.mean(),
        "macro_f1": (2 * hit[given > 0] / (said + given)[given > 0]).mean(),
        "top3": (top == codes[:, None]).any(axis=1).mean(),
        "accuracy_at_87.9": right[kept].mean(),
    }
    if sure is None:
        out["ece"] = calibration_error(confidence, right)
    return {name: float(value) for name, value in out.items()}


def counts(answer: NDArray[Any], codes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return how many rows carry each label, got it as an answer, and both, shape (labels,)."""
    size = int(max(answer.max(), codes.max())) + 1
    given, said, hit = (np.bincount(x, minlength=size) for x in (codes, answer, codes[answer == codes]))
    return given, said, hit


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One label: how often it is right to give it, how often it is found, and the rows that carry it."""

    label: str
    precision: float
    recall: float
    f1: float
    rows: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of one band of confidence: mean confidence, share right, and how many."""

    confidence: float
    accuracy: float
    rows: int


@dataclass(frozen=True, slots=True)
class HeadReport:
    """What one head does on labelled rows.

    confused: (true label, answer, rows), most frequent first; reliability: bands of confidence;
    coverage: (share of rows answered, the surest first, share of these right); unknown: labels that the
    model does not have, with their rows, each counted as wrong.
    """

    name: str
    rows: int
    accuracy: float
    macro_f1: float
    top3: float
    ece: float
    classes: tuple[ClassRow, ...]
    confused: tuple[tuple[str, str, int], ...]
    reliability: tuple[Bin, ...]
    coverage: tuple[tuple[float, float], ...]
    unknown: dict[str, int]

    def figures(self) -> dict[str, float]:
        """Return the figures of one line."""
        names = ("accuracy", "macro_f1", "top3", "ece")
        return {**{name: round(float(getattr(self, name)), 4) for name in names}, "rows": self.rows}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)


def measure_head(name: str, labels: Sequence[str], p: Floats, truth: Sequence[str]) -> HeadReport | None:
    """Measure probabilities of shape (rows, labels) against true labels; rows with "" are left out.

    Macro-F1 is the mean over the labels that the rows carry. Returns None where no row has a label.
    """
    rows = np.flatnonzero(np.array([value != "" for value in truth], bool))
    if not len(rows):
        return None
    p, given = p[rows], [truth[i] for i in rows.tolist()]
    codes = numbered(given, labels)
    answer, sure = p.argmax(axis=1), p.max(axis=1).astype(np.float64)
    right = answer == codes
    unknown = Counter(value for value, code in zip(given, codes, strict=True) if code >= len(labels))
    found = figures(p, codes)
    return HeadReport(
        name=name,
        rows=len(rows),
        **{figure: found[figure] for figure in ("accuracy", "macro_f1", "top3", "ece")},
        classes=_classes(labels, answer, codes, unknown),
        confused=_confused([labels[int(i)] for i in answer], given),
        reliability=_reliability(sure, right),
        coverage=_coverage(sure, right),
        unknown=dict(unknown.most_common()),
    )


def _classes(
    labels: Sequence[str], answer: NDArray[Any], codes: NDArray[Any], unknown: Counter[str]
) -> tuple[ClassRow, ...]:
    given, said, hit = counts(answer, codes)
    found = [
        ClassRow(
            label,
            float(hit[i] / max(said[i], 1)),
            float(hit[i] / given[i]),
            float(2 * hit[i] / (said[i] + given[i])),
            int(given[i]),
        )
        for i, label in enumerate(labels[: len(given)])
        if given[i]
    ]
    found += [ClassRow(label, 0.0, 0.0, 0.0, rows) for label, rows in unknown.items()]
    return tuple(sorted(found, key=lambda row: (-row.rows, row.label)))


def _confused(answers: Sequence[str], given: Sequence[str]) -> tuple[tuple[str, str, int], ...]:
    pairs = Counter((g, a) for g, a in zip(given, answers, strict=True) if g != a)
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:PAIRS]
    return tuple((given_label, said, rows) for (given_label, said), rows in ranked)


def _reliability(sure: NDArray[Any], right: NDArray[Any]) -> tuple[Bin, ...]:
    band = np.clip((sure * BINS).astype(int), 0, BINS - 1)
    return tuple(
        Bin(float(sure[band == b].mean()), float(right[band == b].mean()), int((band == b).sum()))
        for b in range(BINS)
        if (band == b).any()
    )


def _coverage(sure: NDArray[Any], right: NDArray[Any]) -> tuple[tuple[float, float], ...]:
    order = np.argsort(-sure, kind="stable")
    running = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    counts = [max(1, round(percent / 100 * len(order))) for percent in COVERAGES]
    return tuple((percent / 100, float(running[n - 1])) for percent, n in zip(COVERAGES, counts, strict=True))
