"""The fold table: code point -> code point, so that every spelling of a character is one character."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hotline_nlp.taxonomy import corpora_root

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZE = 0x110000
SPACE = 0x20
ZERO = 0x30
EMOJI = 0x263A
"""The one symbol (☺) that stands for every pictograph."""

RANGES = (
    (0x00, 0x1F, SPACE),
    (0x7F, 0x9F, SPACE),
    (0x200B, 0x200F, SPACE),
    (0x2028, 0x202F, SPACE),
    (0x205F, 0x206F, SPACE),
    (0x2600, 0x2775, EMOJI),
    (0x2794, 0x27BF, EMOJI),
    (0xD800, 0xDFFF, SPACE),
    (0xE000, 0xF8FF, SPACE),
    (0xFE00, 0xFE0F, SPACE),
    (0x1F000, 0x1F0FF, EMOJI),
    (0x1F1E6, 0x1F1FF, EMOJI),
    (0x1F300, 0x1FAFF, EMOJI),
    (0xE0000, 0xE0FFF, SPACE),
    (0xF0000, 0x10FFFF, SPACE),
)
"""(first, last, target) of the blocks that fold to one: controls, surrogates, private use, emoji."""


@lru_cache(maxsize=1)
def fold_table() -> NDArray[np.uint32]:
    """Return the table that folds a code point: uint32 of shape (0x110000,), read-only, read once.

    Width and compatibility forms become the plain character (NFKC), letters lower case, traditional
    characters simplified (OpenCC's t2s), digits of any script 0; white space, controls, zero-width marks,
    surrogates and private use a space; pictographs one symbol. It is idempotent: table[table] == table.
    """
    import numpy as np

    table = np.arange(SIZE, dtype=np.uint32)
    for first, last, target in RANGES:
        table[first : last + 1] = target
    _, _, body = (corpora_root() / "text" / "fold.csv").read_bytes().partition(b"\n")
    pairs = np.array(body.replace(b"\n", b",").split(b",")[:-1], dtype=np.int64).reshape(-1, 2)
    table[pairs[:, 0]] = pairs[:, 1]
    table.setflags(write=False)
    return table
