"""Fine-tune the encoder to Haikou's own 53 units on tickets before June 2018, and measure it on June.

python -m training.haikou [--text stripped|raw] [--start .cache/mean/model.pt] [--out .cache/haikou_stripped]

Raw tickets still carry the operator's directive, which often names the unit. The epochs are fixed, so that
nothing is chosen by June. June's figures go to OUT/june.json and its logits to OUT/june.npz; a run that was
killed goes on from its last saved step.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from hotline_nlp.normalise import normalise

from . import data
from .checkpoint import MAX_TOKENS
from .encoder import base_model, predict, tokens_of
from .loop import Config, Loop
from .measure import head_figures
from .rows import EVERY, UNKNOWN, Row, haikou_labels
from .transformer import set_up

UNIT = "haikou_unit"
OPENING, END = 150, 80
"""So many characters of a long raw ticket are read, some 192 tokens: the directive stands at its end."""


def ends(text: str) -> str:
    """Return a text without its middle where it is longer than what is read."""
    return text if len(text) <= OPENING + END else text[:OPENING] + text[-END:]


def tickets(split: str, text: str) -> list[Row]:
    """Return a split's tickets as rows with their units; `text` is stripped or raw."""
    units = haikou_labels()[UNIT]
    rows, flags = [], [-1.0] * len(data.head_labels()["flags"])
    for r in data.read("haikou_units.csv"):
        if r["split"] == split:
            given = ends(data.folded(r["text"])) if text == "raw" else normalise(r["stripped"]).text
            classes = dict.fromkeys(EVERY, UNKNOWN) | {UNIT: units.index(r["unit"])}
            rows.append(Row(given, classes, -1.0, flags, "haikou", r["id"]))
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    """Train, then measure June."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--text", choices=("stripped", "raw"), default="stripped")
    parser.add_argument("--base", default="", help="folder or hub name of the pretrained encoder")
    parser.add_argument("--start", type=Path, default=data.ROOT / ".cache" / "mean" / "model.pt")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(sys.argv[1:] if argv is None else argv)
    out: Path = options.out or data.ROOT / ".cache" / f"haikou_{options.text}"
    out.mkdir(parents=True, exist_ok=True)
    config = Config(
        epochs=options.epochs,
        seed=options.seed,
        rate=options.rate,
        gold=0.0,
        haikou=1.0,
        patience=options.epochs,
        device=options.device,
    )
    folder = base_model(options.base)
    train, june = tickets("train", options.text), tickets("test", options.text)
    tokens = tokens_of(folder, MAX_TOKENS)
    model, new = set_up([*train, *june], config, folder, tokens, options.start)
    print(f"from {options.start}, new heads {', '.join(new) or 'none'}; {len(train):,} tickets", flush=True)
    loop = Loop(model, train, config, out, lambda line: print(line, flush=True))
    loop.fit(lambda now: float(loop.run.epoch))
    logits = predict(model, [row.ids for row in june], device=config.device)[UNIT]
    right = np.array([row.classes[UNIT] for row in june])
    figures = head_figures(logits, right)
    np.savez_compressed(out / "june.npz", logits=logits)
    (out / "june.json").write_text(json.dumps({"text": options.text, **figures}, indent=1) + "\n", "utf-8")
    print(figures)


if __name__ == "__main__":
    main()
