"""Score the pools and parts of training texts with the packaged encoder or a checkpoint, for training.distil.

python -m training.score models/transformer            # into .cache/transformer
python -m training.score CHECKPOINT.pt [--out FOLDER]  # beside the checkpoint
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hotline_nlp.engines.load import load_engine
from hotline_nlp.engines.transformer.tokens import Tokens

from . import data, spans
from .checkpoint import MAX_TOKENS, start
from .encoder import MultiHead, base_model, predict, tokens_of
from .rows import all_labels, pools, tokenise

Scorer = Callable[[Sequence[str]], Mapping[str, Any]]
"""From texts to their logits by head, each of shape (texts, labels)."""


def score_pools(
    logits: Scorer,
    texts: Mapping[str, Sequence[str]],
    out: Path,
    say: Callable[[str], None] = print,
) -> None:
    """Write the logits of each pool's texts to OUT/NAME.npz, one array of (texts, labels) a head."""
    for name, found in texts.items():
        np.savez_compressed(out / f"{name}.npz", **logits(found))
        say(f"scored {name}: {len(found):,} texts")


def of_checkpoint(model: MultiHead, tokens: Tokens, device: str) -> Scorer:
    """Return a function from texts to the logits that a model in training gives them."""
    return lambda texts: predict(model, tokenise(texts, tokens), device=device)


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and score every pool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path, help="a packaged model's folder, or a checkpoint")
    parser.add_argument("--base", default="", help="folder or hub name of a checkpoint's pretrained encoder")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, help="where else to write to")
    options = parser.parse_args(argv)
    found: Path = options.model
    packaged = found.is_dir()
    if packaged:
        logits: Scorer = load_engine(found, options.device).logits
    else:
        folder = base_model(options.base)
        model = MultiHead(folder, {name: len(labels) for name, labels in all_labels().items()})
        start(model.to(options.device), found)
        logits = of_checkpoint(model, tokens_of(folder, MAX_TOKENS), options.device)
    out = options.out or (data.ROOT / ".cache" / found.resolve().name if packaged else found.parent)
    out.mkdir(parents=True, exist_ok=True)
    score_pools(logits, pools() | {"spans": [part for _, part in spans.parts(spans.drawn_from())]}, out)


if __name__ == "__main__":
    main()
