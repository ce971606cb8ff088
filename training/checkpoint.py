"""Read a fine-tuned checkpoint and make it what the engine takes: its own names, no spare rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotline_nlp.engines.base import Floats
from hotline_nlp.engines.transformer import Encoder

HEADS = ("type", "topic", "unit", "urgent", "flags")
"""The heads that are published; others were auxiliary tasks."""
KEPT = (
    "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "hidden_act", "layer_norm_eps", "max_position_embeddings", "type_vocab_size", "vocab_size",
    "pad_token_id",
)  # fmt: skip
"""What the manifest keeps of the encoder's configuration."""
_OLD_NAMES = {"enc.": "encoder.", "heads.h_": "heads.", "heads.head_": "heads."}


def read_state(path: Path) -> dict[str, Floats]:
    """Return a checkpoint's float32 state {encoder.*, heads.NAME.*} without the auxiliary heads."""
    import torch

    saved: Mapping[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    out: dict[str, Floats] = {}
    for name, value in saved.get("model", saved).items():
        for old, new in _OLD_NAMES.items():
            if name.startswith(old):
                name = new + name.removeprefix(old)
        kind, _, rest = name.partition(".")
        if kind == "encoder" or (kind == "heads" and rest.split(".")[0] in HEADS):
            out[name] = value.float().numpy()
    return out


def cut(
    state: dict[str, Floats], config: Mapping[str, Any], max_tokens: int
) -> tuple[Encoder, dict[str, Floats]]:
    """Return the encoder and a state without positions past the longest text."""
    found = {name: config[name] for name in KEPT}
    name = "encoder.embeddings.position_embeddings.weight"
    first = Encoder(found).first
    places = state[name][: max_tokens + first]
    layers = {key.split(".")[3] for key in state if key.startswith("encoder.encoder.layer.")}
    found |= {"max_position_embeddings": len(places), "num_hidden_layers": len(layers)}
    return Encoder(found, max_tokens=max_tokens), {**state, name: places}


def small_tokenizer(path: Path) -> bytes:
    """Return a tokenizer.json without white space between its values."""
    return json.dumps(json.loads(path.read_text("utf-8")), ensure_ascii=False, separators=(",", ":")).encode()
