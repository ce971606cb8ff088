"""Join signs that speak of the same tickets into themes, so that one new matter is told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .signals import Ints, Month, Sign

OVERLAP, ALIKE, MOST = 0.5, 0.8, 2000
"""Share of the smaller of two sets of tickets that makes them one theme; cosine of their mean meanings that
does so too; signs looked at."""


@dataclass
class Theme:
    """Tickets of one new matter, and the surest of the signs that led to it."""

    sign: Sign
    rows: Ints
    centre: NDArray[np.float32]


def themes(found: Sequence[Sign], month: Month, top: int) -> list[Theme]:
    """Return at most `top` themes, in the order of their surest sign."""
    out: list[Theme] = []
    for sign in found[:MOST]:
        centre = _centre(month, sign.rows)
        home = next((theme for theme in out if _same(theme, sign.rows, centre)), None)
        if home is None:
            out.append(Theme(sign, sign.rows, centre))
        elif len(sign.rows) <= 3 * len(home.rows):
            home.rows = np.union1d(home.rows, sign.rows)
            home.centre = _centre(month, home.rows)
    return _merged(out, month)[:top]


def _same(theme: Theme, rows: Ints, centre: NDArray[np.float32]) -> bool:
    shared = len(np.intersect1d(theme.rows, rows, assume_unique=True))
    return shared >= OVERLAP * min(len(theme.rows), len(rows)) or float(theme.centre @ centre) >= ALIKE


def _merged(parts: Sequence[Theme], month: Month) -> list[Theme]:
    """Join themes that have grown together since they were founded."""
    out: list[Theme] = []
    for theme in parts:
        home = next((other for other in out if _same(other, theme.rows, theme.centre)), None)
        if home is None:
            out.append(theme)
        else:
            home.rows = np.union1d(home.rows, theme.rows)
            home.centre = _centre(month, home.rows)
    return out


def _centre(month: Month, rows: Ints) -> NDArray[np.float32]:
    mean = month.vectors[rows].mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32)
