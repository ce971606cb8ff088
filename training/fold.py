"""Write corpora/text/fold.csv, the single-character folds: python -m training.fold.

Sources: Unicode's NFKC and lower case as in Python's unicodedata, OpenCC's traditional-to-simplified
character dictionary (Apache-2.0), each Han character converted alone. Whole blocks that fold to one
character are no rows; they stand in hotline_nlp.normalise.fold.RANGES.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

from hotline_nlp.normalise.fold import EMOJI, RANGES, SIZE, SPACE, ZERO

TARGET = Path(__file__).resolve().parent.parent / "corpora" / "text" / "fold.csv"
_BLANK_CATEGORIES = frozenset(["Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"])
_INVISIBLE = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x2800, 0x3164, 0xFFA0]
)
# Pictographs that stand among technical symbols and arrows.
_PICTOGRAPHS = frozenset("⌚⌛⌨⏏⏩⏪⏫⏬⏭⏮⏯⏰⏱⏲⏳⏸⏹⏺⤴⤵⬅⬆⬇⬛⬜⭐⭕〰〽")
_MAX_STEPS = 6


def _in_block(code: int) -> int | None:
    """Return the target of the block that holds a code point."""
    return next((target for first, last, target in RANGES if first <= code <= last), None)


def _step(code: int, simplify: Callable[[str], str]) -> int:
    """Fold a code point once."""
    block = _in_block(code)
    if block is not None:
        return block
    char = chr(code)
    if code in _INVISIBLE or unicodedata.category(char) in _BLANK_CATEGORIES:
        return SPACE
    if char in _PICTOGRAPHS:
        return EMOJI
    if unicodedata.digit(char, None) is not None:
        return ZERO
    for fold in (lambda c: unicodedata.normalize("NFKC", c), str.lower, simplify):
        folded = fold(char)
        if len(folded) == 1 and folded != char:
            return ord(folded)
    return code


def fold(code: int, simplify: Callable[[str], str]) -> int:
    """Fold a code point until it stays; one that never does is left as it is."""
    now = code
    for _ in range(_MAX_STEPS):
        after = _step(now, simplify)
        if after == now:
            return now
        now = after
    return code


def _simplifier() -> Callable[[str], str]:
    """Return OpenCC's conversion of one Han character, what is no Han character unchanged."""
    from opencc import OpenCC

    convert = OpenCC("t2s").convert

    def simplify(char: str) -> str:
        if not unicodedata.name(char, "").startswith("CJK UNIFIED"):
            return char
        out: str = convert(char)
        return out if unicodedata.name(out[:1], "").startswith("CJK UNIFIED") else char

    return simplify


def rows() -> list[tuple[int, int]]:
    """Return (source, target) of every code point outside the blocks that folds to another, sorted."""
    simplify = _simplifier()
    codes = (code for code in range(SIZE) if _in_block(code) is None)
    return [(code, target) for code in codes if (target := fold(code, simplify)) != code]


def main() -> None:
    """Write the table."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{source},{target}\n" for source, target in rows()]
    TARGET.write_text("source,target\n" + "".join(lines), encoding="ascii", newline="\n")
    print(f"{TARGET.name}: {len(lines)} rows")


if __name__ == "__main__":
    main()
