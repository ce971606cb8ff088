"""The project's own sample requests: written for it, labelled, free to show."""

from __future__ import annotations

from hotline_nlp.taxonomy import corpora_root, read_rows


def load_samples() -> list[dict[str, str]]:
    """Return the sample requests, one dict a request.

    Keys: id, text, type, topic, unit (unit function), urgent ("1" or "0"), flags (joined by commas, "-" for
    none), place (an area's short name, "" where the text names none) and note.
    """
    return read_rows(corpora_root() / "samples" / "requests.csv")
