"""What each checkpoint of the encoder's training scores on gold dev, before it is packaged.

python -m benchmarks checkpoints reads the logits that training.transformer and training.score leave beside a
checkpoint; one that is not there keeps its figures of before, as long as the data are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training import data
from training.measure import head_figures

from . import machine
from .corpora import HEADS

FILES = ("gold.csv",)
CHECKPOINTS = {
    "both": "mean of first and second",
    "third": "third",
    "fourth": "fourth",
    "mean": "mean of third and fourth",
    "fifth": "fifth",
    "blend": "mean of third, fourth and four times fifth",
    "sixth": "sixth",
    "last": "mean of fifth and sixth",
    "seventh": "seventh",
    "thirds": "mean of fifth, sixth and seventh",
}
"""Folders under .cache/ in the order of their making, and what they hold."""


def run() -> dict[str, Any]:
    """Measure the checkpoints that are there; write results/checkpoints.json."""
    result: dict[str, Any] = {"benchmark": "checkpoints", **machine.context(FILES), "checkpoints": {}}
    old = machine.read("checkpoints") or {}
    before = old["checkpoints"] if old.get("data") == result["data"] else {}
    right = data.gold_targets(data.gold("dev").rows)
    for name, title in CHECKPOINTS.items():
        path = data.ROOT / ".cache" / name / "dev.npz"
        if path.is_file():
            logits = np.load(path)
            found = {head: head_figures(logits[head], right[head].argmax(axis=1)) for head in HEADS}
            result["checkpoints"][name] = {"title": title, **found}
        elif name in before:
            result["checkpoints"][name] = before[name]
    if not result["checkpoints"]:
        raise SystemExit("error: no checkpoint was scored: python -m training.score CHECKPOINT first.")
    machine.write("checkpoints", result)
    return result
