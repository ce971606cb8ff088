"""Linear layers on the CPU with their weights laid out once for oneDNN, in three precisions.

`mkldnn._linear_pointwise` is the operator that torch's own compiler emits for these layers: bias and gelu are
part of the product. Where a torch lacks it, or the product of int8 matrices, plain layers do the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from .paths import Path

Layer = Callable[[torch.Tensor], torch.Tensor]
GELU_FLOOR = -0.17
"""gelu is nowhere below this."""
_GELU: tuple[Any, ...] = ("gelu", [], "none")
_NOTHING: tuple[Any, ...] = ("none", [], "")


def dense(
    weight: torch.Tensor, bias: torch.Tensor, path: Path, *, gelu: bool = False, floor: float = 0.0
) -> Layer:
    """Return x -> x @ weight.T + bias, then gelu where asked; weight has shape (outputs, inputs).

    `floor` is the least that x can be, 0 where it has none.
    """
    try:
        if path == "bf16":
            return _bf16(weight, bias, gelu)
        if path == "int8":
            return _int8(weight, bias, gelu, floor)
    except (AttributeError, RuntimeError):
        pass  # an operator that this torch or processor lacks
    dtype = torch.bfloat16 if path == "bf16" else torch.float32
    return _plain(weight.to(dtype), bias.to(dtype), gelu)


def _plain(weight: torch.Tensor, bias: torch.Tensor, gelu: bool) -> Layer:
    def run(x: torch.Tensor) -> torch.Tensor:
        out = functional.linear(x, weight, bias)
        return functional.gelu(out) if gelu else out

    return run


def _bf16(weight: torch.Tensor, bias: torch.Tensor, gelu: bool) -> Layer:
    laid = torch.ops.mkldnn._reorder_linear_weight(weight.bfloat16(), 1024)
    offset, after = bias.bfloat16(), _GELU if gelu else _NOTHING

    def run(x: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(x, laid, offset, *after)

    run(torch.zeros(1, weight.shape[1], dtype=torch.bfloat16))
    return run


def _int8(weight: torch.Tensor, bias: torch.Tensor, gelu: bool, floor: float) -> Layer:
    """Quantise each token's activations and each row of weights with a step of its own.

    One step for a whole batch's activations costs this encoder three points of accuracy. What comes from gelu
    is never below GELU_FLOOR, so there all 255 codes stand for values from that floor on.
    """
    step = (weight.abs().amax(1) / 127).clamp_min(1e-12)
    codes = (weight / step[:, None]).round().to(torch.int8).t()
    total = codes.to(torch.int32).sum(0, dtype=torch.int32)
    offset, shift = bias + floor * step * total, total * 127

    def run(x: torch.Tensor) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1])
        if floor:
            scale = ((rows.amax(1, keepdim=True) - floor) / 254).clamp_min_(1e-12)
            sums = torch._int_mm(((rows - floor) / scale).round_().sub_(127).to(torch.int8), codes).add_(
                shift
            )
        else:
            scale = (rows.abs().amax(1, keepdim=True) / 127).clamp_min_(1e-12)
            sums = torch._int_mm((rows / scale).round_().to(torch.int8), codes)
        out = torch.addcmul(offset, sums.to(torch.float32).mul_(scale), step)
        return (functional.gelu(out) if gelu else out).view(*x.shape[:-1], -1)

    run(torch.zeros(1, weight.shape[1]))
    return run
