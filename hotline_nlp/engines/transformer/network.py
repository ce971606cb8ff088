"""The encoder's forward pass on the CPU: no autograd, no padding but a batch's own, laid-out weights.

The same function as transformers' BertModel with mean pooling (test: equal to it within rounding): query, key
and value are one product, attention is torch's fused one, and a batch of one length has no mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from ..base import Floats
from .layers import GELU_FLOOR, Layer, dense
from .paths import Path
from .tokens import Ints
from .weights import ENCODER, Encoder

Norm = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, slots=True)
class _Block:
    mixed: Layer
    joined: Layer
    wide: Layer
    narrow: Layer
    after_attention: Norm
    after_wide: Norm


class Network:
    """Mean-pooled hidden states of padded batches of token numbers."""

    def __init__(self, state: dict[str, Floats], encoder: Encoder, path: Path) -> None:
        """Lay out a float32 state {encoder.*} for one path."""
        self.path, self._encoder = path, encoder
        self._dtype = torch.bfloat16 if path == "bf16" else torch.float32
        self._state = {name: torch.from_numpy(value) for name, value in state.items()}
        base = f"{ENCODER}embeddings."
        self._words = self._state[f"{base}word_embeddings.weight"].to(self._dtype)
        places = self._state[f"{base}position_embeddings.weight"][encoder.first :]
        self._places = (places + self._state[f"{base}token_type_embeddings.weight"][0]).to(self._dtype)
        self._first = self._norm(f"{base}LayerNorm")
        self._blocks = [self._block(f"{ENCODER}encoder.layer.{k}.") for k in range(encoder.depth)]
        del self._state

    def _norm(self, name: str) -> Norm:
        weight, bias = (self._state[f"{name}.{part}"].to(self._dtype) for part in ("weight", "bias"))
        return weight, bias

    def _dense(self, *names: str, gelu: bool = False, floor: float = 0.0) -> Layer:
        weight, bias = (
            torch.cat([self._state[f"{name}.{part}"] for name in names]) for part in ("weight", "bias")
        )
        return dense(weight, bias, self.path, gelu=gelu, floor=floor)

    def _block(self, at: str) -> _Block:
        own = f"{at}attention.self."
        return _Block(
            self._dense(f"{own}query", f"{own}key", f"{own}value"),
            self._dense(f"{at}attention.output.dense"),
            self._dense(f"{at}intermediate.dense", gelu=True),
            self._dense(f"{at}output.dense", floor=GELU_FLOOR),
            self._norm(f"{at}attention.output.LayerNorm"),
            self._norm(f"{at}output.LayerNorm"),
        )

    @torch.inference_mode()
    def pooled(self, ids: Ints, sizes: Ints) -> Floats:
        """Return the mean over each text's tokens, shape (texts, width); ids are (texts, longest)."""
        longest = ids.shape[1]
        words = functional.embedding(torch.from_numpy(ids), self._words)
        x = self._normed(words + self._places[:longest], self._first)
        known = torch.arange(longest) < torch.from_numpy(sizes)[:, None]
        mask = None if bool((sizes == longest).all()) else known[:, None, None, :]
        for block in self._blocks:
            x = self._normed(x + block.joined(self._attend(block.mixed(x), mask)), block.after_attention)
            x = self._normed(x + block.narrow(block.wide(x)), block.after_wide)
        kept = x.float() * known[:, :, None]
        out: Floats = (kept.sum(1) / known.sum(1, keepdim=True)).numpy()
        return out

    def _attend(self, mixed: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        texts, longest, _ = mixed.shape
        heads = self._encoder.attention_heads
        query, key, value = mixed.view(texts, longest, 3, heads, -1).permute(2, 0, 3, 1, 4)
        out = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return out.transpose(1, 2).reshape(texts, longest, -1)

    def _normed(self, x: torch.Tensor, norm: Norm) -> torch.Tensor:
        return functional.layer_norm(x, x.shape[-1:], *norm, self._encoder.epsilon)
