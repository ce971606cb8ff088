"""Compare two files of requests, print the verdict and the figures behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import InputError
from .console import console, print_json, table
from .view_care import chosen, softmax_heads

if TYPE_CHECKING:
    from ..learn.drift import Drift


def run_drift(
    reference: Path,
    current: Path,
    *,
    text: str,
    columns: Mapping[str, str | None],
    sheet: str | None,
    model: str,
    city: str,
    language: Literal["zh", "en"],
    as_json: bool,
) -> None:
    """Compare two files and print the verdict."""
    from ..classifier import Classifier
    from ..learn.drift import compare, stated_accuracy
    from ..learn.worklist import read_worklist
    from ..normalise import normalise

    heads = chosen(columns)
    sides = [read_worklist(path, text, heads, sheet=sheet).usable(path.name) for path in (reference, current)]
    for head, name in heads.items():
        _check_common(name, *(side.labels[head] for side in sides))
    clf = Classifier.load(model, city=city)
    p = [clf.probabilities(side.texts) for side in sides]
    labels: dict[str, Any] = {head: tuple(side.labels[head] for side in sides) for head in heads}
    for name in softmax_heads(clf):
        if name not in labels:
            known = np.array(clf.labels[name])
            labels[name] = tuple(known[q[name].argmax(axis=1)].tolist() for q in p)
    scores = {name: (p[0][name].max(axis=1), p[1][name].max(axis=1)) for name in softmax_heads(clf)}
    plain = [[normalise(value).text for value in side.texts] for side in sides]
    found = compare((plain[0], plain[1]), labels, scores, stated=stated_accuracy(clf.engine.manifest))
    notes = [note for side in sides for note in side.notes] + found.notes()
    if as_json:
        print_json({**found.to_dict(), "notes": notes})
    else:
        print_drift(found, language)
        for note in notes:
            console().print(f"note: {note}", markup=False, soft_wrap=True)


def _check_common(name: str, *sides: Sequence[str]) -> None:
    """Raise InputError where two periods have labels and none in common, such as codes and names."""
    first, second = (Counter(filter(None, side)) for side in sides)
    if first and second and not first.keys() & second.keys():
        often = " and ".join(repr(side.most_common(1)[0][0]) for side in (first, second))
        raise InputError(
            f"the column {name!r} of the two files has no label in common (the most frequent are {often}): "
            "give columns that hold the same labels."
        )


def print_drift(found: Drift, language: Literal["zh", "en"]) -> None:
    """Print the verdict, then the figures behind it."""
    out = console()
    out.print(found.verdict(language), markup=False, soft_wrap=True)
    rows = table("what", "PSI", "chance", "band", "moved most", right=("PSI", "chance"))
    for head, shift in found.labels.items():
        moved = ", ".join(f"{label} {a:.1%} > {b:.1%}" for label, a, b in shift.moved[:3])
        rows.add_row(f"{head} shares", f"{shift.psi:.3f}", f"{shift.chance:.3f}", shift.band, moved)
    for head, shift in found.scores.items():
        a, b = found.confidence[head]
        moved = f"mean {a:.3f} > {b:.3f}" + (
            f", stated {found.expected[head]:.3f}" if head in found.expected else ""
        )
        rows.add_row(f"{head} confidence", f"{shift.psi:.3f}", f"{shift.chance:.3f}", shift.band, moved)
    out.print(rows)
    out.print(f"new wording {found.novelty:.1%}, usually {found.usual:.1%}", markup=False)
