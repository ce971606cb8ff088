"""Turn a fine-tuned checkpoint into models/transformer: int8 matrices, tokenizer, manifest, card.

python -m training.publish CHECKPOINT [--held LOGITS.npz] [--out models/transformer]

CHECKPOINT is what training.transformer wrote. Temperatures, thresholds and the decision are chosen on the
logits of gold rows that the checkpoint was not trained on, which training.transformer --hold writes; without
them on gold dev, and the manifest says so. What each step of making the model small cost is measured on gold
dev: float32, bf16, int8 weights, and int8 activations too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.artefact import Tensors, file_hash, libraries, packaged, write_model
from hotline_nlp.calibrate import best_thresholds, fit_temperature, fit_temperature_binary
from hotline_nlp.decide import Policy, choose_policy
from hotline_nlp.engines.base import Floats, Head
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.engines.transformer import TransformerEngine, pack
from hotline_nlp.errors import ModelCorrupt

from . import data, transformer_card
from .card import DEV
from .checkpoint import HEADS, MAX_TOKENS, cut, read_state, small_tokenizer
from .known import Known
from .measure import measure
from .recipe import VERSION
from .tune_cascade import tune

ERROR_RATE, DELTA = 0.1, 0.05
SHIPPED, SMALLEST = "int8 weights, bf16", "int8 weights and activations"
TOLERANCE = 0.003
"""What a path of computing may lose on a head to be called exact enough."""
HELD = "gold train rows held out of a fit of the same recipe"


def plain_heads() -> tuple[Head, ...]:
    """Return the heads before they are calibrated."""
    labels = data.head_labels()
    return tuple(
        Head(name, "sigmoid", labels[name], 1.0, (0.5,) * len(labels[name]))
        if name in ("urgent", "flags")
        else Head(name, "softmax", labels[name])
        for name in HEADS
    )


def calibrated(head: Head, logits: Floats, targets: NDArray[Any]) -> Head:
    """Return the head with its temperature and thresholds, from held-out logits; both are (texts, labels)."""
    wide = logits.astype(np.float64)
    if head.kind == "softmax":
        return Head(
            head.name, head.kind, head.labels, round(fit_temperature(wide, targets.argmax(axis=1)), 4)
        )
    found = Head(head.name, head.kind, head.labels, round(fit_temperature_binary(wide, targets), 4))
    limits = best_thresholds(found.probabilities(logits), targets)
    return Head(head.name, head.kind, head.labels, found.temperature, limits)


def decision(head: Head, logits: Floats, targets: NDArray[Any]) -> Policy:
    """Return the threshold of `auto` from held-out logits."""
    p = head.probabilities(logits)
    right = p.argmax(axis=1) == targets.argmax(axis=1)
    return choose_policy(p.max(axis=1), right, head=head.name, error_rate=ERROR_RATE, delta=DELTA)


def accuracies(logits: Mapping[str, Floats], targets: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    """Return the accuracy of the exclusive heads."""
    return {
        name: round(float((logits[name].argmax(axis=1) == targets[name].argmax(axis=1)).mean()), 4)
        for name in ("type", "topic", "unit")
    }


def steps(
    manifest: dict[str, Any], state: dict[str, Floats], packed: Tensors, tokenizer: bytes
) -> tuple[dict[str, Any], dict[str, Floats]]:
    """Measure on gold dev what each step to the small model costs; return also the shipped logits."""
    gold = data.gold("dev")
    targets = data.gold_targets(gold.rows)
    tried: tuple[tuple[str, Tensors, Any], ...] = (
        ("float32", state, "fp32"),
        ("bf16", state, "bf16"),
        (SHIPPED, packed, "bf16"),
        (SMALLEST, packed, "int8"),
    )
    out: dict[str, Any] = {}
    kept: dict[str, Floats] = {}
    for name, tensors, path in tried:
        engine = TransformerEngine(manifest, dict(tensors), tokenizer, path=path)
        size = sum(tensor.nbytes for tensor in tensors.values()) // (2 if name == "bf16" else 1)
        logits = engine.logits(gold.texts)
        out[name] = {"megabytes": round(size / 1e6, 1), **accuracies(logits, targets)}
        print(name, out[name], flush=True)
        if name == SHIPPED:
            kept = logits
    return out, kept


def exact_paths(found: Mapping[str, Any]) -> list[str]:
    """Return the paths that lose at most TOLERANCE on any head beside the one before them."""
    pairs = {"bf16": ("float32", "bf16"), "int8": (SHIPPED, SMALLEST)}
    heads = ("type", "topic", "unit")
    return [
        path
        for path, (before, after) in pairs.items()
        if all(found[before][head] - found[after][head] <= TOLERANCE for head in heads)
    ]


def held_out(path: Path) -> tuple[dict[str, Floats], dict[str, NDArray[Any]]]:
    """Return logits and targets of gold rows to calibrate on."""
    saved = np.load(path)
    rows = {row["id"]: row for row in data.gold("train").rows}
    missing = [name for name in ("ids", *HEADS) if name not in saved]
    if missing:
        raise SystemExit(f"error: {path} lacks {', '.join(missing)}: give the file that --hold wrote.")
    targets = data.gold_targets([rows[str(i)] for i in saved["ids"]])
    return {name: saved[name] for name in HEADS}, targets


def about(checkpoint: Path) -> dict[str, Any]:
    """Return what the training noted beside its checkpoint: data, rows, recipe."""
    path = checkpoint.with_name("about.json")
    found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    files = found.pop("files", ["gold.csv", "haikou_units.csv"])
    rows = found.pop("rows", {"gold": len(data.gold("train").rows)})
    hashes = {name: file_hash(data.folder() / name) for name in files}
    return {"data": hashes, "rows": rows, "recipe": found}


def build(checkpoint: Path, base: Path, held: Path | None) -> tuple[dict[str, Any], Tensors, bytes]:
    """Return the manifest, tensors and tokenizer of the published model."""
    encoder, state = cut(
        read_state(checkpoint), json.loads((base / "config.json").read_text("utf-8")), MAX_TOKENS
    )
    tokenizer, packed = small_tokenizer(base / "tokenizer.json"), pack(state)
    manifest: dict[str, Any] = {
        "kind": "hotline_nlp/transformer",
        "name": "transformer",
        "version": VERSION,
        "language": "zh",
        **about(checkpoint),
        "encoder": encoder.to_dict(),
        "heads": [head.to_dict() for head in plain_heads()],
    }
    manifest["steps"], dev = steps(manifest, state, packed, tokenizer)
    manifest["exact_paths"] = exact_paths(manifest["steps"])
    gold = data.gold("dev")
    logits, targets = held_out(held) if held else (dev, data.gold_targets(gold.rows))
    heads = tuple(calibrated(head, logits[head.name], targets[head.name]) for head in plain_heads())
    unit = next(head for head in heads if head.name == "unit")
    manifest["heads"] = [head.to_dict() for head in heads]
    manifest["decision"] = decision(unit, logits["unit"], targets["unit"]).to_dict()
    manifest["calibrated_on"] = HELD if held else DEV
    manifest["size"] = sum(tensor.nbytes for tensor in packed.values()) + len(tokenizer)
    manifest["libraries"] = libraries()
    engine = Known(gold.texts, dev, heads, manifest)
    manifest["metrics"] = {"gold_dev": measure(engine, gold)}
    folder = packaged("linear")
    if folder is not None:
        manifest.update(tune(LinearEngine.load(folder), engine, gold))
    return manifest, packed, tokenizer


def main(argv: list[str] | None = None) -> None:
    """Read the command line and write the model folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="checkpoint of training.transformer")
    parser.add_argument("--base", type=Path, help="folder of the encoder that it was fine-tuned from")
    parser.add_argument("--held", type=Path, help="logits of held-out gold rows to calibrate on")
    parser.add_argument("--out", type=Path, default=data.ROOT / "models" / "transformer")
    options = parser.parse_args(argv)
    from .encoder import base_model

    try:
        manifest, tensors, tokenizer = build(options.checkpoint, options.base or base_model(), options.held)
    except (OSError, ModelCorrupt) as error:
        raise SystemExit(f"error: {error}") from error
    write_model(options.out, manifest, tensors, transformer_card.render(manifest), tokenizer=tokenizer)
    size = sum(path.stat().st_size for path in options.out.iterdir())
    print(f"wrote {options.out}, {size / 1e6:.1f} MB: {manifest['metrics']}")


if __name__ == "__main__":
    main()
