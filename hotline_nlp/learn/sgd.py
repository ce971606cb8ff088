"""Fit linear heads by stochastic gradient descent: bounded memory, and minutes for a million texts.

Each label learns against all others by squared hinge loss, as in liblinear (Fan et al. 2008; Rifkin and
Klautau 2004, "In defense of one-vs-all classification"), and temperatures make probabilities of the margins;
or all labels together learn by softmax loss.
Plain mini-batch descent with a step that falls linearly to zero (Bottou 2012, "Stochastic gradient descent
tricks"), on features that are hashed anew in every pass and so are never all in memory. Only the buckets that
a batch touches are read and written; the penalty on a bucket is spread over the batches that touch it. The
step is a constant over the mean squared length of a row, which bounds the curvature of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..features import HashSpec, featurise, to_csr
from .labels import Target

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Progress = Callable[[str], None]
Offset = Callable[[Sequence[str]], Floats]
_BLOCK = 8192
HINGE, SOFTMAX = (0.15, 64), (4.0, 256)
"""The step of either loss, and its largest batch: the common n-grams of many rows overshoot by hinge loss."""
Loss = Literal["hinge", "softmax"]


@dataclass(frozen=True, slots=True)
class SgdConfig:
    """How to fit: penalty, class balance (0 none, 1 full), step (None: by the loss), passes (None: by the
    rows), seed, loss.
    """

    l2: float = 0.1
    balance: float = 0.3
    rate: float | None = None
    passes: int | None = None
    seed: int = 0
    loss: Loss = "hinge"

    def passes_over(self, rows: int) -> int:
        """Return how often each row is read."""
        return self.passes if self.passes is not None else int(np.clip(150_000 // max(rows, 1), 3, 20))


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of shape (buckets, outputs) and bias (outputs,) of all heads side by side."""

    weights: Floats
    bias: Floats

    def logits(self, texts: Sequence[str], spec: HashSpec) -> Floats:
        """Return logits of normalised texts, shape (texts, outputs)."""
        out = np.empty((len(texts), len(self.bias)), np.float32)
        for start in range(0, len(texts), _BLOCK):
            part = to_csr(featurise(texts[start : start + _BLOCK], spec), spec)
            out[start : start + _BLOCK] = part @ self.weights + self.bias
        return out


def spans(targets: Sequence[Target]) -> list[slice]:
    """Return each head's columns among all outputs."""
    ends = np.cumsum([0] + [len(target.labels) for target in targets]).tolist()
    return [slice(a, b) for a, b in pairwise(ends)]


def row_weights(codes: NDArray[np.int32], labels: int, power: float) -> Floats:
    """Return weights that lift rare classes: (class share) ** -power, with a mean of 1; 0 for no label."""
    known = codes >= 0
    count = np.bincount(codes[known], minlength=labels)
    factor = np.zeros(labels)
    factor[count > 0] = (count[count > 0] / max(count.sum(), 1)) ** -power
    out = np.where(known, factor[np.maximum(codes, 0)], 0)
    return np.asarray(out * (known.sum() / max(out.sum(), 1e-12)), np.float32)


def fit_sgd(
    texts: Sequence[str],
    targets: Sequence[Target],
    rows: Rows,
    spec: HashSpec,
    config: SgdConfig,
    *,
    offset: Offset | None = None,
    progress: Progress | None = None,
) -> Weights:
    """Fit all heads at once to the rows given; the same input and seed give the same weights.

    offset: returns logits of texts, shape (texts, outputs), that are already known and that the weights add
    to. Memory: weights, texts, and one block of 8,192 rows.
    """
    from scipy.sparse import csr_matrix

    seen, squared = _count(texts, rows, spec)
    scale = (np.log((1 + len(rows)) / (1 + seen)) + 1).astype(np.float32)
    step_size, largest = HINGE if config.loss == "hinge" else SOFTMAX
    batch = int(np.clip(len(rows) // 20, 16, largest))
    batches, passes = -(-len(rows) // batch), config.passes_over(len(rows))
    shrink = config.l2 / np.maximum(batches * (1 - (1 - 1 / (batches + 1e-9)) ** seen), 1e-6)
    columns = spans(targets)
    weight = [row_weights(t.codes[rows], len(t.labels), config.balance) for t in targets]
    codes = [t.codes[rows] for t in targets]
    w = np.zeros((spec.buckets, columns[-1].stop), np.float32)
    bias = np.zeros(columns[-1].stop, np.float32)
    rate = (step_size if config.rate is None else config.rate) / squared(scale)
    residual = _hinge if config.loss == "hinge" else _softmax
    done, total = 0, passes * batches
    for number in range(passes):
        for x, base, at in _batches(texts, rows, spec, batch, (config.seed, number), offset):
            x.data *= scale[x.indices]
            used, inside = np.unique(x.indices, return_inverse=True)
            x = csr_matrix((x.data, inside.astype(np.int32), x.indptr), (x.shape[0], len(used)))
            old = w[used]
            scores = x @ old + bias if base is None else x @ old + bias + base
            for k, part in enumerate(columns):
                residual(scores[:, part], codes[k][at], weight[k][at])
            gradient = x.T.tocsr() @ scores
            gradient += shrink[used].astype(np.float32)[:, None] * old
            step = np.float32(rate * (1 - done / total))
            w[used] = old - step * gradient
            bias -= step * scores.sum(axis=0)
            done += 1
        if progress is not None:
            progress(f"pass {number + 1} of {passes}")
    w *= scale[:, None]
    return Weights(w, bias)


def _hinge(scores: Floats, codes: NDArray[np.int32], weight: Floats) -> None:
    """Turn one head's scores into half the gradient of its squared hinge loss, in place."""
    known = np.flatnonzero(codes >= 0)
    right = scores[known, codes[known]]
    scores += 1
    np.maximum(scores, 0, out=scores)
    scores[known, codes[known]] = np.minimum(right - 1, 0)
    scores *= weight[:, None]


def _softmax(scores: Floats, codes: NDArray[np.int32], weight: Floats) -> None:
    """Turn one head's scores into (probability - truth) * row weight, in place."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    known = np.flatnonzero(codes >= 0)
    scores[known, codes[known]] -= 1
    scores *= weight[:, None]


def _count(
    texts: Sequence[str], rows: Rows, spec: HashSpec
) -> tuple[NDArray[np.int64], Callable[[Floats], float]]:
    """Return in how many rows each bucket stands, and what gives the mean squared length under a scale."""
    seen = np.zeros(spec.buckets, np.int64)
    first: Any = None
    for start in range(0, len(rows), _BLOCK):
        x = to_csr(featurise([texts[i] for i in rows[start : start + _BLOCK]], spec), spec)
        seen += np.bincount(x.indices, minlength=spec.buckets)
        first = x if first is None else first
    return seen, lambda scale: float(((first.data * scale[first.indices]) ** 2).sum() / first.shape[0])


def _batches(
    texts: Sequence[str], rows: Rows, spec: HashSpec, batch: int, seed: tuple[int, int], offset: Offset | None
) -> Iterator[tuple[Any, Floats | None, Rows]]:
    """Yield (features, known logits, positions in `rows`) of each batch, in the order of the seed."""
    order = np.random.default_rng(seed).permutation(len(rows))
    size = _BLOCK // batch * batch
    for start in range(0, len(rows), size):
        block = order[start : start + size]
        here = [texts[i] for i in rows[block]]
        x = to_csr(featurise(here, spec), spec)
        base = None if offset is None else offset(here)
        for a in range(0, len(block), batch):
            part = slice(a, a + batch)
            yield x[part], None if base is None else base[part], block[part]
