"""What every engine offers, and the heads that it answers for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelCorrupt

Floats = NDArray[np.float32]
Kind = Literal["softmax", "sigmoid"]


@dataclass(frozen=True, slots=True)
class Head:
    """One question: exclusive labels (softmax) or independent ones (sigmoid), and how it is calibrated.

    `temperature` divides the logits (Guo et al. 2017); `thresholds` turn a sigmoid label on.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    temperature: float = 1.0
    thresholds: tuple[float, ...] = ()

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Head:
        """Read a head from a manifest; raise ModelCorrupt where it is no head."""
        try:
            head = cls(
                name=str(row["name"]),
                kind=row["kind"],
                labels=tuple(map(str, row["labels"])),
                temperature=float(row["temperature"]),
                thresholds=tuple(map(float, row["thresholds"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelCorrupt("the manifest's heads can't be read: copy the model again.") from error
        if head.kind not in ("softmax", "sigmoid") or not head.labels or not head.temperature > 0:
            raise ModelCorrupt(f"the manifest's head {head.name!r} is not valid: copy the model again.")
        return head

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest."""
        return {
            "name": self.name,
            "kind": self.kind,
            "labels": list(self.labels),
            "temperature": self.temperature,
            "thresholds": list(self.thresholds),
        }

    def probabilities(self, logits: Floats) -> Floats:
        """Turn logits of shape (texts, labels) into calibrated probabilities of that shape."""
        scaled = logits.astype(np.float64) / self.temperature
        if self.kind == "sigmoid":
            out = 1 / (1 + np.exp(-np.clip(scaled, -60, 60)))
        else:
            out = np.exp(scaled - scaled.max(axis=1, keepdims=True))
            out /= out.sum(axis=1, keepdims=True)
        return out.astype(np.float32)


class Engine(Protocol):
    """Scores normalised texts."""

    name: str
    heads: tuple[Head, ...]
    manifest: dict[str, Any]

    def logits(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return each head's logits, shape (texts, labels)."""
        ...

    def contributions(self, text: str, head: str, label: str) -> tuple[Floats, float]:
        """Return what each character adds to a label's logit, shape (characters,), and the constant rest."""
        ...
