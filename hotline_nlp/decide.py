"""Decide what may be done with an answer: act on it, have a person look, or refuse it.

The threshold is risk-controlled: on answers that the model was not fitted to, it is the smallest confidence
from which on the share of wrong answers is at most `error_rate` with probability `1 - delta`. The bound is
the exact binomial one of Clopper and Pearson 1934, as selective classification uses it (Geifman and
El-Yaniv 2017, "Selective classification for deep neural networks", algorithm SGR), tested over a fixed
grid from the strictest threshold down (fixed-sequence testing: Angelopoulos et al. 2021, "Learn then
test"), so that searching the grid costs no confidence.
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
) -> Policy:
    """Choose the smallest safe threshold from held-out answers; both arrays have shape (texts,)."""
    order = np.argsort(-confidence, kind="stable")
    conf, wrong = confidence[order], np.cumsum(~correct[order])
    threshold, coverage = 1.01, 0.0
    for percent in range(5, 101):
        count = int(np.ceil(percent / 100 * len(conf)))
        if count == 0 or upper_bound(int(wrong[count - 1]), count, delta) > error_rate:
            if count and percent > 20:
                break
            continue
        threshold, coverage = float(conf[count - 1]), count / len(conf)
    return Policy(head, round(threshold, 4), error_rate, delta, round(coverage, 4), len(conf))


def dispatchable(decision: Decision, procedure: str) -> Decision:
    """Return the decision, turned to `review` where dispatch lacks what a sure label can't give."""
    if decision.action == AUTO and procedure in OPEN:
        return Decision(REVIEW, OPEN[procedure])
    return decision
