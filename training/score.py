"""Score the pools and parts of training texts with a checkpoint of the encoder, for training.distil.

python -m training.score MODEL.pt [--out FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hotline_nlp.engines.transformer.tokens import Tokens

from . import spans
from .checkpoint import MAX_TOKENS, start
from .encoder import MultiHead, base_model, predict, tokens_of
from .rows import all_labels, pools, tokenise


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


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and score every pool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--base", default="", help="folder or hub name of the pretrained encoder")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, help="the checkpoint's folder where left out")
    options = parser.parse_args(argv)
    folder = base_model(options.base)
    model = MultiHead(folder, {name: len(found) for name, found in all_labels().items()})
    start(model.to(options.device), options.checkpoint)
    out = options.out or options.checkpoint.parent
    out.mkdir(parents=True, exist_ok=True)
    texts = pools() | {"spans": [part for _, part in spans.parts(spans.drawn_from())]}
    score_pools(model, texts, tokens_of(folder, MAX_TOKENS), out, device=options.device)


if __name__ == "__main__":
    main()
