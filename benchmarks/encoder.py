"""What each way to fine-tune the encoder is worth, in small: a third of gold train, two epochs, 96 tokens.

python -m benchmarks encoder writes results/encoder.json after each trial and goes on where it was stopped;
with --haikou it fine-tunes a later checkpoint to Haikou's units instead: results/haikou_encoder.json.
Measured on a tenth of gold train that is held out, and on gold dev, which chooses the better of the epochs.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from training import data
from training.measure import head_figures

from . import machine
from .corpora import HEADS

FILES = ("gold.csv", "haikou_units.csv", "unlabelled.csv")
SMALL = {
    "--epochs": "2", "--batch": "8", "--gold": "0.3", "--haikou": "0", "--max-tokens": "96", "--frozen": "4",
    "--hold": "10", "--patience": "9",
}  # fmt: skip
TRIALS: dict[str, dict[str, str]] = {
    "plain": {},
    "6 of 12 layers": {"--layers": "6", "--frozen": "2"},
    "R-drop, weight 1": {"--rdrop": "1"},
    "Haikou tickets' own labels beside": {"--haikou": "0.2"},
    "masked-language training first": {"--base": "adapted"},
}
SEEDS = {"plain": 3}
"""How often a trial is run; once where it is not named."""
ADAPTED = 8_000
"""Texts of gold train and the pool that the masked-language training reads, once."""


def adapted(folder: Path) -> Path:
    """Train the encoder on masked requests and return its folder."""
    from training.adapt import adapt
    from training.encoder import base_model

    texts = [*data.gold("train").texts, *data.pool_texts()]
    few = np.random.default_rng(0).permutation(len(texts))[:ADAPTED]
    adapt(base_model(), [texts[i] for i in few], folder, epochs=1, rate=1e-4, size=32, device="cpu")
    return folder


def trial(options: dict[str, str], seed: int, folder: Path) -> dict[str, Any]:
    """Fine-tune in a folder and return the figures of each head on the held-out rows and on dev."""
    from training.transformer import main

    given = SMALL | options | {"--seed": str(seed), "--out": str(folder)}
    main([part for pair in given.items() for part in pair] + ["--no-pools"])
    rows = {row["id"]: row for row in data.gold("train").rows}
    held, dev = np.load(folder / "held.npz"), np.load(folder / "dev.npz")
    sets = {"held_out": (held, [rows[i] for i in held["ids"]]), "dev": (dev, data.gold("dev").rows)}
    out: dict[str, Any] = {}
    for name, (logits, found) in sets.items():
        right = data.gold_targets(found)
        out[name] = {h: head_figures(logits[h], right[h].argmax(axis=1)) for h in HEADS}
    return out


def run() -> dict[str, Any]:
    """Run the trials that results/encoder.json lacks, and write it after each."""
    settings = {"small": SMALL, "masked_language_texts": ADAPTED}
    result: dict[str, Any] = {"benchmark": "encoder", **machine.context(FILES), "settings": settings}
    old = machine.read("encoder") or {}
    same = all(old.get(key) == result[key] for key in ("settings", "data"))
    result["trials"] = old["trials"] if same else {}
    for seed in range(max(SEEDS.values())):
        for name, options in TRIALS.items():
            runs = result["trials"].setdefault(name, [])
            if len(runs) > seed or seed >= SEEDS.get(name, 1):
                continue
            folder, began = Path(tempfile.mkdtemp(prefix="hotline-encoder-")), time.perf_counter()
            if options.get("--base") == "adapted":
                options = {"--base": str(adapted(folder / "adapted"))}
            found = trial(options, seed, folder)
            shutil.rmtree(folder)
            runs.append({"seed": seed, **found, "seconds": round(time.perf_counter() - began)})
            machine.write("encoder", result)
            print(name, seed, {h: found["held_out"][h]["accuracy"] for h in HEADS}, flush=True)
    return result


def haikou() -> dict[str, Any]:
    """Fine-tune to Haikou's units by each text that results/haikou_encoder.json lacks; add June's figures."""
    from training.haikou import main

    result: dict[str, Any] = {"benchmark": "haikou_encoder", **machine.context(("haikou_units.csv",))}
    old = machine.read("haikou_encoder") or {}
    result["june"] = old["june"] if old.get("data") == result["data"] else {}
    for text in ("stripped", "raw"):
        if text not in result["june"]:
            folder = data.ROOT / ".cache" / f"haikou_{text}"
            main(["--text", text, "--out", str(folder)])
            result["june"][text] = json.loads((folder / "june.json").read_text("utf-8"))
            machine.write("haikou_encoder", result)
    return result
