"""From single requests to the month: repeats, emerging topics, and replies that need a second look."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Emerging": "novel",
    "Finding": "replies",
    "Group": "groups",
    "ReplyCheck": "replies",
    "Repeats": "groups",
    "check_replies": "replies",
    "check_reply": "replies",
    "emerging": "novel",
    "find_repeats": "repeats",
}

__all__ = [
    "Emerging",
    "Finding",
    "Group",
    "Repeats",
    "ReplyCheck",
    "check_replies",
    "check_reply",
    "emerging",
    "find_repeats",
]

if TYPE_CHECKING:
    from .groups import Group, Repeats
    from .novel import Emerging, emerging
    from .repeats import find_repeats
    from .replies import Finding, ReplyCheck, check_replies, check_reply


def __getattr__(name: str) -> Any:
    """Import a public name at first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'hotline_nlp.insight' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value
