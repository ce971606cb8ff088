"""What a batch job says of itself: while it runs, and when it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

LISTED = 100
"""How many rejects a report carries; the rejects file holds all of them."""
COUNTED = ("type", "topic", "unit", "decision")


def count_labels(counter: Counter[str], column: pa.ChunkedArray) -> None:
    """Add a column's labels to a counter, nulls left out."""
    for item in column.drop_null().value_counts().to_pylist():
        counter[str(item["values"])] += int(item["counts"])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: rows done, the share of the input read (0 to 1), and "score" or "write"."""

    rows: int
    fraction: float
    stage: str = "score"


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that got no answer: its file, its line (rows of Parquet count from 1) and why."""

    file: str
    line: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"file": self.file, "line": self.line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The outcome of a file job.

    `rows` are all rows of the output and `rejected` those without an answer; `resumed` is how many rows were
    taken over from an interrupted run, `seconds` how long this run took. `counts` maps each of type, topic,
    unit and decision to rows a label, most frequent first. `rejects` lists the first 100 in row order, and
    `rejects_path` (None where there are none) holds all of them. `notes` says what the output's format
    could not hold.
    """

    path: Path
    rejects_path: Path | None
    rows: int
    rejected: int
    resumed: int
    seconds: float
    counts: Mapping[str, Mapping[str, int]]
    rejects: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Return the rows scored a second in this run."""
        return (self.rows - self.resumed) / self.seconds if self.seconds > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "path": str(self.path),
            "rejects_path": str(self.rejects_path) if self.rejects_path else None,
            "rows": self.rows,
            "rejected": self.rejected,
            "resumed": self.resumed,
            "seconds": self.seconds,
            "counts": {name: dict(counts) for name, counts in self.counts.items()},
            "rejects": [reject.to_dict() for reject in self.rejects],
            "notes": list(self.notes),
        }
