"""What the fine-tuning minimises."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from .rows import EXCLUSIVE, UNKNOWN, Row

WEIGHT = {"type": 1.0, "topic": 1.0, "unit": 1.0, "haikou_unit": 0.5, "haikou_topic": 0.3}
URGENT, FLAGS = 0.3, 0.8
SMOOTHING = 0.02
Scores = dict[str, torch.Tensor]


def loss_of(scores: Scores, batch: Sequence[Row]) -> torch.Tensor:
    """Return the summed loss of all heads; a row that lacks a head's label does not count there."""
    device = scores["type"].device
    total = torch.zeros((), device=device)
    for head, weight in WEIGHT.items():
        y = torch.tensor([row.classes[head] for row in batch], device=device)
        if head in scores and (y >= 0).any():
            each = functional.cross_entropy(
                scores[head], y, label_smoothing=SMOOTHING, reduction="sum", ignore_index=UNKNOWN
            )
            total = total + weight * each / len(batch)
    total = total + soft_loss(scores, batch)
    known = torch.tensor([row.kind != "haikou" for row in batch], device=device)
    if known.any():
        urgent = torch.tensor([row.urgent for row in batch], device=device)[known]
        flags = torch.tensor([row.flags for row in batch], device=device)[known]
        bce = functional.binary_cross_entropy_with_logits
        total = (
            total
            + URGENT * bce(scores["urgent"][known, 0], urgent)
            + FLAGS * bce(scores["flags"][known], flags)
        )
    return total


def soft_loss(scores: Scores, batch: Sequence[Row]) -> torch.Tensor:
    """Return the cross-entropy to the teachers' probabilities, of the rows that have them."""
    device = scores["type"].device
    total = torch.zeros((), device=device)
    taught = torch.tensor([bool(row.soft) for row in batch], device=device)
    if taught.any():
        for head in EXCLUSIVE:
            p = torch.tensor([row.soft[head] for row in batch if row.soft], device=device)
            each = functional.cross_entropy(scores[head][taught], p, reduction="sum")
            total = total + WEIGHT[head] * each / len(batch)
    return total


def divergence(first: Scores, second: Scores) -> torch.Tensor:
    """Return how far two passes with other dropout are apart (Liang et al. 2021, "R-Drop"): symmetric KL."""
    total = torch.zeros((), device=first["type"].device)
    for head in WEIGHT.keys() & first.keys():
        p, q = (functional.log_softmax(scores[head], dim=1) for scores in (first, second))
        both = functional.kl_div(p, q, log_target=True, reduction="batchmean")
        both = both + functional.kl_div(q, p, log_target=True, reduction="batchmean")
        total = total + WEIGHT[head] * both / 2
    return total
