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
    number = {label: i for i, label in enumerate(labels)}
    codes = np.array([number.get(value, -1) for value in given])
    answer, sure = p.argmax(axis=1), p.max(axis=1).astype(np.float64)
    right = answer == codes
    top = np.argsort(-p, axis=1, kind="stable")[:, :3]
    unknown = Counter(value for value in given if value not in number)
    classes = _classes(labels, answer, codes, unknown)
    return HeadReport(
        name=name,
        rows=len(rows),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean([row.f1 for row in classes])),
        top3=float((top == codes[:, None]).any(axis=1).mean()),
        ece=calibration_error(sure, right),
        classes=classes,
        confused=_confused([labels[int(i)] for i in answer], given),
        reliability=_reliability(sure, right),
        coverage=_coverage(sure, right),
        unknown=dict(unknown.most_common()),
    )


def _classes(
    labels: Sequence[str], answer: NDArray[Any], codes: NDArray[Any], unknown: Counter[str]
) -> tuple[ClassRow, ...]:
    size = len(labels)
    given = np.bincount(codes[codes >= 0], minlength=size)
    said = np.bincount(answer, minlength=size)
    hit = np.bincount(answer[answer == codes], minlength=size)
    found = [
        ClassRow(
            label,
            float(hit[i] / max(said[i], 1)),
            float(hit[i] / given[i]),
            float(2 * hit[i] / (said[i] + given[i])),
            int(given[i]),
        )
        for i, label in enumerate(labels)
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
