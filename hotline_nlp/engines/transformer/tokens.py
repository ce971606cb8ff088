"""Texts to token numbers, by the tokenizer that lies in the model folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._require import require
from ...errors import ModelCorrupt
from .weights import Encoder

Ints = NDArray[np.int64]


class Tokens:
    """Reads a tokenizer.json; safe to share between threads."""

    def __init__(self, raw: bytes, encoder: Encoder) -> None:
        """Take the file's bytes; raise ModelCorrupt where they are no tokenizer, MissingExtra without one."""
        library: Any = require("tokenizers", "transformer")
        try:
            self._tokenizer = library.Tokenizer.from_str(raw.decode("utf-8"))
        except Exception as error:  # the library raises no narrower class
            raise ModelCorrupt("the model's tokenizer can't be read: copy the model again.") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(encoder.max_tokens)
        self._encoder = encoder

    def _put(self, text: str) -> str:
        cut = text[: self._encoder.max_characters]
        return self._encoder.prefix + cut.encode("utf-8", "replace").decode("utf-8")

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token numbers, its marks included."""
        found = self._tokenizer.encode_batch([self._put(text) for text in texts])
        return [row.ids for row in found]

    def number(self, piece: str) -> int:
        """Return a piece's number; raise ModelCorrupt where the tokenizer has no such piece."""
        found = self._tokenizer.token_to_id(piece)
        if found is None:
            raise ModelCorrupt(f"the model's tokenizer has no piece {piece!r}: give another model.")
        return int(found)

    def spans(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return a text's token numbers and the characters each stands for, (0, 0) outside the text."""
        found, lead = self._tokenizer.encode(self._put(text)), len(self._encoder.prefix)
        spans = [(max(start - lead, 0), max(end - lead, 0)) for start, end in found.offsets]
        return found.ids, spans


def batches(rows: Sequence[Sequence[int]], budget: int) -> list[Ints]:
    """Return the rows' indices, shortest first, in batches of at most `budget` tokens, padding counted."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    out: list[Ints] = []
    start = 0
    for end in range(1, len(order) + 1):
        longest = len(rows[order[end]]) if end < len(order) else 0
        if end == len(order) or longest * (end + 1 - start) > budget:
            out.append(order[start:end])
            start = end
    return out


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Ints, Ints]:
    """Return a batch's token numbers, shape (texts, longest), and each text's count of tokens."""
    sizes = np.array([len(row) for row in rows])
    out = np.full((len(rows), int(sizes.max())), pad, np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out, sizes
