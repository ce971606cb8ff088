"""Write corpora/taxonomy/shares.csv, the label shares of the labelled requests that models are fitted to.

python -m training.shares
"""

from __future__ import annotations

import csv

from . import data

TARGET = data.ROOT / "corpora" / "taxonomy" / "shares.csv"
HEADS = ("type", "topic", "unit")


def rows() -> list[tuple[str, str, str]]:
    """Return (head, label, share) of the labelled requests for training, in the taxonomy's order."""
    gold = data.gold("train").rows
    labels = data.head_labels()
    return [
        (head, label, f"{sum(row[head] == label for row in gold) / len(gold):.5f}")
        for head in HEADS
        for label in labels[head]
    ]


def main() -> None:
    """Write the table."""
    with TARGET.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("head", "label", "share"))
        writer.writerows(rows())
    print(f"{TARGET.name}: written")


if __name__ == "__main__":
    main()
