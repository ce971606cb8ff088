"""Cascade and ensemble: the linear engine reads every text, the transformer those that it doubts, or all.

Doubt is the entropy of the linear engine's calibrated answers, summed over the exclusive heads, a head that
the transformer hardly knows better counting in part. What lies above the threshold gets a weighted mean of
both engines' probabilities (Viola and Jones 2001 name a chain of ever dearer classifiers a cascade). A mean
of calibrated answers is less sure than it may be, so it has a temperature of its own (Rahaman and Thiery
2021, "Uncertainty quantification and deep ensembles"). In the ensemble the threshold is below every doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..artefact import digest
from ..errors import ModelCorrupt
from .base import Engine, Floats, Head
from .linear import LinearEngine

RETUNE = "run `python -m training.tune_cascade` in a checkout"
_LEAST = 1e-7


def doubt(heads: Sequence[Head], p: Mapping[str, Floats], parts: Mapping[str, float]) -> Floats:
    """Return the entropy of all exclusive heads together, in nats, shape (texts,).

    parts: what a head's entropy counts, by its name; 1 where it is not named.
    """
    found = [(p[h.name].astype(np.float64), parts.get(h.name, 1.0)) for h in heads if h.kind == "softmax"]
    total = sum(-part * (q * np.log(np.maximum(q, _LEAST))).sum(axis=1) for q, part in found)
    return np.asarray(total, np.float32)


def log_odds(head: Head, p: Floats) -> Floats:
    """Return logits that a head of temperature 1 turns into these probabilities."""
    safe = np.clip(p.astype(np.float64), _LEAST, 1 - _LEAST)
    out = np.log(safe) - np.log1p(-safe) if head.kind == "sigmoid" else np.log(safe)
    return np.asarray(out, np.float32)


class CascadeEngine:
    """Two engines of the same heads, the second asked only about what the first doubts."""

    def __init__(
        self, first: Engine, second: Engine, tuned: Mapping[str, Any], name: str = "cascade"
    ) -> None:
        """Join two engines by what was tuned; raise ModelCorrupt where that is missing or labels differ."""
        labels = [{head.name: head.labels for head in engine.heads} for engine in (first, second)]
        if labels[0] != labels[1]:
            raise ModelCorrupt(f"{first.name} and {second.name} have other labels: give two that agree.")
        try:
            self.threshold, self.weight = float(tuned["threshold"]), float(tuned["weight"])
            self.heads = tuple(Head.from_dict(row) for row in tuned["heads"])
            decision = dict(tuned["decision"])
            self.parts = {str(name): float(part) for name, part in tuned["parts"].items()}
            self.temperatures = {str(name): float(t) for name, t in tuned["temperatures"].items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelCorrupt(f"the {name} was never tuned: {RETUNE}.") from error
        self.first, self.second = first, second
        self.name = f"{name}@{second.manifest['version']}"
        self.manifest: dict[str, Any] = {
            "kind": "hotline_nlp/cascade",
            "name": name,
            "version": second.manifest["version"],
            "engines": [first.name, second.name],
            "digests": [digest(first.manifest), digest(second.manifest)],
            "threshold": self.threshold,
            "parts": self.parts,
            "weight": self.weight,
            "temperatures": self.temperatures,
            "heads": [head.to_dict() for head in self.heads],
            "decision": decision,
            "metrics": tuned.get("metrics", {}),
        }

    @classmethod
    def load(
        cls, linear: Path, transformer: Path, *, name: str = "cascade", device: str | None = None
    ) -> CascadeEngine:
        """Read two model folders and join them as `name` was tuned: cascade or ensemble.

        Raises a ModelError, or MissingExtra without torch.
        """
        from .transformer import TransformerEngine

        first, second = LinearEngine.load(linear), TransformerEngine.load(transformer, device=device)
        tuned = second.manifest.get(name) or {}
        if tuned and tuned.get("linear") != first.manifest.get("weights", {}).get("sha256"):
            raise ModelCorrupt(f"the {name} was tuned to another linear model than {linear}: {RETUNE}.")
        return cls(first, second, tuned, name)

    def _calibrated(self, engine: Engine, logits: Mapping[str, Floats]) -> dict[str, Floats]:
        return {head.name: head.probabilities(logits[head.name]) for head in engine.heads}

    def doubted(self, p: Mapping[str, Floats]) -> NDArray[np.intp]:
        """Return the rows that go to the second engine, of the first one's probabilities."""
        return np.flatnonzero(doubt(self.first.heads, p, self.parts) > self.threshold)

    def logits(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return each head's logits, shape (texts, labels); their temperature is 1."""
        p = self._calibrated(self.first, self.first.logits(texts))
        rows = self.doubted(p)
        if len(rows):
            more = self._calibrated(self.second, self.second.logits([texts[i] for i in rows]))
            for name, values in more.items():
                p[name][rows] = self._mean(name, p[name][rows], values)
        return {head.name: log_odds(head, p[head.name]) for head in self.heads}

    def _mean(self, name: str, first: Floats, second: Floats) -> Floats:
        mean = (1 - self.weight) * first + self.weight * second
        own = next(head for head in self.heads if head.name == name)
        head = Head(
            name, own.kind, own.labels, self.temperatures.get(name, 1.0)
        )  # own may be of other shares
        return head.probabilities(log_odds(head, mean))

    def contributions(self, text: str, head: str, label: str) -> tuple[Floats, float]:
        """Return what each character adds to a label's logit, by the dearest engine asked, and the rest.

        `shares.sum() + rest` is the logit, the rest being what the shares leave over.
        """
        sure = not len(self.doubted(self._calibrated(self.first, self.first.logits([text]))))
        shares, _ = (self.first if sure else self.second).contributions(text, head, label)
        found = next(h for h in self.heads if h.name == head)
        logit = float(self.logits([text])[head][0, found.labels.index(label)])
        return shares, logit - float(shares.sum(dtype=np.float64))
