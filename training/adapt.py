"""Go on with masked-language training on requests before the fine-tuning (Gururangan et al. 2020).

python -m training.adapt [--base BASE] [--epochs 1] [--out .cache/adapted]

Reads the unlabelled pool and gold train, masks 15% of the tokens, and writes an encoder folder for
training.transformer --base. After each epoch the folder is whole; a killed run starts that epoch count anew.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn import functional

from . import data
from .encoder import base_model, pad, precision, tokens_of
from .rows import POOL, tokenise

SHARE, HIDDEN = 0.15, 0.8
IGNORED = -100


def masked(
    ids: torch.Tensor, mask: torch.Tensor, hidden: int, words: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return input and targets, shape (texts, longest): of the chosen tokens 80% hidden, 10% changed."""
    chance = torch.rand(ids.shape, generator=generator)
    marks = mask.cumsum(1)
    inner = (marks > 1) & (marks < mask.sum(1, keepdim=True)) & (mask > 0)
    chosen = inner & (chance < SHARE)
    targets = torch.where(chosen, ids, IGNORED)
    random_words = torch.randint(4, words, ids.shape, generator=generator)
    out = torch.where(chosen & (chance < SHARE * HIDDEN), hidden, ids)
    return torch.where(chosen & (chance >= SHARE * (1 + HIDDEN) / 2), random_words, out), targets


def batches(rows: list[list[int]], size: int, rng: random.Random) -> list[list[list[int]]]:
    """Return an epoch's batches of like length."""
    rows = rng.sample(rows, len(rows))
    out = []
    for start in range(0, len(rows), size * POOL):
        near = sorted(rows[start : start + size * POOL], key=len)
        out += [near[k : k + size] for k in range(0, len(near), size)]
    return rng.sample(out, len(out))


def adapt(
    base: Path, texts: Sequence[str], out: Path, *, epochs: int, rate: float, size: int, device: str
) -> float:
    """Train on the texts, write the encoder into `out`, return the last epoch's mean loss."""
    from transformers import AutoModelForMaskedLM

    rows = [row for row in tokenise(texts, tokens_of(base)) if len(row) > 8]
    hidden = tokens_of(base).number("<mask>")
    torch.manual_seed(0)
    model = AutoModelForMaskedLM.from_pretrained(
        str(base), attention_probs_dropout_prob=0.0, local_files_only=True
    )
    model = model.float().to(device)
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    total = epochs * -(-len(rows) // size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min(1.0, (n + 1) / (0.06 * total)) * max(0.0, 1 - n / total)
    )
    rng, generator, mean, began, done = (
        random.Random(0),
        torch.Generator().manual_seed(0),
        0.0,
        time.monotonic(),
        0,
    )
    for epoch in range(epochs):
        found = batches(rows, size, rng)
        mean = 0.0
        for batch in found:
            ids, mask = pad(batch)
            given, targets = masked(ids, mask, hidden, model.config.vocab_size, generator)
            with precision(device):
                logits = model(input_ids=given.to(device), attention_mask=mask.to(device)).logits
            loss = functional.cross_entropy(
                logits.float().flatten(0, 1),
                targets.to(device).flatten(),
                ignore_index=IGNORED,
                reduction="sum",
            ) / max(int((targets != IGNORED).sum()), 1)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            done, mean = done + 1, mean + loss.item() / len(found)
            if done % 50 == 0:
                left = (time.monotonic() - began) / done * (total - done)
                print(
                    f"epoch {epoch + 1} step {done}/{total} loss {loss.item():.3f} ETA {left / 60:.0f} min",
                    flush=True,
                )
        model.base_model.save_pretrained(str(out))
        shutil.copy(base / "tokenizer.json", out / "tokenizer.json")
        print(f"epoch {epoch + 1}: mean loss {mean:.3f}", flush=True)
    return mean


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", default="", help="folder or hub name of the encoder")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, default=data.ROOT / ".cache" / "adapted")
    options = parser.parse_args(argv)
    texts = [*data.gold("train").texts, *data.pool_texts()]
    adapt(
        base_model(options.base),
        texts,
        options.out,
        epochs=options.epochs,
        rate=options.rate,
        size=options.batch,
        device=options.device,
    )


if __name__ == "__main__":
    main()
