"""The encoder's shape, and its weights as they are stored: matrices as int8 with one step a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...artefact import Tensors
from ...errors import ModelCorrupt
from ..base import Floats, Head

ENCODER, HEADS, STEP = "encoder.", "heads.", ".step"
FAMILIES = {"bert": 0, "roberta": 2, "xlm-roberta": 2}
"""Encoders of BERT's shape, and the position number of a text's first token in each."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What a manifest says of the encoder: its configuration, and how a text is put to it.

    A text is cut to `max_characters`, set after `prefix` and cut to `max_tokens` with its two marks.
    """

    config: Mapping[str, Any]
    prefix: str = "query: "
    max_tokens: int = 128
    max_characters: int = 600
    first: int = field(init=False)

    def __post_init__(self) -> None:
        """Refuse an encoder that this engine can't run; raise ModelCorrupt."""
        family = self.config.get("model_type")
        if family not in FAMILIES or self.config.get("hidden_act") != "gelu":
            raise ModelCorrupt(
                f"the manifest's encoder is a {family!r} model and this engine runs those of BERT's shape "
                f"({', '.join(FAMILIES)}) with gelu: give another model."
            )
        object.__setattr__(self, "first", FAMILIES[family])

    @classmethod
    def from_dict(cls, row: Any) -> Encoder:
        """Read an encoder from a manifest; raise ModelCorrupt where it is none."""
        try:
            text = row["text"]
            found = cls(
                dict(row["config"]),
                str(text["prefix"]),
                int(text["max_tokens"]),
                int(text["max_characters"]),
            )
            sizes = (found.width, found.depth, found.attention_heads)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelCorrupt("the manifest's encoder can't be read: copy the model again.") from error
        if min(sizes) < 1 or found.width % found.attention_heads or found.max_tokens < 8:
            raise ModelCorrupt("the manifest's encoder has sizes that do not fit: copy the model again.")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest."""
        text = {
            "prefix": self.prefix,
            "max_tokens": self.max_tokens,
            "max_characters": self.max_characters,
        }
        return {"config": dict(self.config), "text": text}

    @property
    def width(self) -> int:
        """Return the numbers that stand for a token."""
        return int(self.config["hidden_size"])

    @property
    def depth(self) -> int:
        """Return the count of layers."""
        return int(self.config["num_hidden_layers"])

    @property
    def attention_heads(self) -> int:
        """Return the attention heads of a layer."""
        return int(self.config["num_attention_heads"])

    @property
    def epsilon(self) -> float:
        """Return what layer normalisation adds to the variance."""
        return float(self.config["layer_norm_eps"])


def quantise_rows(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Round a matrix of shape (rows, columns) to int8 with one step a row; return both."""
    step = np.abs(matrix).max(axis=1) / 127
    step = np.where(step > 0, step, 1).astype(np.float32)
    return np.rint(matrix / step[:, None]).astype(np.int8), step


def pack(state: Mapping[str, Floats]) -> Tensors:
    """Return the tensors to store of a state {encoder.*, heads.*}: the encoder's matrices as int8."""
    out: Tensors = {}
    for name, value in state.items():
        if value.ndim == 2 and name.startswith(ENCODER):
            out[name], out[name + STEP] = quantise_rows(value)
        else:
            out[name] = value.astype(np.float32)
    return out


def unpack(tensors: Tensors) -> dict[str, Floats]:
    """Return the float32 state of stored tensors."""
    out: dict[str, Floats] = {}
    for name, value in tensors.items():
        if name.endswith(STEP):
            continue
        step = tensors.get(name + STEP)
        out[name] = value.astype(np.float32) if step is None else value * step[:, None]
    return out


def check(tensors: Tensors, encoder: Encoder, heads: tuple[Head, ...]) -> None:
    """Raise ModelCorrupt unless the tensors are those that the manifest describes."""
    expected = _shapes(encoder)
    for head in heads:
        expected[f"{HEADS}{head.name}.weight"] = (len(head.labels), encoder.width)
        expected[f"{HEADS}{head.name}.bias"] = (len(head.labels),)
    found = {name: value.shape for name, value in tensors.items() if not name.endswith(STEP)}
    steps = {name + STEP for name, value in tensors.items() if value.dtype == np.int8}
    same = found == expected and steps == {name for name in tensors if name.endswith(STEP)}
    if not same or any(tensors[name].shape != tensors[name[: -len(STEP)]].shape[:1] for name in steps):
        raise ModelCorrupt("the weights have not the shape that the manifest states: copy the model again.")


def _shapes(encoder: Encoder) -> dict[str, tuple[int, ...]]:
    config, width = encoder.config, encoder.width
    inner = int(config["intermediate_size"])
    base = f"{ENCODER}embeddings."
    out: dict[str, tuple[int, ...]] = {
        f"{base}word_embeddings.weight": (int(config["vocab_size"]), width),
        f"{base}position_embeddings.weight": (int(config["max_position_embeddings"]), width),
        f"{base}token_type_embeddings.weight": (int(config["type_vocab_size"]), width),
    }
    norms = [f"{base}LayerNorm"]
    square = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")
    for k in range(encoder.depth):
        layer = f"{ENCODER}encoder.layer.{k}."
        sizes = dict.fromkeys(square, (width, width))
        sizes["intermediate.dense"], sizes["output.dense"] = (inner, width), (width, inner)
        for name, (outputs, inputs) in sizes.items():
            out[f"{layer}{name}.weight"] = (outputs, inputs)
            out[f"{layer}{name}.bias"] = (outputs,)
        norms += [f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
    for norm in norms:
        out[f"{norm}.weight"] = out[f"{norm}.bias"] = (width,)
    return out
