"""The transformer engine: a small fine-tuned encoder with one linear layer a head. Needs torch."""

from __future__ import annotations

from .engine import KIND, TransformerEngine
from .weights import Encoder, pack

__all__ = ["KIND", "Encoder", "TransformerEngine", "pack"]
