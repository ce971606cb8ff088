"""A pretrained encoder with one linear head a question, all of them trained together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from hotline_nlp.engines.base import Floats
from hotline_nlp.engines.transformer import Encoder
from hotline_nlp.engines.transformer.paths import processor
from hotline_nlp.engines.transformer.tokens import Tokens, batches, padded

from .data import ROOT

TOKENS = 4096
"""Tokens of a batch that is only scored."""
_FILES = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]


def base_model(name: str = "") -> Path:
    """Return the pretrained encoder's folder: `name`, HOTLINE_ENCODER or ../shared/encoder/e5-small-zh.

    What is no folder is taken for a name on the model hub; with HF_HUB_OFFLINE set only its local copy is
    used. Raises SystemExit where there is none.
    """
    given = (
        name or os.environ.get("HOTLINE_ENCODER") or str(ROOT.parent / "shared" / "encoder" / "e5-small-zh")
    )
    path = Path(given)
    if path.is_dir():
        missing = [file for file in _FILES[:3] if not (path / file).is_file()]
        if missing:
            raise SystemExit(f"error: {path} lacks {', '.join(missing)}: name a folder with a whole encoder.")
        return path
    if given.count("/") != 1 or given.startswith((".", "/")):
        raise SystemExit(f"error: no encoder in {path}: set HOTLINE_ENCODER to a folder with config.json.")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(given, allow_patterns=_FILES))
    except Exception as error:  # the hub's client raises many classes
        raise SystemExit(f"error: {given} can't be had from the model hub: name a local folder.") from error


def tokens_of(folder: Path, max_tokens: int = 128) -> Tokens:
    """Return the tokenizer of an encoder's folder, as the engine uses it."""
    shape = Encoder({"model_type": "bert", "hidden_act": "gelu"}, max_tokens=max_tokens)
    return Tokens((folder / "tokenizer.json").read_bytes(), shape)


def precision(device: str) -> Any:
    """Return autocast to bf16 where the device computes in it, else nothing."""
    found = processor()
    if device.startswith("cuda") or found["amx"] or found["avx512_bf16"]:
        return torch.autocast(device.split(":")[0], dtype=torch.bfloat16)
    return nullcontext()


def pad(rows: Sequence[Sequence[int]], number: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token numbers and attention mask of a batch, shape (texts, longest)."""
    ids, sizes = padded(rows, number)
    return torch.from_numpy(ids), (torch.arange(ids.shape[1]) < torch.from_numpy(sizes)[:, None]).long()


class MultiHead(nn.Module):
    """Encoder, mean pooling over the attention mask, dropout, one linear layer a head."""

    def __init__(
        self, folder: Path, heads: dict[str, int], *, frozen_layers: int = 2, layers: int = 0
    ) -> None:
        """Load the encoder and add heads {name: labels}; embeddings and low layers stay as they are.

        `layers` keeps so many, evenly chosen with the first and the last (0: all of them).
        """
        super().__init__()
        from transformers import AutoModel

        # Attention dropout would keep the CPU off its fused attention path.
        self.encoder = AutoModel.from_pretrained(
            str(folder), add_pooling_layer=False, attention_probs_dropout_prob=0.0, local_files_only=True
        ).float()
        every = self.encoder.encoder.layer
        if layers:
            kept = sorted({round(k) for k in np.linspace(0, len(every) - 1, layers)})
            self.encoder.encoder.layer = nn.ModuleList(every[k] for k in kept)
            self.encoder.config.num_hidden_layers = len(kept)
        self.drop = nn.Dropout(0.1)
        width = int(self.encoder.config.hidden_size)
        self.heads = nn.ModuleDict({f"head_{name}": nn.Linear(width, n) for name, n in heads.items()})
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:frozen_layers]):
            for parameter in part.parameters():
                parameter.requires_grad = False

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return each head's logits, shape (texts, labels)."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weight = mask.unsqueeze(-1).float()
        pooled = self.drop((hidden * weight).sum(1) / weight.sum(1))
        return {name.removeprefix("head_"): layer(pooled).float() for name, layer in self.heads.items()}

    def groups(self, rate: float, decay: float, heads: float = 1e-3) -> list[dict[str, Any]]:
        """Return optimiser groups: a layer's learning rate is `decay` times that of the layer above it."""
        layers = self.encoder.encoder.layer
        out: list[dict[str, Any]] = [{"params": list(self.heads.parameters()), "lr": heads}]
        for depth, layer in enumerate(layers):
            found = [p for p in layer.parameters() if p.requires_grad]
            if found:
                out.append({"params": found, "lr": rate * decay ** (len(layers) - 1 - depth)})
        return out


def predict(
    model: MultiHead,
    rows: Sequence[Sequence[int]],
    *,
    device: str,
    tick: Callable[[int], None] = lambda n: None,
) -> dict[str, Floats]:
    """Return each head's logits of tokenised texts, shape (texts, labels); the longest come last."""
    out: dict[str, Floats] = {}
    done, was = 0, model.training
    model.eval()
    with torch.inference_mode(), precision(device):
        for where in batches(rows, TOKENS):
            x, mask = pad([rows[i] for i in where])
            for name, value in model(x.to(device), mask.to(device)).items():
                out.setdefault(name, np.zeros((len(rows), value.shape[1]), np.float32))
                out[name][where] = value.float().cpu().numpy()
            done += len(where)
            tick(done)
    model.train(was)
    return out
