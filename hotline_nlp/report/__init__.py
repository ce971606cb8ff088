"""The month's bulletin (运行情况通报): every figure counted from the tickets, written as a document."""

from __future__ import annotations

from .bulletin import Bulletin, make_bulletin
from .figures import Figures

__all__ = ["Bulletin", "Figures", "make_bulletin"]
