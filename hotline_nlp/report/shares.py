"""Percentages to the printed digit: whole-number arithmetic, no binary fraction is ever rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

UNITS = 10_000
"""Shares are kept in hundredths of a per cent."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, and its percentage in hundredths of a per cent as it is printed."""

    part: int
    whole: int
    basis: int

    def __str__(self) -> str:
        """Write the percentage with two decimals."""
        return percent(self.basis)


def percent(basis: int) -> str:
    """Write hundredths of a per cent as a percentage with two decimals."""
    sign = "-" if basis < 0 else ""
    return f"{sign}{abs(basis) // 100}.{abs(basis) % 100:02d}%"


def ratio(part: int, whole: int) -> int:
    """Return part / whole in hundredths of a per cent, half rounded away from zero; 0 for an empty whole."""
    if whole == 0:
        return 0
    size = (2 * abs(part) * UNITS + whole) // (2 * whole)
    return -size if part < 0 else size


def share(part: int, whole: int) -> Share:
    """Return a share that stands alone, rounded half up."""
    return Share(part, whole, ratio(part, whole))


def partition(parts: Sequence[int]) -> tuple[Share, ...]:
    """Return the shares of parts that make up a whole; what is printed adds up to exactly 100.00%.

    The largest-remainder method (Hamilton): all are rounded down, and the hundredths that are missing go to
    the largest remainders, on a tie to the larger part and then to the earlier one.
    """
    whole = sum(parts)
    if whole == 0:
        return tuple(Share(0, 0, 0) for _ in parts)
    floors = [part * UNITS // whole for part in parts]
    order = sorted(range(len(parts)), key=lambda i: (-(parts[i] * UNITS % whole), -parts[i], i))
    for i in order[: UNITS - sum(floors)]:
        floors[i] += 1
    return tuple(Share(part, whole, basis) for part, basis in zip(parts, floors, strict=True))
