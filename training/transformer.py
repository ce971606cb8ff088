"""Fine-tune the encoder on gold and on the Haikou tickets' own labels, and score the pools.

python -m training.transformer [--epochs 5] [--seed 0] [--out .cache/teacher]

A run that was killed goes on from its last saved step, to the same result. What comes out in OUT: model.pt
(for training.publish), about.json (what it was made from), and logits (.npz) of gold dev, the unlabelled
pool and Haikou's June, the teacher that training.distil pours into the linear engine. --hold K keeps one in K
gold rows out and writes their logits to held.npz, which training.publish --held calibrates on.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hotline_nlp.engines.base import Floats

from . import data
from .encoder import MultiHead, base_model, predict, tokens_of
from .loop import Config, Loop
from .rows import Row, all_labels, pools, tokenise, training_rows, without_fold

SETTINGS = {field.name: field for field in dataclasses.fields(Config)}


def accuracy(scores: Mapping[str, Floats], targets: Mapping[str, Any]) -> float:
    """Return the mean accuracy of the exclusive heads, by which the best epoch is chosen."""
    heads = ("type", "topic", "unit")
    return float(np.mean([(scores[h].argmax(axis=1) == targets[h].argmax(axis=1)).mean() for h in heads]))


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line: every field of Config, and what to read and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, setting in SETTINGS.items():
        default: Any = setting.default
        if name == "device" and torch.cuda.is_available():
            default = "cuda"
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument("--base", default="", help="folder or hub name of the pretrained encoder")
    parser.add_argument("--layers", type=int, default=0, help="keep so many of its layers; 0 for all")
    parser.add_argument("--hold", type=int, default=0, help="hold one gold row in so many out; 0 for none")
    parser.add_argument("--no-pools", action="store_true", help="score gold dev alone")
    parser.add_argument("--out", type=Path, default=data.ROOT / ".cache" / "teacher")
    return parser.parse_args(argv)


def about(rows: Sequence[Row], config: Config, score: float) -> dict[str, Any]:
    """Return what a published model says of its training."""
    gold = sum(row.gold for row in rows)
    return {
        "files": ["gold.csv", "haikou_units.csv"],
        "rows": {"gold": gold, "haikou": len(rows) - gold},
        "settings": {k: v for k, v in vars(config).items() if k not in ("device", "save_every")},
        "dev_mean_accuracy": round(score, 4),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Train, then score the pools into OUT/*.npz."""
    options = parse(argv)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    config = Config(**{name: getattr(options, name) for name in SETTINGS})
    torch.manual_seed(config.seed)
    folder = base_model(options.base)
    tokens = tokens_of(folder)
    rows, held = without_fold(training_rows(), options.hold)
    for row, ids in zip([*rows, *held], tokenise([r.text for r in [*rows, *held]], tokens), strict=True):
        row.ids = ids
    heads = {name: len(found) for name, found in all_labels().items()}
    model = MultiHead(folder, heads, layers=options.layers).to(config.device)
    dev = data.gold("dev")
    dev_ids, targets = tokenise(dev.texts, tokens), data.gold_targets(dev.rows)

    def say(line: str) -> None:
        print(line, flush=True)

    def score(now: MultiHead) -> float:
        return accuracy(predict(now, dev_ids, device=config.device), targets)

    run = Loop(model, rows, config, out, say).fit(score)
    text = json.dumps(about(rows, config, run.best), ensure_ascii=False, indent=1)
    (out / "about.json").write_text(text + "\n", "utf-8")
    if held:
        found = predict(model, [row.ids for row in held], device=config.device)
        np.savez_compressed(out / "held.npz", ids=np.array([row.id for row in held]), **found)  # type: ignore[arg-type]
    wanted = {"dev": dev.texts} if options.no_pools else pools()
    for name, texts in wanted.items():
        scores = predict(model, tokenise(texts, tokens), device=config.device)
        np.savez_compressed(out / f"{name}.npz", **scores)  # type: ignore[arg-type]
        say(f"scored {name}: {len(texts):,} texts")


if __name__ == "__main__":
    main()
