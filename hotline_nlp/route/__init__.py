"""Dispatch: where a request is about, which real unit takes it, with whom, how, and why."""

from __future__ import annotations

from hotline_nlp.route.place import PlaceResolver

__all__ = ["PlaceResolver"]
