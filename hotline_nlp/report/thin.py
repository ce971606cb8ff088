"""Keep the texts of an even share of past callers, so that memory does not grow with the past."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

LIMIT = 40_000
"""Past tickets whose texts are kept at most: what is new in a month is told against them."""
WHOLE = 1 << 32


class Thinner:
    """Collects a ledger's parts; halves the share of callers whose past texts are kept when it must.

    Callers are kept or left out whole, by the CRC-32 of their number, since words are counted once a caller;
    a ticket without caller goes by its own number, or its line.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        """Start with everything kept."""
        self.parts: list[pa.Table] = []
        self._limit, self._kept = limit, 0
        self.bound = WHOLE

    def add(self, part: pa.Table) -> None:
        """Take one more part."""
        import pyarrow as pa

        spread = pa.array(_spread(part))
        self.parts.append(self._thinned(part.append_column("spread", spread)))
        self._kept += self._count(self.parts[-1])
        while self._kept > self._limit:
            self.bound //= 2
            self.parts = [self._thinned(known) for known in self.parts]
            self._kept = sum(map(self._count, self.parts))

    def _past(self, part: pa.Table) -> NDArray[np.bool_]:
        past: NDArray[np.bool_] = part.column("month").to_numpy() < 0
        return past

    def _count(self, part: pa.Table) -> int:
        return int((self._past(part) & (part.column("spread").to_numpy() < self.bound)).sum())

    def _thinned(self, part: pa.Table) -> pa.Table:
        """Return a part with blank texts where past callers are left out."""
        import pyarrow as pa
        import pyarrow.compute as pc

        left_out = self._past(part) & (part.column("spread").to_numpy() >= self.bound)
        if not left_out.any():
            return part
        texts = pc.if_else(pa.array(left_out), "", part.column("text"))
        return part.set_column(part.column_names.index("text"), "text", texts)


def _spread(part: pa.Table) -> NDArray[np.uint32]:
    """Return a number from 0 to 2**32 - 1 for each row, the same for all of a caller's."""
    callers, ids, lines = (part.column(name).to_pylist() for name in ("caller", "id", "line"))
    known: dict[Any, int] = {}
    keys = [
        caller or number or f"line {line}" for caller, number, line in zip(callers, ids, lines, strict=True)
    ]
    for key in keys:
        if key not in known:
            known[key] = zlib.crc32(key.encode("utf-8", "surrogatepass"))
    return np.array([known[key] for key in keys], np.uint32)
