"""Write corpora/text/lexicon.safetensors: the words of jieba's dictionary (MIT licence) as a Bloom filter.

python -m training.lexicon
"""

from __future__ import annotations

from pathlib import Path

from hotline_nlp.normalise.fold import fold_table
from hotline_nlp.tokenise import LONGEST, Lexicon

from .data import ROOT

LEAST = 3
"""Words that jieba's own counts have less often are mostly noise."""


def dictionary() -> list[str]:
    """Return the dictionary's words of 2 to LONGEST Chinese characters, folded as texts are."""
    import jieba

    table = fold_table()
    lines = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split(" ") for line in lines)
    words = [row[0] for row in rows if int(row[1]) >= LEAST and 2 <= len(row[0]) <= LONGEST]
    han = [word for word in words if "\u4e00" <= word[0] <= "\u9fff"]
    return sorted({"".join(chr(table[ord(c)]) for c in word) for word in han})


def main() -> None:
    """Build and write the filter."""
    from safetensors.numpy import save_file

    words = dictionary()
    lexicon = Lexicon.build(words)
    path = ROOT / "corpora" / "text" / "lexicon.safetensors"
    save_file({"bits": lexicon.bits}, path, metadata={"source": "jieba dict.txt, MIT licence"})
    print(f"{len(words):,} words, {int((lexicon.bits != 0).mean() * 100)}% of the bytes used, {path}")


if __name__ == "__main__":
    main()
