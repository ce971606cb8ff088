"""What the workers of one service share without a lock: keys' rates and the number of the model's load.

Rates follow the generic cell rate algorithm (ITU-T I.371): a key's cell holds the time at which its next
request would be on schedule, one float64 in a memory-mapped file. Two workers that write a cell in the same
microsecond may let one request more through.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from .keys import SLOTS

_FILE = "shared.bin"


class Shared:
    """Cells shared by workers: [0] counts reloads, the others are keys' rates."""

    def __init__(self, folder: Path | None) -> None:
        """Share cells in this folder, or keep them in this process."""
        self._cells: Any
        if folder is None:
            self._cells = np.zeros(SLOTS + 1)
        else:
            path = folder / _FILE
            if not path.exists():
                np.zeros(SLOTS + 1).tofile(path)
            self._cells = np.memmap(path, np.float64, "r+", shape=(SLOTS + 1,))

    @property
    def generation(self) -> int:
        """Return how many reloads were asked for."""
        return int(self._cells[0])

    def ask_reload(self) -> int:
        """Ask every worker to load the model again."""
        self._cells[0] += 1
        return self.generation

    def wait(self, slot: int, rate: float) -> float:
        """Take one request of `rate` a second; return 0, or the seconds until there is one to take."""
        cell, at = 1 + slot % SLOTS, time.monotonic()
        due = max(float(self._cells[cell]), at)
        over = due + 1 / rate - at - max(1.0, 1 / rate)  # a second's requests may come at once
        if over > 1e-9:
            return over
        self._cells[cell] = due + 1 / rate
        return 0.0
