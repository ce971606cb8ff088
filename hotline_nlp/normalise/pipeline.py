"""Turn a request into the plain text that the engines read, with the way back to the caller's text."""

from __future__ import annotations

from dataclasses import dataclass

from .boilerplate import body_span
from .fold import SPACE, fold_table
from .masking import mask

MAX_CHARACTERS = 20_000
"""A longer text is read to here."""
LONGEST_RUN = 4
"""A run of one character keeps this many; a run of spaces keeps one."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text and, for each of its characters, the index in the text as given."""

    text: str
    offsets: tuple[int, ...]


def normalise(text: str) -> Normalised:
    """Mask the text, cut it to its body, fold every character, then collapse runs.

    Of a run of spaces one stays, of a run of any other character LONGEST_RUN; spaces at the ends go. The
    offsets strictly increase. Any str is accepted, lone surrogates and the empty one included.
    """
    import numpy as np

    masked = mask(text[:MAX_CHARACTERS])
    start, end = body_span(masked)
    raw = masked[start:end].encode("utf-32-le", "surrogatepass")
    codes = fold_table()[np.frombuffer(raw, "<u4")]
    same = codes[1:] == codes[:-1]
    offsets = range(start, end)
    if same.any():
        keep = np.ones(len(codes), bool)
        keep[1:] &= ~(same & (codes[1:] == SPACE))
        n = LONGEST_RUN
        if len(codes) > n:
            keep[n:] &= ~np.logical_and.reduce([same[k : len(same) - n + 1 + k] for k in range(n)])
        codes = codes[keep]
        kept = (np.flatnonzero(keep) + start).tolist()
    else:
        kept = offsets
    plain = codes.astype("<u4").tobytes().decode("utf-32-le")
    lead = plain.startswith(" ")
    trail = len(plain) - (len(plain) > 1 and plain.endswith(" "))
    return Normalised(plain[lead:trail], tuple(kept[lead:trail]))
