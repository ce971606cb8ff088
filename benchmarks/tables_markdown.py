"""A Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

Rows = list[list[str]]


def markdown(header: Sequence[str], rows: Rows) -> str:
    """Return a Markdown table, its first column set to the left and the rest to the right."""
    line = "|" + "---|" + "---:|" * (len(header) - 1)
    return "\n".join(
        ["| " + " | ".join(cells) + " |" for cells in [list(header)]]
        + [line]
        + ["| " + " | ".join(cells) + " |" for cells in rows]
    )
