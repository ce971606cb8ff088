"""Linear layers on the CPU with their weights laid out once for oneDNN, in three precisions.

`mkldnn._linear_pointwise` and `onednn.qlinear_pointwise` are the operators that torch's own compiler emits
for these layers: bias and gelu are part of the product. Where a torch lacks them, plain layers do the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from .paths import Path

Layer = Callable[[torch.Tensor], torch.Tensor]
_GELU: tuple[Any, ...] = ("gelu", [], "none")
_NOTHING: tuple[Any, ...] = ("none", [], "")


def dense(weight: torch.Tensor, bias: torch.Tensor, path: Path, *, gelu: bool = False) -> Layer:
    """Return x -> x @ weight.T + bias, then gelu where asked; weight has shape (outputs, inputs)."""
    try:
        if path == "bf16":
            return _bf16(weight, bias, gelu)
        if path == "int8":
            return _int8(weight, bias, gelu)
    except (AttributeError, RuntimeError):
        pass  # an operator that this torch or processor lacks
    dtype = torch.float32 if path == "fp32" else torch.bfloat16
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


def _int8(weight: torch.Tensor, bias: torch.Tensor, gelu: bool) -> Layer:
    """Quantise the batch's activations symmetrically with one step, and each row of weights with its own."""
    step = (weight.abs().amax(1) / 127).clamp_min(1e-12)
    laid = torch.ops.onednn.qlinear_prepack((weight / step[:, None]).round().to(torch.int8), None)
    zero, after = torch.zeros(len(step), dtype=torch.int32), _GELU if gelu else _NOTHING

    def run(x: torch.Tensor) -> torch.Tensor:
        low, high = torch.aminmax(x)
        scale = max(-float(low), float(high), 1e-12) / 127
        codes = (x * (1 / scale)).round_().add_(128).to(torch.uint8)
        return torch.ops.onednn.qlinear_pointwise(
            codes, scale, 128, laid, step, zero, bias, 1.0, 0, torch.bfloat16, *after
        )

    run(torch.zeros(1, weight.shape[1], dtype=torch.bfloat16))
    return run
