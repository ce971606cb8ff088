"""Turn a request into the plain text that the engines read, with the way back to the caller's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from .boilerplate import body_span
from .fold import SPACE, fold_table
from .masking import mask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CHARACTERS = 20_000
"""A longer text is read to here."""
LONGEST_RUN = 4
"""A run of one character keeps this many; a run of spaces keeps one."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text and, for each of its characters, the index in the text as given."""

    text: str
    offsets: tuple[int, ...]


def normalise(text: str, *, formulas: bool = False) -> Normalised:
    """Mask the text, cut it to its body, fold every character, then collapse runs.

    With `formulas` the operator's opening and closing stay, as a model that was trained with them reads them.
    Of a run of spaces one stays, of a run of any other character LONGEST_RUN; spaces at the ends go. The
    offsets strictly increase. Any str is accepted, lone surrogates and the empty one included.
    """
    import numpy as np

    masked = mask(text[:MAX_CHARACTERS])
    start, end = (0, len(masked)) if formulas else body_span(masked)
    codes = _folded(masked[start:end])
    same = codes[1:] == codes[:-1]
    offsets: Sequence[int] = range(start, end)
    if same.any():
        keep = _kept(codes, same)
        codes = codes[keep]
        offsets = (np.flatnonzero(keep) + start).tolist()
    plain = codes.astype("<u4").tobytes().decode("utf-32-le")
    lead = plain.startswith(" ")
    trail = len(plain) - (len(plain) > 1 and plain.endswith(" "))
    return Normalised(plain[lead:trail], tuple(offsets[lead:trail]))


def normalise_many(texts: Sequence[str], *, formulas: bool = False) -> list[str]:
    """Return the normalised texts alone, all made in one pass."""
    import numpy as np

    bodies = []
    for text in texts:
        masked = mask(text[:MAX_CHARACTERS])
        start, end = (0, len(masked)) if formulas else body_span(masked)
        bodies.append(masked[start:end])
    codes = _folded("".join(bodies))
    bounds = np.concatenate([[0], np.cumsum(np.fromiter(map(len, bodies), np.int64, len(bodies)))])
    same = codes[1:] == codes[:-1]
    inner = bounds[(bounds > 0) & (bounds < len(codes))]
    same[inner - 1] = False  # a run ends with its text
    keep = _kept(codes, same)
    ends = np.concatenate([[0], np.cumsum(keep)])[bounds].tolist()
    plain = codes[keep].astype("<u4").tobytes().decode("utf-32-le")
    return [plain[a:b].strip(" ") for a, b in pairwise(ends)]


def _folded(text: str) -> NDArray[np.uint32]:
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    return np.asarray(fold_table()[codes], np.uint32)


def _kept(codes: NDArray[np.uint32], same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which characters of the runs stay; same[i] tells whether character i + 1 goes on a run."""
    import numpy as np

    keep = np.ones(len(codes), bool)
    keep[1:] &= ~(same & (codes[1:] == SPACE))
    n = LONGEST_RUN
    if len(codes) > n:
        keep[n:] &= ~np.logical_and.reduce([same[k : len(same) - n + 1 + k] for k in range(n)])
    return keep
