"""The figures of a model on gold rows: what the manifest and the card state."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotline_nlp.calibrate import log_softmax
from hotline_nlp.decide import Policy
from hotline_nlp.engines.base import Engine
from hotline_nlp.learn.measure import figures

from .data import Gold, gold_targets


def softmax_head(p: Any, right: Any) -> dict[str, float]:
    """Return accuracy, macro-F1, top-3, accuracy at 87.9% and calibration error; p is (texts, labels)."""
    return {name: round(value, 4) for name, value in figures(p, right).items()}


def head_figures(logits: Any, right: Any) -> dict[str, float]:
    """Return the same figures of logits, (texts, labels), as they are."""
    return softmax_head(np.exp(log_softmax(np.asarray(logits, np.float64))), right)


def measure(engine: Engine, gold: Gold) -> dict[str, Any]:
    """Return each head's figures on labelled rows, and those of the decision."""
    from sklearn.metrics import f1_score

    targets = gold_targets(gold.rows)
    logits = engine.logits(gold.texts)
    p = {head.name: head.probabilities(logits[head.name]) for head in engine.heads}
    out: dict[str, Any] = {
        name: softmax_head(p[name], targets[name].argmax(axis=1)) for name in ("type", "topic", "unit")
    }
    for head in engine.heads:
        if head.kind == "sigmoid":
            y = targets[head.name] > 0.5
            said = p[head.name] >= np.asarray(head.thresholds, np.float32)
            out[head.name] = {
                label: round(float(f1_score(y[:, k], said[:, k], zero_division=0)), 4)
                for k, label in enumerate(head.labels)
            }
    policy = Policy.from_dict(engine.manifest["decision"])
    acted = p[policy.head].max(axis=1) >= policy.threshold
    hit = p[policy.head].argmax(axis=1) == targets[policy.head].argmax(axis=1)
    out["auto"] = {
        "coverage": round(float(acted.mean()), 4),
        "error_rate": round(float(1 - hit[acted].mean()), 4) if acted.any() else 0.0,
    }
    return out
