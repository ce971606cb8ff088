"""Draw the bulletin's charts as PNG; each function returns None where no font has the characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from .figures import Line
from .fonts import covering, style
from .tiles import Tiles

INK, PAPER, MAIN, PALE, GRID = "#1d2733", "#ffffff", "#2a5d9c", "#b9cbe2", "#dfe4ea"
_WIDTH, _DPI = 6.2, 200


def _draw(size: tuple[float, float], words: Sequence[str], paint: Callable[[Any], None]) -> bytes | None:
    """Return a figure's PNG, painted by `paint` on its axes in a font that has all of `words`."""
    font = covering(tuple(words))
    if font is None:
        return None
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    stream = BytesIO()
    settings: Any = {"font.size": 9, "text.color": INK, "axes.labelcolor": INK, **style(font)}
    with rc_context(settings):
        figure = Figure(figsize=size, layout="constrained", facecolor=PAPER)
        axes = figure.add_subplot()
        for side in ("top", "right", "left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0, colors=INK)
        paint(axes)
        figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def bars(lines: Sequence[Line], *, now: str, before: str = "") -> bytes | None:
    """Draw counts as horizontal bars with their shares; `before` names the month drawn beside them."""
    paired = bool(before) and any(line.previous is not None for line in lines)
    names = [line.label for line in lines]

    def paint(axes: Any) -> None:
        at, height = range(len(lines)), 0.38 if paired else 0.62
        shift = height / 2 if paired else 0.0
        counts = [line.count for line in lines]
        axes.barh([y - shift for y in at], counts, height, color=MAIN, label=now)
        most = max(counts)
        if paired:
            earlier = [line.previous or 0 for line in lines]
            axes.barh([y + shift for y in at], earlier, height, color=PALE, label=before)
            most = max(most, *earlier)
        for y, line in zip(at, lines, strict=True):
            said = f"{line.count:,}（{line.share}）"
            axes.text(line.count + most * 0.01, y - shift, said, va="center", size=8)
            if paired and line.previous is not None:
                place = line.previous + most * 0.01, y + shift
                axes.text(*place, f"{line.previous:,}", va="center", size=7, alpha=0.7)
        axes.set_yticks(list(at), names)
        axes.set_xlim(0, most * 1.18)
        axes.set_xticks([])
        axes.invert_yaxis()
        if paired:
            axes.legend(frameon=False, loc="lower right")

    high = 0.4 + len(lines) * (0.36 if paired else 0.27)
    return _draw((_WIDTH, high), [*names, now, before, "0123456789.,%（）"], paint) if lines else None


def daily(counts: Sequence[int], weekends: Sequence[int], *, mean: float) -> bytes | None:
    """Draw a month's tickets day by day, weekends in a pale tone, with the mean as a line."""
    note = f"日均{mean:,.0f}件"

    def paint(axes: Any) -> None:
        days = range(1, len(counts) + 1)
        tones = [PALE if day in weekends else MAIN for day in days]
        axes.bar(list(days), list(counts), 0.72, color=tones)
        axes.axhline(mean, color="#b23b2e", linewidth=1, linestyle="--", label=note)
        axes.legend(frameon=False, loc="upper right", fontsize=8)
        axes.set_ylim(0, max(counts) * 1.22)
        axes.set_xticks([1, *range(5, len(counts) + 1, 5)])
        axes.set_xlabel("日")
        axes.yaxis.grid(color=GRID)
        axes.set_axisbelow(True)
        axes.set_xlim(0.3, len(counts) + 0.7)

    return _draw((_WIDTH, 2.3), [note, "日"], paint)


def trend(months: Sequence[str], counts: Sequence[int]) -> bytes | None:
    """Draw the tickets of each month as a line."""

    def paint(axes: Any) -> None:
        axes.plot(range(len(counts)), counts, color=MAIN, marker="o", markersize=4, linewidth=1.6)
        for x, count in enumerate(counts):
            axes.annotate(f"{count:,}", (x, count), (0, 6), textcoords="offset points", ha="center", size=7.5)
        axes.set_xticks(range(len(months)), months, size=7.5)
        axes.yaxis.grid(color=GRID)
        axes.set_axisbelow(True)
        axes.set_ylim(0, max(counts) * 1.18)

    return _draw((_WIDTH, 2.3), [*months, "0123456789,"], paint)


def tile_map(tiles: Tiles, lines: Sequence[Line]) -> bytes | None:
    """Draw the areas as tiles where they lie, darker for more tickets, with name, count and share."""
    known = {line.label: line for line in lines}
    most = max((known[name].count for name in tiles if name in known), default=0)
    if not most:
        return None

    def paint(axes: Any) -> None:
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.patches import FancyBboxPatch

        tone = LinearSegmentedColormap.from_list("tiles", ["#eaf0f7", "#2a5d9c"])
        for name, (x, y) in tiles.items():
            line = known.get(name)
            deep = (line.count if line else 0) / most
            box = FancyBboxPatch(
                (x + 0.04, y + 0.06), 0.92, 0.88, "round,pad=0,rounding_size=0.06", fc=tone(deep), ec="none"
            )
            axes.add_patch(box)
            ink = PAPER if deep > 0.55 else INK
            axes.text(x + 0.5, y + 0.36, name, ha="center", va="center", color=ink, size=10)
            said = f"{line.count:,}件  {line.share}" if line else "0件"
            axes.text(x + 0.5, y + 0.66, said, ha="center", va="center", color=ink, size=8)
        axes.set_xlim(min(x for x, _ in tiles.values()), max(x for x, _ in tiles.values()) + 1)
        axes.set_ylim(max(y for _, y in tiles.values()) + 1, min(y for _, y in tiles.values()))
        axes.set_xticks([])
        axes.set_yticks([])

    high = max(y for _, y in tiles.values()) - min(y for _, y in tiles.values()) + 1
    return _draw((_WIDTH, 0.95 * high), [*tiles, "0123456789.,%件"], paint)
