"""Score the pools and parts of training texts with the packaged encoder or a checkpoint, for training.distil.

python -m training.score models/transformer            # into .cache/transformer
python -m training.score CHECKPOINT.pt [--out FOLDER]  # beside the checkpoint
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hotline_nlp.engines.load import load_engine
from hotline_nlp.engines.transformer.tokens import Tokens

from . import data, spans
from .checkpoint import MAX_TOKENS, start
from .encoder import MultiHead, base_model, predict, tokens_of
from .rows import all_labels, pools, tokenise

BLOCK = 2_000
"""Texts that a packaged model scores at once."""


def score_pools(
    model: MultiHead,
    texts: Mapping[str, Sequence[str]],
    tokens: Tokens,
    out: Path,
    *,
    device: str = "cpu",
    say: Callable[[str], None] = print,
) -> None:
    """Write the logits of each pool's texts to OUT/NAME.npz, one array of (texts, labels) a head."""
    for name, found in texts.items():
        logits = predict(model, tokenise(found, tokens), device=device)
        np.savez_compressed(out / f"{name}.npz", **logits)  # type: ignore[arg-type]
        say(f"scored {name}: {len(found):,} texts")


def score_packaged(
    folder: Path,
    texts: Mapping[str, Sequence[str]],
    out: Path,
    *,
    device: str | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Write the same with a packaged model; raise ModelError where the folder holds none."""
    engine = load_engine(folder, device)
    for name, found in texts.items():
        parts = [engine.logits(found[at : at + BLOCK]) for at in range(0, len(found), BLOCK)]
        logits = {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}
        np.savez_compressed(out / f"{name}.npz", **logits)  # type: ignore[arg-type]
        say(f"scored {name}: {len(found):,} texts")


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
    out = options.out or (data.ROOT / ".cache" / found.resolve().name if packaged else found.parent)
    out.mkdir(parents=True, exist_ok=True)
    texts = pools() | {"spans": [part for _, part in spans.parts(spans.drawn_from())]}
    if packaged:
        score_packaged(found, texts, out, device=options.device)
        return
    folder = base_model(options.base)
    model = MultiHead(folder, {name: len(labels) for name, labels in all_labels().items()})
    start(model.to(options.device), found)
    score_pools(model, texts, tokens_of(folder, MAX_TOKENS), out, device=options.device)


if __name__ == "__main__":
    main()
