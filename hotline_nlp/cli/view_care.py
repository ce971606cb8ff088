"""Run an audit, a choice of rows or a comparison of periods, write its sheet and print its sum."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import InputError
from .console import console, print_json, table

if TYPE_CHECKING:
    from ..classifier import Classifier
    from ..learn.drift import Drift

_KINDS = {"label": "标签存疑", "contradiction": "重复矛盾", "leak": "文本泄露"}
_AUDIT = (
    ("行号", 8),
    ("字段", 8),
    ("问题", 10),
    ("原标签", 16),
    ("建议", 20),
    ("置信度", 8),
    ("原因", 48),
    ("改为", 16),
    ("诉求", 80),
)
_PICK = (
    ("次序", 6),
    ("行号", 8),
    ("诉求", 80),
    ("类型（建议）", 12),
    ("事项（建议）", 14),
    ("承办（建议）", 16),
    ("存疑度", 8),
    ("类型", 10),
    ("事项", 12),
    ("承办", 14),
)


def chosen(columns: Mapping[str, str | None]) -> dict[str, str]:
    """Return the label columns that were named."""
    return {head: name for head, name in columns.items() if name}


def run_audit(
    path: Path,
    out: Path,
    *,
    text: str,
    columns: Mapping[str, str | None],
    sheet: str | None,
    city: str,
    as_json: bool,
) -> None:
    """Audit a labelled file into a spreadsheet."""
    from ..learn.audit import audit
    from ..learn.worklist import read_worklist
    from ..learn.worksheet import write_worksheet
    from ..pack import load_pack

    heads = chosen(columns)
    if not heads:
        raise InputError("no label column was named: give --type, --topic or --unit.")
    data = read_worklist(path, text, heads, sheet=sheet)
    done = audit(data.texts, data.labels, pack=load_pack(city))
    rows = (
        (
            data.lines[f.row],
            heads[f.head],
            _KINDS[f.kind],
            f.given,
            f.suggestion,
            round(f.confidence, 3),
            f.reason,
            "",
            data.texts[f.row],
        )
        for f in done.findings
    )
    write_worksheet(out, _AUDIT, rows, title="audit")
    counts = done.counts()
    if as_json:
        print_json({"rows": len(data.texts), "findings": counts, "notes": done.notes, "path": str(out)})
        return
    said = ", ".join(f"{counts.get(kind, 0):,} {name}" for kind, name in _NAMES.items())
    console().print(f"{len(data.texts):,} rows: {said} -> {out}", markup=False, soft_wrap=True)
    for note in done.notes:
        console().print(f"note: {note}", markup=False, soft_wrap=True)


_NAMES = {"label": "likely wrong labels", "contradiction": "contradicting copies", "leak": "leaked units"}


def run_pick(
    path: Path,
    out: Path,
    *,
    count: int,
    text: str,
    labelled: Path | None,
    sheet: str | None,
    model: str,
    city: str,
    as_json: bool,
) -> None:
    """Choose rows of an unlabelled file into a spreadsheet with room for the labels."""
    from ..classifier import Classifier
    from ..learn.pick import doubt, pick
    from ..learn.worklist import read_worklist
    from ..learn.worksheet import write_worksheet
    from ..normalise import normalise

    data = read_worklist(path, text, {}, sheet=sheet)
    known = read_worklist(labelled, text, {}).texts if labelled else []
    clf = Classifier.load(model, city=city)
    scores = clf.probabilities(data.texts)
    p = {name: scores[name] for name in softmax_heads(clf)}
    plain = [normalise(value).text for value in data.texts]
    picks = pick(plain, doubt(p), count, labelled=[normalise(value).text for value in known])
    best = {name: [clf.labels[name][k] for k in q.argmax(axis=1)] for name, q in p.items()}
    rows = (
        (
            order,
            data.lines[x.row],
            data.texts[x.row],
            *(best[head][x.row] if head in best else "" for head in ("type", "topic", "unit")),
            round(x.doubt, 3),
            "",
            "",
            "",
        )
        for order, x in enumerate(picks, start=1)
    )
    write_worksheet(out, _PICK, rows, title="pick")
    if as_json:
        print_json({"rows": len(data.texts), "picked": [data.lines[x.row] for x in picks], "path": str(out)})
        return
    console().print(f"{len(picks):,} of {len(data.texts):,} rows -> {out}", markup=False, soft_wrap=True)


def softmax_heads(clf: Classifier) -> list[str]:
    """Return the heads of exclusive labels."""
    return [head.name for head in clf.engine.heads if head.kind == "softmax" and len(head.labels) > 1]


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
    from ..learn.drift import compare
    from ..learn.worklist import read_worklist
    from ..normalise import normalise

    heads = chosen(columns)
    sides = [read_worklist(path, text, heads, sheet=sheet) for path in (reference, current)]
    clf = Classifier.load(model, city=city)
    p = [clf.probabilities(side.texts) for side in sides]
    labels: dict[str, Any] = {head: tuple(side.labels[head] for side in sides) for head in heads}
    for name in softmax_heads(clf):
        if name not in labels:
            known = np.array(clf.labels[name])
            labels[name] = tuple(known[q[name].argmax(axis=1)].tolist() for q in p)
    scores = {name: (p[0][name].max(axis=1), p[1][name].max(axis=1)) for name in softmax_heads(clf)}
    plain = [[normalise(value).text for value in side.texts] for side in sides]
    found = compare((plain[0], plain[1]), labels, scores)
    if as_json:
        print_json(found.to_dict())
    else:
        print_drift(found, language)


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
        moved = f"mean {a:.3f} > {b:.3f}"
        rows.add_row(f"{head} confidence", f"{shift.psi:.3f}", f"{shift.chance:.3f}", shift.band, moved)
    out.print(rows)
    out.print(f"new wording {found.novelty:.1%}, usually {found.usual:.1%}", markup=False)
