"""Draw calibration and coverage; English words alone, so that no Chinese font is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotline_nlp._require import require

_COLOURS = {"type": "#0072b2", "topic": "#d55e00", "unit": "#009e73"}
_MARKS = {"type": "o", "topic": "s", "unit": "^"}


def draw(result: dict[str, Any], folder: Path) -> list[Path]:
    """Draw reliability.png and coverage.png of a calibration result; raise MissingExtra if need be."""
    require("matplotlib", "train")
    from matplotlib.figure import Figure

    out = []
    for name, plot in (("reliability", _reliability), ("coverage", _coverage)):
        figure = Figure(figsize=(6, 4.4), dpi=120, layout="constrained")
        axes = figure.add_subplot()
        plot(axes, result)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
        path = folder / f"{name}.png"
        # Without a date and a version, the same figures give the same bytes.
        figure.savefig(path, metadata={"Software": None})
        out.append(path)
    return out


def _reliability(axes: Any, result: dict[str, Any]) -> None:
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="perfect")
    for head, found in result["heads"].items():
        bins = [row for row in found["reliability"] if row["rows"] >= 5]
        axes.plot(
            [row["confidence"] for row in bins],
            [row["accuracy"] for row in bins],
            color=_COLOURS[head],
            marker=_MARKS[head],
            label=f"{head} (ECE {found['ece']:.3f})",
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean confidence", ylabel="share right")
    axes.set_title(f"{result['model']} on gold dev: bins of at least 5 requests")


def _coverage(axes: Any, result: dict[str, Any]) -> None:
    for head, found in result["heads"].items():
        curve = found["coverage"]
        axes.plot(
            [100 * c for c, _ in curve],
            [a for _, a in curve],
            color=_COLOURS[head],
            marker=_MARKS[head],
            markersize=3,
            label=head,
        )
    axes.axvline(87.9, color="0.6", linestyle=":", label="87.9% (published automatic dispatch)")
    axes.set(xlim=(0, 101), xlabel="share of requests answered, the surest first (%)", ylabel="share right")
    axes.set_title(f"{result['model']} on gold dev: accuracy by coverage")
