"""Learn the weights of hotline_nlp.insight.meaning: titles beside their requests, fine topics apart.

python -m training.meaning writes them into the package. The replies' odd half is left out, so that
benchmarks/insight_replies.py can measure on it.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.insight.core import cores
from hotline_nlp.insight.meaning import BITS, WEIGHTS, WIDTH, grams
from hotline_nlp.insight.places import without_places
from hotline_nlp.normalise import normalise_many

from . import data

EPOCHS, BATCH, RATE, DROPOUT, SHARPNESS = 6, 256, 5e-3, 0.4, 20.0
FINE, COARSE = 1.0, 0.5
"""What the fine topics of Haikou and the gold topics weigh beside the titles."""
_QUOTED = re.compile(r"《(.{6,60}?)》.{0,20}?工单内容[:：\s]*(.{20,})", re.DOTALL)


def held_out(number: str) -> bool:
    """Tell whether a reply belongs to the half that nothing is learned from."""
    return zlib.crc32(number.encode()) % 2 == 1


def bare(texts: Sequence[str]) -> list[str]:
    """Return the normalised cores of raw texts without their places."""
    return normalise_many([without_places(text) for text in cores(texts)[0]])


def pairs() -> tuple[list[str], list[str]]:
    """Return titles and the requests that they stand over."""
    rows = [r for r in data.read("unlabelled.csv") + data.read("gold.csv") if r.get("split") != "dev"]
    found = [(r["title"], r["text"]) for r in rows if r["title"] and len(r["text"]) > 20]
    found += [(r["title"], r["text"]) for r in data.read("replies_hunan.csv") if not held_out(r["id"])]
    for row in data.read("haikou_units.csv") + [r for r in rows if r["city"] == "haikou"]:
        quoted = _QUOTED.search(row["text"])
        if quoted:
            found.append((quoted.group(1), quoted.group(2)))
    left, right = zip(*found, strict=True)
    return bare(left), bare(right)


def topics(texts: Sequence[str], labels: Sequence[str], least: int) -> tuple[Any, NDArray[np.int64]]:
    """Return the n-grams and label numbers of the texts whose label comes up `least` times or more."""
    counts = Counter(label for label in labels if label not in ("", "其他"))
    number = {label: k for k, label in enumerate(sorted(x for x, n in counts.items() if n >= least))}
    rows = [i for i, label in enumerate(labels) if label in number]
    return grams(bare([texts[i] for i in rows])), np.array([number[labels[i]] for i in rows])


def run(seed: int = 0) -> None:
    """Fit the weights and write them as 8-bit integers with one scale a row."""
    import torch
    from safetensors.numpy import save_file
    from torch import nn
    from torch.nn import functional as fn

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    left, right = map(grams, pairs())
    work, gold = data.read("haikou_units.csv"), [r for r in data.read("gold.csv") if r["split"] == "train"]
    fine = topics([r["text"] for r in work], [r["topic4"] for r in work], 8)
    coarse = topics([data.request(r) for r in gold], [r["topic"] for r in gold], 1)
    seen = sum(np.asarray(m.sum(axis=0)).ravel() for m in (left, right, fine[0], coarse[0]))
    total = sum(m.shape[0] for m in (left, right, fine[0], coarse[0]))
    rarity = torch.tensor(np.log((1 + total) / (1 + seen)) + 1, dtype=torch.float32)
    table = nn.Embedding(1 << BITS, WIDTH)
    nn.init.normal_(table.weight, std=0.1)
    heads = [nn.Linear(WIDTH, int(labels.max()) + 1) for _, labels in (fine, coarse)]
    optimiser = torch.optim.Adam([*table.parameters(), *(p for h in heads for p in h.parameters())], lr=RATE)

    def encode(matrix: Any) -> Any:
        kept = matrix.copy()
        kept.data = (rng.random(kept.nnz) > DROPOUT).astype(np.float32)
        index = torch.tensor(kept.indices, dtype=torch.long)
        weight = torch.tensor(kept.data) * rarity[index]
        offsets = torch.tensor(kept.indptr[:-1], dtype=torch.long)
        summed = fn.embedding_bag(index, table.weight, offsets, mode="sum", per_sample_weights=weight)
        return fn.normalize(summed, dim=1)

    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(left.shape[0]), left.shape[0] // BATCH):
            scores = encode(left[batch]) @ encode(right[batch]).T * SHARPNESS
            own = torch.arange(len(batch))
            loss = (fn.cross_entropy(scores, own) + fn.cross_entropy(scores.T, own)) / 2
            for head, (matrix, labels), weight in zip(heads, (fine, coarse), (FINE, COARSE), strict=True):
                rows = rng.integers(0, matrix.shape[0], BATCH)
                loss = loss + weight * fn.cross_entropy(
                    head(encode(matrix[rows]) * 4), torch.tensor(labels[rows])
                )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    made = (table.weight * rarity[:, None]).detach().numpy()
    scale = np.maximum(np.abs(made).max(axis=1) / 127, 1e-12).astype(np.float32)
    weights = np.rint(made / scale[:, None]).astype(np.int8)
    save_file({"weights": weights, "scale": scale}, str(WEIGHTS))
    print(f"{WEIGHTS.name}: {weights.shape}, from {left.shape[0]:,} titles and {len(fine[1]):,} work orders")


if __name__ == "__main__":
    run()
