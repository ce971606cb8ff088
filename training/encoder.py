"""A pretrained encoder with one linear head a question, all of them trained together."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from .data import ROOT

PREFIX = "query: "
MAX_TOKENS = 128
Scores = dict[str, "np.ndarray[Any, np.dtype[np.float32]]"]


def base_model() -> Path:
    """Return the pretrained encoder's folder: HOTLINE_ENCODER, else ../shared/encoder/e5-small-zh."""
    path = Path(os.environ.get("HOTLINE_ENCODER", ROOT.parent / "shared" / "encoder" / "e5-small-zh"))
    if not (path / "config.json").is_file():
        raise SystemExit(f"error: no encoder in {path}: set HOTLINE_ENCODER to a folder with config.json.")
    return path


def tokenise(texts: Sequence[str], folder: Path) -> list[list[int]]:
    """Return token numbers of each text, prefixed as the encoder was pretrained."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    plain = [PREFIX + unicodedata.normalize("NFKC", text)[:600] for text in texts]
    ids = tokenizer(plain, truncation=True, max_length=MAX_TOKENS)
    return [list(row) for row in ids["input_ids"]]


def pad(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token numbers and attention mask of a batch, shape (texts, longest)."""
    width = max(map(len, rows))
    ids = torch.ones(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask


class MultiHead(nn.Module):
    """Encoder, mean pooling over the attention mask, dropout, one linear layer a head."""

    def __init__(self, folder: Path, heads: dict[str, int], *, frozen_layers: int = 2) -> None:
        """Load the encoder and add heads {name: labels}; embeddings and low layers stay as they are."""
        super().__init__()
        from transformers import AutoModel

        # Attention dropout would keep the CPU off its fused attention path.
        self.encoder = AutoModel.from_pretrained(
            str(folder), add_pooling_layer=False, attention_probs_dropout_prob=0.0
        ).float()
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
        return {name.removeprefix("head_"): layer(pooled) for name, layer in self.heads.items()}

    def groups(self, rate: float, decay: float) -> list[dict[str, Any]]:
        """Return optimiser groups: a layer's learning rate is `decay` times that of the layer above it."""
        layers = self.encoder.encoder.layer
        out: list[dict[str, Any]] = [{"params": list(self.heads.parameters()), "lr": 1e-3}]
        for depth, layer in enumerate(layers):
            found = [p for p in layer.parameters() if p.requires_grad]
            if found:
                out.append({"params": found, "lr": rate * decay ** (len(layers) - 1 - depth)})
        return out


def predict(
    model: MultiHead,
    ids: Sequence[Sequence[int]],
    *,
    device: str,
    batch: int = 64,
    tick: Callable[[int], None],
) -> Scores:
    """Return each head's logits of tokenised texts, shape (texts, labels); longest batches come last."""
    order = np.argsort([len(row) for row in ids], kind="stable")
    out: Scores = {}
    model.eval()
    with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
        for start in range(0, len(order), batch):
            where = order[start : start + batch]
            x, mask = pad([ids[i] for i in where])
            for name, value in model(x.to(device), mask.to(device)).items():
                out.setdefault(name, np.zeros((len(ids), value.shape[1]), np.float32))
                out[name][where] = value.float().cpu().numpy()
            tick(min(start + batch, len(order)))
    model.train()
    return out
