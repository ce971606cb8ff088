"""A tiny random encoder in a folder, with a tokenizer of single characters and a few words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
WORDS = ["▁", "小区", "电梯", "维修", "路灯", "投诉", "公交车", "司机", "que", "ry", ":"]
CHARACTERS = "小区电梯坏了没人维修路灯不亮投诉公交车司机态度差,。?0a"
WIDTH, LAYERS, HEADS, INNER, TOKENS = 24, 2, 3, 40, 32


def tokenizer() -> dict:
    pieces = [*SPECIAL, *WORDS, *dict.fromkeys(CHARACTERS), "<mask>"]
    scores = [-float(i % 7 + 2 + (len(piece) == 1) * 5) for i, piece in enumerate(pieces)]
    vocab = [[piece, 0.0 if piece in SPECIAL else score] for piece, score in zip(pieces, scores, strict=True)]
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [
        {"id": pieces.index(piece), "content": piece, **flags, "special": True}
        for piece in [*SPECIAL, "<mask>"]
    ]
    mark = {name: {"id": name, "ids": [pieces.index(name)], "tokens": [name]} for name in ("<s>", "</s>")}
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    start, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name in ("<s>", "</s>"))
    single = [start, {"Sequence": {"id": "A", "type_id": 0}}, end]
    pair = [*single, {"Sequence": {"id": "B", "type_id": 0}}, end]
    marks = {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": mark}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": space,
        "decoder": space,
        "post_processor": marks,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocab, "byte_fallback": False},
    }


def config(family: str = "bert") -> dict:
    return {
        "model_type": family, "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "intermediate_size": INNER, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "type_vocab_size": 1,
        "max_position_embeddings": 130, "pad_token_id": 1,
        "vocab_size": len(tokenizer()["model"]["vocab"]),
    }  # fmt: skip


def state(heads: dict[str, int], family: str = "bert", seed: int = 0) -> dict[str, np.ndarray]:
    """Return random float32 weights of the shapes that the engine expects."""
    from hotline_nlp.engines.transformer.weights import Encoder, _shapes

    rng = np.random.default_rng(seed)
    shapes = _shapes(Encoder(config(family)))
    for name, labels in heads.items():
        shapes |= {f"heads.{name}.weight": (labels, WIDTH), f"heads.{name}.bias": (labels,)}
    out = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    for name in out:
        if "LayerNorm.weight" in name:
            out[name] = out[name] + 1
    return out


def manifest(family: str = "bert") -> dict:
    named = (("type", ["咨询", "求助", "投诉"]), ("unit", ["属地", "市公安局"]))
    heads = [
        {"name": name, "kind": "softmax", "labels": labels, "temperature": 1.2, "thresholds": []}
        for name, labels in named
    ]
    urgent = {"kind": "sigmoid", "labels": ["urgent"], "temperature": 1.0, "thresholds": [0.5]}
    heads.append({"name": "urgent", **urgent})
    return {
        "kind": "hotline_nlp/transformer", "name": "tiny", "version": "1",
        "encoder": {"config": config(family),
                    "text": {"prefix": "query: ", "max_tokens": TOKENS, "max_characters": 60}},
        "heads": heads,
        "decision": {"head": "unit", "threshold": 0.5, "error_rate": 0.1, "delta": 0.05, "coverage": 1.0,
                     "samples": 9},
    }  # fmt: skip


def tokenizer_bytes() -> bytes:
    return json.dumps(tokenizer(), ensure_ascii=False).encode()


def parts(family: str = "bert") -> tuple[dict, dict[str, np.ndarray], bytes]:
    """Return manifest, stored tensors and tokenizer of a tiny engine."""
    from hotline_nlp.engines.transformer import pack

    about = manifest(family)
    sizes = {head["name"]: len(head["labels"]) for head in about["heads"]}
    return about, pack(state(sizes, family)), tokenizer_bytes()


def encoder_folder(folder: Path) -> Path:
    """Write a pretrained encoder as transformers would: config, weights, tokenizer."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    save_file({name.removeprefix("encoder."): value for name, value in state({}).items()},
              folder / "model.safetensors", metadata={"format": "pt"})  # fmt: skip
    about = {**config(), "architectures": ["BertModel"]}
    (folder / "config.json").write_text(json.dumps(about), "utf-8")
    (folder / "tokenizer.json").write_bytes(tokenizer_bytes())
    return folder
