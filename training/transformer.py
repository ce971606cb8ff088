"""Fine-tune the encoder on gold and on the Haikou tickets' own labels, then on the pool, and score the pools.

python -m training.transformer [--epochs 5] [--seed 0] [--out .cache/teacher]
python -m training.transformer --start .cache/teacher/model.pt --pool --teachers --out .cache/second

A run that was killed goes on from its last saved step, to the same result. What comes out in OUT: model.pt
(for training.publish), about.json (what it was made from), and logits (.npz) of gold dev, the unlabelled
pool and Haikou's June, the teacher that training.distil pours into the linear engine. --hold K keeps one in K
gold rows out and writes their logits to held.npz, which training.publish --held calibrates on.

--pool adds the labelled texts of the unlabelled pool; with --teachers also the others, softly labelled by
the mean of the teachers' unlabelled.npz. Its settings' defaults are those of the second checkpoint of the
packaged model, which goes on from the first; training.average takes the mean of both.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hotline_nlp.engines.base import Floats
from hotline_nlp.engines.transformer.tokens import Tokens

from . import data, recipe
from .checkpoint import MAX_TOKENS, start
from .encoder import MultiHead, base_model, predict, tokens_of
from .loop import Config, Loop
from .pool import pool_rows
from .rows import Row, all_labels, labelled_row, pools, tokenise, training_rows, without_fold
from .score import of_checkpoint, score_pools
from .sources import default_teachers

SETTINGS = {field.name: field for field in dataclasses.fields(Config)}
SECOND = {
    "epochs": 2, "seed": 1, "rate": 6e-5, "head_rate": 3e-4, "warmup": 0.05, "frozen": 4, "gold": 0.45,
    "haikou": 0.0, "out": data.ROOT / ".cache" / "second",
}  # fmt: skip
"""The settings that are other with --pool."""


def accuracy(scores: Mapping[str, Floats], targets: Mapping[str, Any]) -> float:
    """Return the mean accuracy of the exclusive heads, by which the best epoch is chosen."""
    heads = ("type", "topic", "unit")
    return float(np.mean([(scores[h].argmax(axis=1) == targets[h].argmax(axis=1)).mean() for h in heads]))


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line: every field of Config, and what to read and write."""
    given = sys.argv[1:] if argv is None else argv
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw, allow_abbrev=False)
    for name, setting in SETTINGS.items():
        default: Any = setting.default
        if name == "device" and torch.cuda.is_available():
            default = "cuda"
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument("--base", default="", help="folder or hub name of the pretrained encoder")
    parser.add_argument("--start", type=Path, help="go on from this checkpoint's weights")
    parser.add_argument("--pool", action="store_true", help="train on the pool's labels too")
    parser.add_argument("--teachers", type=Path, nargs="*", help="folders of soft labels; none: the recipe's")
    parser.add_argument("--layers", type=int, default=0, help="keep so many of its layers; 0 for all")
    parser.add_argument("--max-tokens", type=int, default=MAX_TOKENS, help="read so many of a text")
    parser.add_argument("--hold", type=int, default=0, help="hold one gold row in so many out; 0 for none")
    parser.add_argument("--no-pools", action="store_true", help="score gold dev alone")
    parser.add_argument("--out", type=Path, default=data.ROOT / ".cache" / "teacher")
    if "--pool" in given:
        parser.set_defaults(**SECOND)
    options = parser.parse_args(given)
    if options.teachers is not None and not options.pool:
        parser.error("--teachers label the pool: add --pool")
    return options


def about(run: Loop, options: argparse.Namespace) -> dict[str, Any]:
    """Return what a published model says of its training, that of the checkpoint it started from included."""
    seen = run.seen()
    found = options.start.with_name("about.json") if options.start else None
    before = json.loads(found.read_text("utf-8")) if found and found.is_file() else {"files": [], "rows": {}}
    files = {"gold.csv", *before["files"]}
    files |= {
        name
        for name, read in (("haikou_units.csv", seen["haikou"]), ("unlabelled.csv", options.pool))
        if read
    }
    settings = {k: v for k, v in vars(run.config).items() if k not in ("device", "save_every")}
    return {
        "files": sorted(files),
        "rows": {
            kind: max(seen[kind], before["rows"].get(kind, 0)) for kind in sorted({*seen, *before["rows"]})
        },
        "settings": {**settings, "max_tokens": options.max_tokens},
        "started_from": "a checkpoint" if options.start else "the pretrained encoder",
        "dev_mean_accuracy": round(run.run.best, 4),
    }


def gather(options: argparse.Namespace) -> tuple[list[Row], list[Row]]:
    """Return the rows to train on and the gold rows held out, before they are tokenised."""
    rows = training_rows()
    if options.pool:
        given = dict.fromkeys(options.teachers or (), 1.0)
        rows += pool_rows(
            given or ({} if options.teachers is None else default_teachers(recipe.FIRST_TEACHERS))
        )
    if options.written:
        own = data.written()
        rows += [labelled_row(r, text, "written") for r, text in zip(own.rows, own.texts, strict=True)]
    return without_fold(rows, options.hold)


def set_up(
    rows: Sequence[Row], config: Config, base: Path, tokens: Tokens, checkpoint: Path | None, layers: int = 0
) -> tuple[MultiHead, list[str]]:
    """Give the rows their tokens; return the model to train, and the heads that the checkpoint lacked.

    Without a checkpoint it is the pretrained encoder with heads of seeded random weights.
    """
    torch.manual_seed(config.seed)
    for row, ids in zip(rows, tokenise([row.text for row in rows], tokens), strict=True):
        row.ids = ids
    heads = {name: len(found) for name, found in all_labels().items()}
    model = MultiHead(base, heads, layers=layers, frozen_layers=config.frozen).to(config.device)
    return model, start(model, checkpoint) if checkpoint else []


def main(argv: Sequence[str] | None = None) -> None:
    """Train, then score the pools into OUT/*.npz."""
    options = parse(argv)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    config = Config(**{name: getattr(options, name) for name in SETTINGS})
    folder = base_model(options.base)
    tokens = tokens_of(folder, options.max_tokens)
    rows, held = gather(options)
    model, new = set_up([*rows, *held], config, folder, tokens, options.start, options.layers)
    dev = data.gold("dev")
    dev_ids, targets = tokenise(dev.texts, tokens), data.gold_targets(dev.rows)

    def say(line: str) -> None:
        print(line, flush=True)

    def score(now: MultiHead) -> float:
        return accuracy(predict(now, dev_ids, device=config.device), targets)

    if options.start:
        say(
            f"from {options.start}, score {score(model):.4f}"
            + (f", new heads {', '.join(new)}" if new else "")
        )
    run = Loop(model, rows, config, out, say)
    say(f"rows {dict(run.seen())}, {sum(map(len, run.plan)):,} steps")
    run.fit(score)
    text = json.dumps(about(run, options), ensure_ascii=False, indent=1)
    (out / "about.json").write_text(text + "\n", "utf-8")
    if held:
        found = predict(model, [row.ids for row in held], device=config.device)
        np.savez_compressed(out / "held.npz", ids=np.array([row.id for row in held]), **found)  # type: ignore[arg-type]
    wanted = {"dev": dev.texts} if options.no_pools else pools()
    score_pools(of_checkpoint(model, tokens, config.device), wanted, out, say)


if __name__ == "__main__":
    main()
