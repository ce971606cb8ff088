"""The transformer engine: tokens -> encoder -> mean -> every head's logits."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...artefact import Tensors, read_manifest, read_part, read_tensors
from ...errors import ModelCorrupt
from ..base import Floats, Head
from . import paths
from .tokens import Tokens, batches, padded
from .weights import HEADS, Encoder, check, unpack

KIND = "hotline_nlp/transformer"
TOKENS_A_THREAD = 1024
"""Tokens of a batch for each thread: a layer's values then stay in the processor's caches."""
TOKENS_ON_DEVICE = 32_768


class TransformerEngine:
    """Scores texts with a fine-tuned encoder; threads may share it, and take turns.

    Batches of another shape round otherwise: a text's probabilities may differ by about 0.01 between them.
    """

    def __init__(
        self,
        manifest: dict[str, Any],
        tensors: Tensors,
        tokenizer: bytes,
        *,
        device: str | None = None,
        path: paths.Path | None = None,
    ) -> None:
        """Take a manifest, its tensors and tokenizer; raise ModelCorrupt where they do not fit together.

        `path` is how the CPU computes; None for the fastest on this one of those that the manifest calls
        exact enough for these weights.
        """
        try:
            self.encoder = Encoder.from_dict(manifest["encoder"])
            self.heads = tuple(Head.from_dict(row) for row in manifest["heads"])
            self.name = f"{manifest['name']}@{manifest['version']}"
        except (KeyError, TypeError) as error:
            raise ModelCorrupt("the manifest and the weights do not fit: copy the model again.") from error
        check(tensors, self.encoder, self.heads)
        self.manifest, self.device = manifest, paths.device_of(device)
        self._tensors, self._lock = tensors, threading.Lock()
        self._tokens = Tokens(tokenizer, self.encoder)
        self._pad = int(self.encoder.config.get("pad_token_id") or 0)
        self._head_weights = {
            head.name: (tensors[f"{HEADS}{head.name}.weight"], tensors[f"{HEADS}{head.name}.bias"])
            for head in self.heads
        }
        self._reference: Any = None
        self._network = self._laid_out(path or paths.choose(manifest.get("exact_paths", ("bf16",))))

    def _laid_out(self, path: paths.Path) -> Any:
        if self.device != "cpu":
            return self._traced()
        from .network import Network

        return Network(unpack(self._tensors), self.encoder, path)

    def _traced(self) -> Any:
        """Return transformers' own model, built when it is first wanted."""
        if self._reference is None:
            from .reference import Reference

            self._reference = Reference(unpack(self._tensors), self.encoder, self.device)
        return self._reference

    @property
    def path(self) -> str:
        """Return how it computes: bf16, int8 or fp32 on the CPU, else reference."""
        return str(self._network.path)

    @classmethod
    def load(
        cls, folder: Path, *, device: str | None = None, path: paths.Path | None = None
    ) -> TransformerEngine:
        """Read a model folder; raise ModelNotFound, ModelCorrupt, ModelTooNew, MissingExtra or InputError."""
        manifest = read_manifest(folder)
        if manifest["kind"] != KIND:
            raise ModelCorrupt(f"{folder} holds a {manifest['kind']} model, not a transformer.")
        tensors, tokenizer = read_tensors(folder, manifest), read_part(folder, manifest, "tokenizer")
        return cls(manifest, tensors, tokenizer, device=device, path=path)

    def _budget(self) -> int:
        if self.device != "cpu":
            return TOKENS_ON_DEVICE
        return TOKENS_A_THREAD * int(paths.torch_of().get_num_threads())

    def pooled(self, texts: Sequence[str]) -> Floats:
        """Return each text's mean hidden state, shape (texts, width)."""
        rows = self._tokens.numbers(texts)
        out = np.zeros((len(rows), self.encoder.width), np.float32)
        for where in batches(rows, self._budget()):
            ids, sizes = padded([rows[i] for i in where], self._pad)
            with self._lock:
                out[where] = self._network.pooled(ids, sizes)
        return out

    def logits(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return each head's logits, shape (texts, labels)."""
        pooled = self.pooled(texts)
        return {name: pooled @ weight.T + bias for name, (weight, bias) in self._head_weights.items()}

    def contributions(self, text: str, head: str, label: str) -> tuple[Floats, float]:
        """Return what each character of a normalised text adds to a label's logit, and the constant rest.

        A token's share by integrated gradients (Sundararajan et al. 2017; see attribution.py) is dealt out
        evenly to its characters; the prefix, the marks and the quadrature's error are in the rest, so
        `shares.sum() + rest` is the logit. Characters that no token stands for, and those cut off, add 0.
        """
        from .attribution import integrated

        number = next(h.labels for h in self.heads if h.name == head).index(label)
        ids, spans = self._tokens.spans(text)
        with self._lock:
            weight = self._head_weights[head][0][number]
            free = [end > start for start, end in spans]
            worth = integrated(self._traced(), ids, free, self._pad, weight)
        shares = np.zeros(len(text), np.float32)
        for (start, end), value in zip(spans, worth, strict=True):
            if end > start:
                shares[start:end] += value / (end - start)
        logit = float(self.logits([text])[head][0, number])
        return shares, logit - float(shares.sum(dtype=np.float64))
