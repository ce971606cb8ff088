"""Decide what may be done with an answer: act on it, have a person look, or refuse it.

The threshold is risk-controlled: on answers that the model was not fitted to, the share of wrong answers from
it on is at most `error_rate` with probability `1 - delta`. Candidates are the confidences at which 20%, 21%,
... 100% of the answers are acted on, tested in that order, and the first that fails ends the search
(fixed-sequence testing: Bauer 1991, "Multiple testing in clinical trials"; Angelopoulos et al. 2021, "Learn
then test"), so that each test may spend all of `delta`. A candidate fails where the exact binomial bound of
Clopper and Pearson 1934 exceeds `error_rate`, as selective classification uses it (Geifman and El-Yaniv 2017,
"Selective classification for deep neural networks", algorithm SGR).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelCorrupt
from .result import Decision

AUTO, REVIEW, REJECT = "auto", "review", "reject"
FIRST = 20
"""Per cent of the answers that the first, strictest candidate acts on."""
OPEN = {
    "confirm_place": "地点不明确，无法确定属地，请先核实地址。",
    "unclear_duty": "没有职责条款与该诉求相符，请人工确定承办单位。",
    "joint_investigation": "该诉求已多次退回，请按联合调查程序办理。",
}
"""Procedures that a person has to begin, and why."""
_NAMES = {"type": "诉求类型", "topic": "热点事项", "unit": "承办单位"}


@dataclass(frozen=True, slots=True)
class Policy:
    """When an answer may be acted on: head, threshold on its probability, and the error rate that it keeps.

    `coverage` is the share of calibration answers at or above the threshold; a threshold above 1 means that
    no answer was safe enough.
    """

    head: str
    threshold: float
    error_rate: float
    delta: float
    coverage: float
    samples: int

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Policy:
        """Read a policy from a manifest; raise ModelCorrupt where it is none."""
        try:
            return cls(**{name: row[name] for name in cls.__slots__})
        except (KeyError, TypeError) as error:
            raise ModelCorrupt("the manifest's decision can't be read: copy the model again.") from error

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest."""
        return {name: getattr(self, name) for name in self.__slots__}

    def reason(self) -> str:
        """Say why an answer below the threshold goes to a person."""
        name = _NAMES.get(self.head, self.head)
        kept = f"达到该值时，判错的比例不超过{self.error_rate:.0%}"
        return f"{name}置信度低于{self.threshold:.2f}（{kept}），请人工复核。"

    def decide(self, probability: float) -> Decision:
        """Return `auto` or `review` for the probability of the head's answer."""
        if probability >= self.threshold:
            return Decision(AUTO, "")
        return Decision(REVIEW, self.reason())


def upper_bound(errors: int, count: int, delta: float) -> float:
    """Return the Clopper-Pearson upper bound on an error rate, right with probability 1 - delta."""
    from scipy.stats import beta

    if errors >= count:
        return 1.0
    return float(beta.ppf(1 - delta, errors + 1, count - errors))


def choose_policy(
    confidence: NDArray[np.floating[Any]],
    correct: NDArray[np.bool_],
    *,
    head: str,
    error_rate: float = 0.1,
    delta: float = 0.05,
    groups: NDArray[np.integer[Any]] | None = None,
) -> Policy:
    """Choose the smallest safe threshold from held-out answers; all arrays have shape (texts,).

    groups: numbers of near-copies, of which the first alone counts: copies are right or wrong together, and
    the bound is for answers that do not hang together.

    Candidates of so few answers that a single wrong one would fail them are no part of the sequence: which
    these are hangs on counts alone, so leaving them out costs nothing. With none left, or where the first one
    fails, no answer is safe enough.
    """
    if groups is not None:
        first = np.unique(groups, return_index=True)[1]
        confidence, correct = confidence[first], correct[first]
    order = np.argsort(-confidence, kind="stable")
    conf, wrong = np.asarray(confidence, np.float64)[order], np.cumsum(~correct[order])
    threshold, coverage = 1.01, 0.0
    for percent in range(FIRST, 101) if len(conf) else ():
        # Rounded down, and with all that is as sure: what is tested is what will be acted on.
        bar = float(np.floor(conf[int(np.ceil(percent / 100 * len(conf))) - 1] * 1e4) / 1e4)
        count = int((conf >= bar).sum())
        if upper_bound(1, count, delta) > error_rate:
            continue
        if upper_bound(int(wrong[count - 1]), count, delta) > error_rate:
            break
        threshold, coverage = bar, count / len(conf)
    return Policy(head, round(threshold, 4), error_rate, delta, round(coverage, 4), len(conf))


def dispatchable(decision: Decision, procedure: str) -> Decision:
    """Return the decision, turned to `review` where dispatch lacks what a sure label can't give."""
    if decision.action == AUTO and procedure in OPEN:
        return Decision(REVIEW, OPEN[procedure])
    return decision
