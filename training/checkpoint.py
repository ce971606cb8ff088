"""Read a fine-tuned checkpoint and make it what the engine takes: its own names, no spare rows."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotline_nlp.engines.base import Floats
from hotline_nlp.engines.transformer import Encoder
from hotline_nlp.files import write_whole

HEADS = ("type", "topic", "unit", "urgent", "flags")
"""The heads that are published; others were auxiliary tasks."""
KEPT = (
    "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "hidden_act", "layer_norm_eps", "max_position_embeddings", "type_vocab_size", "vocab_size",
    "pad_token_id",
)  # fmt: skip
"""What the manifest keeps of the encoder's configuration."""
MAX_TOKENS = 192
"""Tokens of a text that are read: some 260 characters, what the annotators saw."""
_OLD_NAMES = {"enc.": "encoder.", "heads.h_": "heads.", "heads.head_": "heads."}


def save(value: dict[str, Any], path: Path) -> None:
    """Write a file whole or not at all."""
    import torch

    write_whole(path, lambda stream: torch.save(value, stream))


def load(path: Path) -> dict[str, Any]:
    """Return a checkpoint's tensors {encoder.*, heads.NAME.*}; raise SystemExit where it can't be read."""
    import torch

    try:
        saved: Mapping[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        found = saved.get("model", saved).items()
    except (OSError, RuntimeError, AttributeError, EOFError, pickle.UnpicklingError) as error:
        raise SystemExit(f"error: {path} is no checkpoint of training.transformer: give another.") from error
    out: dict[str, Any] = {}
    for name, value in found:
        for old, new in _OLD_NAMES.items():
            if name.startswith(old):
                name = new + name.removeprefix(old)
        out[name] = value
    return out


def start(model: Any, path: Path) -> list[str]:
    """Put a checkpoint's weights into a MultiHead and return the heads that it lacks, which stay random.

    Heads that the model lacks are left out. Raises SystemExit where the encoder or a head has another shape.
    """
    own = model.state_dict()
    state = {re.sub(r"^heads\.", "heads.head_", name): value for name, value in load(path).items()}
    wrong = [name for name in own if name.startswith("encoder.") and name not in state]
    wrong += [name for name in state if name.startswith("encoder.") and name not in own]
    wrong += [name for name, value in state.items() if name in own and value.shape != own[name].shape]
    if wrong:
        raise SystemExit(
            f"error: {path} is of another encoder or other labels ({wrong[0]}): give its --base."
        )
    missing, _ = model.load_state_dict({k: v for k, v in state.items() if k in own}, strict=False)
    return sorted({name.split(".")[1].removeprefix("head_") for name in missing})


def read_state(path: Path) -> dict[str, Floats]:
    """Return a checkpoint's float32 state {encoder.*, heads.NAME.*} without the auxiliary heads."""
    return {
        name: value.float().numpy()
        for name, value in load(path).items()
        if name.startswith("encoder.") or (name.startswith("heads.") and name.split(".")[1] in HEADS)
    }


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
