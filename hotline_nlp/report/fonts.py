"""Find a font that has the characters of a chart: the packaged one, else one of the system's."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from .._require import require

PACKAGED = Path(__file__).with_name("font") / "HotlineSansSC-Regular.otf"
SYSTEM = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)
"""Families that have simplified Chinese, tried in this order after the packaged font."""


@lru_cache(maxsize=1)
def font_files() -> tuple[Path, ...]:
    """Return the fonts at hand that have Chinese characters, the packaged one first."""
    require("matplotlib", "report")
    from matplotlib.font_manager import fontManager

    found = [PACKAGED] if PACKAGED.is_file() else []
    by_name = {entry.name: Path(entry.fname) for entry in fontManager.ttflist}
    return tuple(found + [by_name[name] for name in SYSTEM if name in by_name])


@lru_cache(maxsize=8)
def _characters(path: Path) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(path)).get_charmap())


def covering(texts: tuple[str, ...]) -> Path | None:
    """Return the first font that has every character of these texts, or None."""
    needed = {ord(c) for text in texts for c in text if not c.isspace()}
    return next((path for path in font_files() if needed <= _characters(path)), None)


def family(path: Path) -> str:
    """Make a font known to matplotlib and return its family name."""
    from matplotlib.font_manager import FontProperties, fontManager

    if not any(entry.fname == str(path) for entry in fontManager.ttflist):
        fontManager.addfont(str(path))
    return str(FontProperties(fname=str(path)).get_name())


def style(path: Path) -> dict[str, Any]:
    """Return the settings under which a chart is drawn in this font."""
    return {"font.family": [family(path)], "axes.unicode_minus": False}
