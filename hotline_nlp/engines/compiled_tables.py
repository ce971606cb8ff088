"""The classes of code points that the compiled path looks up, read off the normaliser's own patterns."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..normalise import boilerplate, content, masking
from ..normalise.fold import SIZE, fold_table
from . import compiled_kernels as k

CUES = "请望谢致敬（("
"""A closing holds one of these: what directives ask with, thanks, salutes, or the bracket of a note."""
_BLOCK = 1 << 14
"""Code points looked at together; all at once took 30 MB."""
_PATTERNS = (
    (k.DIGIT, r"\d"),
    (k.LATIN, f"[{masking._LATIN}]"),
    (k.GAP, r"[^\w，。！？；：、,;:]"),
    (k.PROVINCE, f"[{masking._PROVINCE}]"),
    (k.NUMBERED, f"[{masking._NUMBERED}]"),
    (k.ALARM, r"[\[@＠]"),
    (k.SIGN, "号"),
    (k.LINK, r"[\s:：为是]"),
    (k.DASH, r"[\-－]"),
    (k.SPACE, r"\s"),
    (k.BLANK, boilerplate._SPACE.removesuffix("*")),
    (k.OPENS, f"[{re.escape(''.join(boilerplate._OPENS))}]"),
    (k.EDGE, f"[{re.escape(boilerplate._EDGE)}]"),
    (k.CLOSES, f"[{re.escape(''.join(boilerplate._CLOSES))}]"),
    (k.CUE, f"[{re.escape(CUES)}]"),
    (k.HAN, content._HAN.pattern),
)


@lru_cache(maxsize=1)
def kinds() -> NDArray[np.uint16]:
    """Return the classes of every code point as bits, uint16 of shape (0x110000,), made once."""
    table = np.zeros(SIZE, np.uint16)
    for start in range(0, SIZE, _BLOCK):
        some = np.arange(start, start + _BLOCK, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
        for bit, pattern in _PATTERNS:
            for run in re.finditer(f"{pattern}+", some):
                table[start + run.start() : start + run.end()] |= np.uint16(bit)
    _add_traditional(table)
    table.setflags(write=False)
    return table


def _add_traditional(table: NDArray[np.uint16]) -> None:
    """Give characters the classes of what they fold to, since routing masks texts made simplified."""
    folded = table[fold_table()[0x3400:0xA000]]
    table[0x3400:0xA000] |= folded & np.uint16(k.PROVINCE | k.NUMBERED | k.SIGN | k.LINK)
