"""Compare two periods of requests: do the labels, the words or the model's confidence move, and is it chance?

Population stability index with the bands customary for it (0.1 and 0.25; Siddiqi 2006, "Credit risk
scorecards"). Without any drift PSI is (1/n + 1/m) times a chi-squared variable with (bins - 1) degrees of
freedom (Yurdakul and Naranjo 2020, "Statistical properties of the population stability index"), so a PSI
below that law's 95th percentile is taken for chance, whatever its band.

A model is surer of requests that it was fitted to than of any others, so a reference that it knows would make
its confidence fall in every later period. Where its confidence on the reference lies above the accuracy that
it states for requests it had not read, the current period is held against that accuracy instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..features import HashSpec, featurise
from .verdict import Advice, Language, sentence

Band = Literal["stable", "moderate", "large", "chance"]
MODERATE, LARGE, LEAST, STRANGE = 0.1, 0.25, 100, 0.05
APART, FALLEN = 0.05, 0.1
"""How far confidence may lie from a stated accuracy, chance aside; how much further is a large fall."""
_SPEC = HashSpec(order=2, bits=20, length=400)
_TEXTS = 20_000


@dataclass(frozen=True, slots=True)
class Shift:
    """PSI of one distribution between the periods, what chance alone would reach, and its band.

    moved: the labels whose share moved most, as (label, reference share, current share).
    """

    psi: float
    chance: float
    band: Band
    moved: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """How the current period differs from the reference, and what to do about it.

    novelty: share of the current texts' character bigrams and unigrams that the reference half does not hold;
    usual: the same share for the other half of the reference; confidence: mean top probabilities of a head;
    expected: the stated accuracy of the heads whose model may know the reference, which then stands for
    their confidence there.
    """

    rows: tuple[int, int]
    labels: Mapping[str, Shift]
    scores: Mapping[str, Shift]
    confidence: Mapping[str, tuple[float, float]]
    novelty: float
    usual: float
    advice: Advice
    expected: Mapping[str, float] = field(default_factory=dict)

    def verdict(self, language: Language = "zh") -> str:
        """Say in one sentence whether to retrain, and why."""
        psis = {name: (shift.psi, shift.chance) for name, shift in self.labels.items()}
        trust = {head: (self.expected.get(head, a), b) for head, (a, b) in self.confidence.items()}
        wording = (self.novelty, self.usual)
        return sentence(
            self.advice, language, psis, trust, wording, min(self.rows), LEAST, stated=self.expected
        )

    def notes(self) -> list[str]:
        """Return a sentence for each head whose model may know the reference."""
        return [
            f"{head}: the model may have been fitted to the reference, since its confidence there is "
            f"{self.confidence[head][0]:.2f} and it states {accuracy:.2f} right on other requests: the "
            f"current period is compared with those {accuracy:.2f}"
            for head, accuracy in self.expected.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, JSON-ready."""
        return {**asdict(self), "verdict": {"zh": self.verdict("zh"), "en": self.verdict("en")}}


def psi(reference: NDArray[Any], current: NDArray[Any]) -> tuple[float, float]:
    """Return the PSI of two vectors of counts, shape (bins,), and its 95th percentile under no drift.

    Half a count is added to each bin, so that a bin that one period lacks stays finite. Raises InputError
    where a period is empty.
    """
    from scipy.stats import chi2

    if reference.sum() <= 0 or current.sum() <= 0:
        raise InputError("one of the periods has nothing to compare: check its file and columns.")
    used = (reference + current) > 0
    a, b = reference[used] + 0.5, current[used] + 0.5
    p, q = a / a.sum(), b / b.sum()
    noise = (1 / reference.sum() + 1 / current.sum()) * float(chi2.ppf(0.95, max(int(used.sum()) - 1, 1)))
    return float(((q - p) * np.log(q / p)).sum()), noise


def band(value: float, chance: float) -> Band:
    """Name the band that a PSI falls in."""
    if value < MODERATE:
        return "stable"
    if value <= chance:
        return "chance"
    return "large" if value >= LARGE else "moderate"


def label_shift(reference: Sequence[str], current: Sequence[str]) -> Shift:
    """Compare the shares of labels, one label a request; "" is unknown and left out."""
    first, second = (Counter(x for x in side if x) for side in (reference, current))
    names = sorted(first | second)
    a, b = (np.array([c[name] for name in names], np.float64) for c in (first, second))
    value, chance = psi(a, b)
    shares = [(n, float(x), float(y)) for n, x, y in zip(names, a / a.sum(), b / b.sum(), strict=True)]
    moved = tuple(sorted(shares, key=lambda s: -abs(s[2] - s[1]))[:5])
    return Shift(value, chance, band(value, chance), moved)


def score_shift(reference: NDArray[Any], current: NDArray[Any], *, bins: int = 10) -> Shift:
    """Compare top probabilities, shape (requests,), in bins of equal count in the reference."""
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    sides = [
        np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1)
        for x in (reference, current)
    ]
    value, chance = psi(sides[0].astype(np.float64), sides[1].astype(np.float64))
    return Shift(value, chance, band(value, chance))


def novelty(reference: Sequence[str], current: Sequence[str], *, seed: int = 0) -> tuple[float, float]:
    """Return the share of the current texts' n-grams that a half of the reference does not hold.

    The second value is that share for the reference's other half: what is usual when nothing changes. Both
    sides are read to the same number of texts, at most 20,000, drawn by `seed`; texts are normalised.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(reference))[: 2 * _TEXTS]
    known, other = order[::2], order[1::2]
    now = rng.permutation(len(current))[:_TEXTS]
    if not len(known) or not len(now):
        raise InputError("one of the periods has no text to compare: check its file and columns.")
    seen = np.zeros(_SPEC.buckets, np.bool_)
    seen[featurise([reference[i] for i in known], _SPEC).buckets] = True

    def unseen(texts: list[str]) -> float:
        buckets = featurise(texts, _SPEC).buckets
        return float((~seen[buckets]).mean()) if len(buckets) else 0.0

    return unseen([current[i] for i in now]), unseen([reference[i] for i in other])


def excess(new: float, usual: float) -> float:
    """Return how much of the wording that is usually known is new, at most 1; around 0 without drift."""
    return (new - usual) / max(1 - usual, 1e-9)


def stated_accuracy(manifest: Mapping[str, Any]) -> dict[str, tuple[float, int]]:
    """Return what `train` measured on held-out rows, (accuracy, rows) a head; nothing for other models."""
    found = (manifest.get("metrics") or {}).get("held_out") or {}
    rows = int((manifest.get("rows") or {}).get("held_out", 0))
    return {
        head: (float(figures["accuracy"]), rows)
        for head, figures in found.items()
        if rows and "accuracy" in figures
    }


def tolerance(accuracy: float, rows: int) -> float:
    """Return how far a confidence may lie from an accuracy measured on so many rows and still fit it."""
    return APART + 2 * float(np.sqrt(accuracy * (1 - accuracy) / rows))


def inflated(before: float, after: float, moved: Band, accuracy: float, rows: int) -> bool:
    """Say whether a reference's mean confidence shows that the model may know it.

    It does where it lies far above the stated accuracy, or above it and the later period is as sure as that.
    """
    far, near = before - accuracy > tolerance(accuracy, rows), fallen(after, accuracy, rows) == "stable"
    return far or (before > accuracy and near and moved in ("moderate", "large"))


def fallen(confidence: float, accuracy: float, rows: int) -> Band:
    """Name how far a mean confidence lies below a stated accuracy."""
    below = accuracy - confidence - tolerance(accuracy, rows)
    return "stable" if below <= 0 else "moderate" if below <= FALLEN else "large"


def compare(
    texts: tuple[Sequence[str], Sequence[str]],
    labels: Mapping[str, tuple[Sequence[str], Sequence[str]]],
    scores: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
    *,
    stated: Mapping[str, tuple[float, int]] | None = None,
) -> Drift:
    """Compare (reference, current) normalised texts, labels a head and top probabilities a head.

    stated: from `stated_accuracy` of the model that the probabilities are of. Raises InputError where a
    period is empty.
    """
    new, usual = novelty(*texts)
    moved = {head: label_shift(*pair) for head, pair in labels.items()}
    scored = {head: score_shift(*pair) for head, pair in scores.items()}
    means = {head: (float(a.mean()), float(b.mean())) for head, (a, b) in scores.items()}
    rows = (len(texts[0]), len(texts[1]))
    known = {
        h: v for h, v in (stated or {}).items() if h in means and inflated(*means[h], scored[h].band, *v)
    }
    unsure = {h: scored[h].band for h, (a, b) in means.items() if b < a and h not in known}
    unsure |= {h: fallen(means[h][1], *v) for h, v in known.items()}
    advice = _advice(rows, {shift.band for shift in moved.values()}, set(unsure.values()), new, usual)
    return Drift(rows, moved, scored, means, new, usual, advice, {h: v[0] for h, v in known.items()})


def _advice(rows: tuple[int, int], bands: set[Band], unsure: set[Band], new: float, usual: float) -> Advice:
    """Weigh the signs: falling confidence or new wording asks for training, moved shares for a correction."""
    if min(rows) < LEAST:
        return "unknown"
    # Measured: successive months of one city reach 0.01, another city starts at 0.09.
    strange = excess(new, usual) >= STRANGE
    if "large" in unsure or (strange and "moderate" in unsure):
        return "retrain"
    if "large" in bands:
        return "retrain" if strange else "reweight"
    return "watch" if strange or "moderate" in bands or "moderate" in unsure else "keep"
