"""Fine-tune the encoder on gold and on the Haikou tickets' own labels, and score the unlabelled pool.

python -m training.transformer [--epochs 5] [--seed 0] [--out .cache/teacher]

A run that was killed goes on from its last finished epoch. What comes out are logits (.npz), the teacher
that training.distil pours into the linear engine.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from . import data
from .encoder import MultiHead, base_model, pad, predict, tokenise

WEIGHT = {"type": 1.0, "topic": 1.0, "unit": 1.0, "haikou_unit": 0.5, "haikou_topic": 0.3}
SMOOTHING = 0.02
UNKNOWN = -100


@dataclass
class Row:
    """A training text: its tokens, its class in each softmax head (UNKNOWN where none), binary targets."""

    text: str
    classes: dict[str, int]
    urgent: float
    flags: list[float]
    gold: bool
    ids: list[int]


def haikou_labels() -> dict[str, tuple[str, ...]]:
    """Return the Haikou tickets' own label sets: 53 units, and second-level topics of 20 tickets or more."""
    rows = data.read("haikou_units.csv")
    topics = Counter(r["topic2"] for r in rows if r["split"] == "train")
    return {
        "haikou_unit": tuple(sorted({r["unit"] for r in rows})),
        "haikou_topic": tuple(sorted(t for t, n in topics.items() if n >= 20)),
    }


def _number(label: str, labels: tuple[str, ...]) -> int:
    return labels.index(label) if label in labels else UNKNOWN


def training_rows() -> list[Row]:
    """Return gold train rows, with Haikou's labels where a ticket is the same, and the other tickets."""
    labels = {**data.head_labels(), **haikou_labels()}
    tickets = {r["stripped"][:60]: r for r in data.read("haikou_units.csv") if r["split"] == "train"}
    gold = data.gold("train").rows
    rows = []
    for r in gold:
        classes = {head: _number(r[head], labels[head]) for head in ("type", "topic", "unit")}
        ticket = tickets.pop(r["text"][:60], None)
        classes["haikou_unit"] = _number(ticket["unit"], labels["haikou_unit"]) if ticket else UNKNOWN
        classes["haikou_topic"] = _number(ticket["topic2"], labels["haikou_topic"]) if ticket else UNKNOWN
        flags = [float(f in r["flags"].split(",")) for f in labels["flags"]]
        rows.append(Row(data.request(r), classes, float(r["urgent"]), flags, True, []))
    for t in tickets.values():
        classes = dict.fromkeys(("type", "topic", "unit"), UNKNOWN)
        classes["haikou_unit"] = _number(t["unit"], labels["haikou_unit"])
        classes["haikou_topic"] = _number(t["topic2"], labels["haikou_topic"])
        rows.append(Row(t["stripped"], classes, -1.0, [-1.0] * 4, False, []))
    return rows


def batches(rows: list[Row], epoch: int, seed: int, size: int, extra: float) -> list[list[Row]]:
    """Return an epoch's batches of like length: every gold row, and a share `extra` of the other tickets."""
    rng = random.Random(seed * 100 + epoch)
    other = [row for row in rows if not row.gold]
    chosen = [row for row in rows if row.gold] + rng.sample(other, int(extra * len(other)))
    rng.shuffle(chosen)
    out = []
    for start in range(0, len(chosen), size * 40):
        near = sorted(chosen[start : start + size * 40], key=lambda row: len(row.ids))
        out += [near[k : k + size] for k in range(0, len(near), size)]
    rng.shuffle(out)
    return out


def loss_of(scores: dict[str, torch.Tensor], batch: list[Row]) -> torch.Tensor:
    """Return the summed loss of all heads; a row that lacks a head's label does not count there."""
    device = scores["type"].device
    total = torch.zeros((), device=device)
    for head, weight in WEIGHT.items():
        y = torch.tensor([row.classes[head] for row in batch], device=device)
        if (y >= 0).any():
            each = functional.cross_entropy(
                scores[head], y, label_smoothing=SMOOTHING, reduction="sum", ignore_index=UNKNOWN
            )
            total = total + weight * each / len(batch)
    known = torch.tensor([row.gold for row in batch], device=device)
    if known.any():
        urgent = torch.tensor([row.urgent for row in batch], device=device)[known]
        flags = torch.tensor([row.flags for row in batch], device=device)[known]
        bce = functional.binary_cross_entropy_with_logits
        total = (
            total + 0.3 * bce(scores["urgent"][known, 0], urgent) + 0.8 * bce(scores["flags"][known], flags)
        )
    return total


def train(options: argparse.Namespace, rows: list[Row], model: MultiHead) -> None:
    """Run the epochs that are left, saving after each what is needed to go on."""
    plan = [batches(rows, e, options.seed, options.batch, options.extra) for e in range(options.epochs)]
    steps = sum(map(len, plan))
    optimiser = torch.optim.AdamW(model.groups(options.rate, 0.9), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, s / (0.06 * steps)) * max(0.02, 1 - s / steps)
    )
    state = Path(options.out) / "checkpoint.pt"
    first = 0
    if state.is_file():
        saved: dict[str, Any] = torch.load(state, weights_only=True)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        torch.set_rng_state(saved["random"])
        first = int(saved["epoch"])
    model.train()
    began, done = time.time(), sum(map(len, plan[:first]))
    for epoch in range(first, options.epochs):
        for batch in plan[epoch]:
            ids, mask = pad([row.ids for row in batch])
            with torch.autocast(options.device, dtype=torch.bfloat16):
                scores = model(ids.to(options.device), mask.to(options.device))
            loss = loss_of(scores, batch)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            done += 1
            if done % 50 == 0:
                spent = time.time() - began
                left = spent / max(done - sum(map(len, plan[:first])), 1) * (steps - done)
                print(
                    f"epoch {epoch + 1} step {done}/{steps} loss {loss.item():.3f} ETA {left:.0f}s",
                    flush=True,
                )
        part = state.with_suffix(".part")
        torch.save(
            {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "random": torch.get_rng_state(),
                "epoch": epoch + 1,
            },
            part,
        )
        part.replace(state)


def pools() -> dict[str, list[str]]:
    """Return the texts that the teacher scores."""
    tickets = data.read("haikou_units.csv")
    return {
        "dev": [data.request(r) for r in data.gold("dev").rows],
        "unlabelled": [data.request(r) for r in data.read("unlabelled.csv")],
        "haikou_test": [r["stripped"] for r in tickets if r["split"] == "test"],
        "haikou_test_raw": [r["text"] for r in tickets if r["split"] == "test"],
    }


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--extra", type=float, default=0.4, help="share of the other tickets an epoch")
    parser.add_argument("--out", default=str(data.ROOT / ".cache" / "teacher"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Train, then score the pools into OUT/*.npz."""
    options = parse(argv)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    folder = base_model()
    rows = training_rows()
    for row, ids in zip(rows, tokenise([row.text for row in rows], folder), strict=True):
        row.ids = ids
    labels = {**data.head_labels(), **haikou_labels()}
    model = MultiHead(folder, {name: len(found) for name, found in labels.items()}).to(options.device)
    train(options, rows, model)
    for name, texts in pools().items():
        scores = predict(model, tokenise(texts, folder), device=options.device, tick=lambda n: None)
        np.savez_compressed(out / f"{name}.npz", **scores)  # type: ignore[arg-type]
        print(f"scored {name}: {len(texts):,} texts", flush=True)


if __name__ == "__main__":
    main()
