"""The linear engine: hashed n-grams times an int8 weight matrix. Needs numpy and safetensors alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..artefact import Tensors, read_manifest, read_tensors
from ..errors import ModelCorrupt
from ..features import COUNT, TFIDF, HashSpec, Ragged, featurise, occurrences
from .base import Floats, Head

KIND = "hotline_nlp/linear"
FITTED = "fitted"
"""The tensor that marks the texts that a model was fitted to, where it keeps one; see learn/known.py."""
_CHUNK = 128
"""Texts hashed in one pass."""


def quantise(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Round weights of shape (buckets, outputs) to int8 with one step an output; return both."""
    step = np.abs(weights).max(axis=0) / 127
    step = np.where(step > 0, step, 1).astype(np.float32)
    return np.rint(weights / step).astype(np.int8), step


def aligned(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Copy weights into rows of a multiple of 32 bytes from a cache line on, quick to gather."""
    buckets, outputs = weights.shape
    width = -(-outputs // 32) * 32
    space = np.zeros(buckets * width + 64, np.int8)
    start = -space.ctypes.data % 64
    rows = space[start : start + buckets * width].reshape(buckets, width)
    rows[:, :outputs] = weights
    return rows


class LinearEngine:
    """Scores = (sum of int8 rows over the n-grams) * step / sqrt(n-grams) + bias, for all heads at once.

    The sum is of integers, so every order of adding, and every compiled path, gives the same bits.
    """

    def __init__(self, manifest: dict[str, Any], tensors: Tensors) -> None:
        """Take a manifest and its tensors; raise ModelCorrupt where they do not fit together."""
        try:
            self.spec = HashSpec.read(manifest["features"], tensors)
            self.heads = tuple(Head.from_dict(row) for row in manifest["heads"])
            self.name = f"{manifest['name']}@{manifest['version']}"
            self.weights, self.step, self.bias = (tensors[key] for key in ("weights", "step", "bias"))
        except (KeyError, TypeError) as error:
            raise ModelCorrupt("the manifest and the weights do not fit: copy the model again.") from error
        outputs = sum(len(head.labels) for head in self.heads)
        expected = {
            "weights": ("int8", (self.spec.buckets, outputs)),
            "step": ("float32", (outputs,)),
            "bias": ("float32", (outputs,)),
        }
        if any((str(tensors[key].dtype), tensors[key].shape) != found for key, found in expected.items()):
            raise ModelCorrupt(
                "the weights have not the shape that the manifest states: copy the model again."
            )
        rarity, weighting = self.spec.rarity, self.spec.weighting
        known = rarity is not None and (str(rarity.dtype), rarity.shape) == ("uint8", (self.spec.buckets,))
        if weighting not in (COUNT, TFIDF) or (weighting == TFIDF and not known):
            raise ModelCorrupt("the manifest's features lack their rarity table: copy the model again.")
        self.rows = aligned(self.weights)
        self.weights = self.rows[:, :outputs]
        self.manifest = manifest
        self.fitted = tensors.get(FITTED)
        starts = np.cumsum([0] + [len(head.labels) for head in self.heads])
        self._columns = {
            head.name: slice(int(a), int(b))
            for head, a, b in zip(self.heads, starts[:-1], starts[1:], strict=True)
        }

    @classmethod
    def load(cls, folder: Path) -> LinearEngine:
        """Read a model folder; raise ModelNotFound, ModelCorrupt or ModelTooNew."""
        manifest = read_manifest(folder)
        if manifest["kind"] != KIND:
            raise ModelCorrupt(f"{folder} holds a {manifest['kind']} model, not a linear one.")
        return cls(manifest, read_tensors(folder, manifest))

    def sums(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], Floats]:
        """Return the integer sums, shape (texts, outputs), and each text's scale."""
        out = np.zeros((len(texts), self.weights.shape[1]), np.int32)
        scale = np.zeros(len(texts), np.float32)
        for start in range(0, len(texts), _CHUNK):
            ragged = featurise(texts[start : start + _CHUNK], self.spec)
            rows = slice(start, start + len(ragged.indptr) - 1)
            out[rows], scale[rows] = self._sums(ragged), ragged.scale
        return out, scale

    def _sums(self, ragged: Ragged) -> NDArray[np.int32]:
        """Return the sums of one chunk, each a product of floats that hold its integers exactly."""
        out = np.zeros((len(ragged.indptr) - 1, self.rows.shape[1]), np.int32)
        for i, (low, high) in enumerate(pairwise(ragged.indptr.tolist())):
            weights = ragged.weights[low:high]
            exact = np.float32 if int(weights.sum()) << 7 < 1 << 24 else np.float64
            out[i] = weights.astype(exact) @ self.rows[ragged.buckets[low:high]].astype(exact)
        return out[:, : self.weights.shape[1]]

    def logits(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return each head's logits, shape (texts, labels)."""
        sums, scale = self.sums(texts)
        scores = sums.astype(np.float32) * self.step * scale[:, None] + self.bias
        return self.by_head(scores)

    def by_head(self, scores: Floats) -> dict[str, Floats]:
        """Split scores of shape (texts, outputs) into each head's logits."""
        return {name: scores[:, columns] for name, columns in self._columns.items()}

    def contributions(self, text: str, head: str, label: str) -> tuple[Floats, float]:
        """Return what each character of a normalised text adds to a label's logit, and the constant rest.

        An n-gram's share is dealt out evenly to its characters; what falls on the start and end marks and
        the bias make up the rest, so `shares.sum() + rest` is the logit. Characters past `length` add 0.
        """
        names = next(h.labels for h in self.heads if h.name == head)
        column = self._columns[head].start + names.index(label)
        found = occurrences(text, self.spec)
        worth = self.weights[found.rows, column] * found.shares / found.sizes
        shares = np.zeros(min(len(text), self.spec.length) + 2, np.float64)
        for k in range(int(found.sizes.max(initial=0))):
            part = found.sizes > k
            np.add.at(shares, found.starts[part] + k, worth[part])
        shares *= float(self.step[column]) * found.scale
        rest = float(shares[0] + shares[-1]) + float(self.bias[column])
        out = np.zeros(len(text), np.float32)
        out[: len(shares) - 2] = shares[1:-1]
        return out, rest
