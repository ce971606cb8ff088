"""Run an audit or a choice of rows, write its sheet and print its sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .console import console, print_json
from .target import check_target

if TYPE_CHECKING:
    from ..classifier import Classifier

_KINDS = {"label": "标签存疑", "contradiction": "重复矛盾", "leak": "文本泄露"}
_NAMES = {"label": "likely wrong labels", "contradiction": "contradicting copies", "leak": "leaked units"}
_LINE = ("行号", 8)
_AUDIT = (
    ("字段", 8),
    ("问题", 10),
    ("原标签", 16),
    ("建议", 20),
    ("置信度", 8),
    ("原因", 48),
    ("改为", 16),
    ("诉求", 80),
)
_LABELS = {"type": "类型", "topic": "事项", "unit": "承办"}


def chosen(columns: Mapping[str, str | None]) -> dict[str, str]:
    """Return the label columns that were named."""
    return {head: name for head, name in columns.items() if name}


def say(line: str, notes: Sequence[str] = ()) -> None:
    """Print what came out, then the notes."""
    for each in (line, *(f"note: {note}" for note in notes)):
        console().print(each, markup=False, soft_wrap=True)


def run_audit(
    path: Path,
    out: Path,
    *,
    text: str,
    columns: Mapping[str, str | None],
    id_: str | None,
    sheet: str | None,
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Audit a labelled file into a spreadsheet."""
    from ..learn.audit import audit
    from ..learn.worklist import read_worklist
    from ..learn.worksheet import check_sheet, write_worksheet
    from ..pack import load_pack

    heads = chosen(columns)
    if not heads:
        raise InputError("no label column was named: give --type, --topic or --unit.")
    layout = distinct(_LINE, *_id_column(id_), *_AUDIT)
    check_sheet(out)
    check_target(out, [path], force=force)
    data = read_worklist(path, text, heads, id_=id_, sheet=sheet).usable(path.name)
    done = audit(data.texts, data.labels, pack=load_pack(city))
    rows = (
        (
            data.lines[f.row],
            *data.ids[f.row : f.row + 1],
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
    write_worksheet(out, layout, rows, title="audit")
    counts, notes = done.counts(), [*data.notes, *done.notes]
    if as_json:
        print_json({"rows": len(data.texts), "findings": counts, "notes": notes, "path": str(out)})
        return
    found = ", ".join(f"{counts.get(kind, 0):,} {name}" for kind, name in _NAMES.items())
    say(f"{len(data.texts):,} rows: {found} -> {out}", notes)


def run_pick(
    path: Path,
    out: Path,
    *,
    count: int,
    text: str,
    columns: Mapping[str, str | None],
    id_: str | None,
    labelled: Path | None,
    sheet: str | None,
    model: str,
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Choose rows of an unlabelled file into a spreadsheet with room for the labels."""
    from ..classifier import Classifier
    from ..learn.pick import doubt, pick
    from ..learn.worklist import read_worklist
    from ..learn.worksheet import check_sheet, write_worksheet
    from ..normalise import normalise

    heads = chosen(columns) or _LABELS
    layout = pick_columns(text, id_, list(heads.values()))
    check_sheet(out)
    check_target(out, [path, labelled], force=force)
    data = read_worklist(path, text, {}, id_=id_, sheet=sheet).usable(path.name)
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
            *data.ids[x.row : x.row + 1],
            data.texts[x.row],
            *(best[head][x.row] if head in best else "" for head in heads),
            round(x.doubt, 3),
            *("" for _ in heads),
        )
        for order, x in enumerate(picks, start=1)
    )
    write_worksheet(out, layout, rows, title="pick")
    if as_json:
        lines = [data.lines[x.row] for x in picks]
        print_json({"rows": len(data.texts), "picked": lines, "notes": data.notes, "path": str(out)})
        return
    say(f"{len(picks):,} of {len(data.texts):,} rows -> {out}", data.notes)


def run_correct(
    tickets: Path, audited: Path, out: Path, *, text: str, sheet: str | None, force: bool, as_json: bool
) -> None:
    """Put the labels of an audit's sheet into a new table."""
    from ..learn.corrections import correct, read_corrections

    check_target(out, [tickets, audited], force=force)
    count = correct(tickets, read_corrections(audited), out, text=text, sheet=sheet)
    if as_json:
        print_json({"changed": count, "path": str(out)})
    else:
        say(f"{count:,} label{'s' * (count != 1)} changed -> {out}")


def pick_columns(text: str, id_: str | None, labels: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return (name, width) of a sheet to label: texts, ids and labels are called what the table calls them.

    Raises InputError where two would have one name, since `train` can't read that.
    """
    told, blank = [(f"{name}（建议）", 16) for name in labels], [(name, 14) for name in labels]
    return distinct(("次序", 6), _LINE, *_id_column(id_), (text, 80), *told, ("存疑度", 8), *blank)


def distinct(*columns: tuple[str, int]) -> tuple[tuple[str, int], ...]:
    """Return (name, width) of a sheet's columns; raise InputError where two would have one name."""
    names = [name for name, _ in columns]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise InputError(f"two columns of the sheet would be called {double!r}: rename yours.")
    return columns


def _id_column(name: str | None) -> tuple[tuple[str, int], ...]:
    return ((name, 16),) if name else ()


def softmax_heads(clf: Classifier) -> list[str]:
    """Return the heads of exclusive labels."""
    return [head.name for head in clf.engine.heads if head.kind == "softmax" and len(head.labels) > 1]
