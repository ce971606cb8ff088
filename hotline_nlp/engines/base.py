"""What every engine offers, and the heads that it answers for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..calibrate import tempered
from ..errors import ModelCorrupt

Floats = NDArray[np.float32]
Kind = Literal["softmax", "sigmoid"]
LEAST = 1e-6
"""A smaller share of a label counts as this one, so that no label is ruled out for good."""


@dataclass(frozen=True, slots=True)
class Head:
    """One question: exclusive labels (softmax) or independent ones (sigmoid), and how it is calibrated.

    `temperature` divides the logits (Guo et al. 2017), and in a softmax head the entropy of what comes out to
    the power of `slope` does so again (Balanya, Ramos and Maroñas 2024, "Adaptive temperature scaling for
    robust calibration of deep neural networks"): sure and doubtful texts may be off in opposite ways.
    `thresholds` turn a sigmoid label on. `prior` are the shares of the labels that a softmax head's
    probabilities stand for, where it states them: their mean on requests that were held out, else the shares
    that were fitted to. Where `shares` are given, it answers for requests of which the labels come in these
    shares instead (see hotline_nlp.engines.shares).
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    temperature: float = 1.0
    thresholds: tuple[float, ...] = ()
    prior: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    slope: float = 0.0

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
                prior=tuple(map(float, row.get("prior", ()))),
                shares=tuple(map(float, row.get("shares", ()))),
                slope=float(row.get("slope", 0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelCorrupt("the manifest's heads can't be read: copy the model again.") from error
        if (
            head.kind not in ("softmax", "sigmoid")
            or not head.labels
            or not head.temperature > 0
            or not abs(head.slope) < 1
        ):
            raise ModelCorrupt(f"the manifest's head {head.name!r} is not valid: copy the model again.")
        sizes = {len(head.prior), len(head.shares), len(head.labels)}
        if sizes - {0, len(head.labels)} or (head.shares and not head.prior):
            raise ModelCorrupt(f"the shares of the head {head.name!r} do not fit: copy the model again.")
        return head

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest."""
        stated = {"prior": list(self.prior), "shares": list(self.shares)}
        return {
            "name": self.name,
            "kind": self.kind,
            "labels": list(self.labels),
            "temperature": self.temperature,
            "thresholds": list(self.thresholds),
            **{name: values for name, values in stated.items() if values},
            **({"slope": self.slope} if self.slope else {}),
        }

    def probabilities(self, logits: Floats) -> Floats:
        """Turn logits of shape (texts, labels) into calibrated probabilities of that shape."""
        if self.kind == "sigmoid":
            scaled = logits.astype(np.float64) / self.temperature
            return np.asarray(1 / (1 + np.exp(-np.clip(scaled, -60, 60))), np.float32)
        out: Floats = tempered(logits.astype(np.float32, copy=False), self.temperature, self.slope)
        if self.shares:
            ratio = np.maximum(self.shares, LEAST) / np.maximum(self.prior, LEAST)
            out += np.log(ratio).astype(np.float32)
        out -= out.max(axis=1, keepdims=True)
        np.exp(out, out=out)
        out /= out.sum(axis=1, keepdims=True)
        return out


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


def keeps_formulas(engine: Engine) -> bool:
    """Say whether an engine reads operators' openings and closings, since it was trained with them."""
    return bool(engine.manifest.get("features", {}).get("formulas", False))
