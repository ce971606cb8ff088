"""Normalise a request: mask personal numbers, cut the operator's boilerplate, fold the characters."""

from __future__ import annotations

from .boilerplate import body_span
from .content import checked, reject_reason
from .fold import fold_table
from .masking import mask, mask_likely
from .pipeline import MAX_CHARACTERS, Normalised, normalise, normalise_many

__all__ = [
    "MAX_CHARACTERS",
    "Normalised",
    "body_span",
    "checked",
    "fold_table",
    "mask",
    "mask_likely",
    "normalise",
    "normalise_many",
    "reject_reason",
]
