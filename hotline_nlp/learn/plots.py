"""Draw the report's plots as inline SVG. Their text is ASCII, so that no font is needed for it."""

from __future__ import annotations

from importlib.util import find_spec
from io import StringIO
from typing import Any

from .measure import HeadReport

_SIZE = (4.2, 3.2)


def available() -> bool:
    """Say whether plots can be drawn here."""
    return find_spec("matplotlib") is not None


def reliability(head: HeadReport) -> str:
    """Return the reliability diagram: share right against mean confidence, dots by the number of rows."""
    figure, axes = _figure("confidence", "share right")
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1, linestyle="--")
    most = max(found.rows for found in head.reliability)
    axes.plot(
        [b.confidence for b in head.reliability], [b.accuracy for b in head.reliability], color="#1f5fa8"
    )
    axes.scatter(
        [b.confidence for b in head.reliability],
        [b.accuracy for b in head.reliability],
        s=[12 + 90 * b.rows / most for b in head.reliability],
        color="#1f5fa8",
    )
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.05)
    return _svg(figure)


def coverage(head: HeadReport) -> str:
    """Return the accuracy-coverage curve: share right of the surest answers against their share of all."""
    figure, axes = _figure("share of rows answered, the surest first", "share right")
    axes.plot([x for x, _ in head.coverage], [y for _, y in head.coverage], color="#1f7a4d", marker=".")
    axes.set_xlim(0, 1.02)
    axes.set_ylim(min(0.5, *(y for _, y in head.coverage)), 1.02)
    return _svg(figure)


def _figure(x: str, y: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    return figure, axes


def _svg(figure: Any) -> str:
    """Return the figure's SVG element, the same bytes for the same data."""
    from matplotlib import rc_context

    stream = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "hotline_nlp"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]
