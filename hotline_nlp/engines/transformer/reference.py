"""The model as transformers builds it: for devices other than the CPU, and where gradients are due."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from ..._require import require
from ..base import Floats
from .tokens import Ints
from .weights import ENCODER, Encoder


class Reference:
    """The encoder as AutoModel builds it from the manifest's configuration; nothing is fetched."""

    path = "reference"

    def __init__(self, state: dict[str, Floats], encoder: Encoder, device: str) -> None:
        """Build the model on a device: bf16 by autocast on CUDA, float32 on the CPU."""
        transformers: Any = require("transformers", "transformer")
        family = dict(encoder.config)
        config = transformers.AutoConfig.for_model(family.pop("model_type"), **family)
        self.model = transformers.AutoModel.from_config(
            config, add_pooling_layer=False, attn_implementation="sdpa"
        ).float()
        own = {
            name.removeprefix(ENCODER): torch.from_numpy(np.array(value))
            for name, value in state.items()
            if name.startswith(ENCODER)
        }
        self.model.load_state_dict(own, strict=True)
        self.model.eval().requires_grad_(False).to(device)
        self.device = device

    def pooled(self, ids: Ints, sizes: Ints) -> Floats:
        """Return the mean over each text's tokens, shape (texts, width); ids are (texts, longest)."""
        x = torch.from_numpy(ids).to(self.device)
        known = torch.arange(ids.shape[1]) < torch.from_numpy(sizes)[:, None]
        with torch.inference_mode(), self._precision():
            out = self.mean(known.to(self.device), input_ids=x)
        found: Floats = out.float().cpu().numpy()
        return found

    def mean(self, known: torch.Tensor, **given: torch.Tensor) -> torch.Tensor:
        """Return the mean of the hidden states where `known` holds."""
        hidden = self.model(attention_mask=known.long(), **given).last_hidden_state.float()
        return (hidden * known[:, :, None]).sum(1) / known.sum(1, keepdim=True)

    def _precision(self) -> Any:
        if self.device.startswith("cuda"):
            return torch.autocast("cuda", dtype=torch.bfloat16)
        return nullcontext()
