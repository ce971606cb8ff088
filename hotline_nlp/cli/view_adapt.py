"""Correct a model for other shares of labels, write the file that stands for it, and show the shares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .console import console, print_json, table
from .target import check_target

if TYPE_CHECKING:
    from ..classifier import Classifier

PACK = "pack"


def run_adapt(
    out: Path,
    tickets: Path | None,
    known: str | None,
    *,
    head: str | None,
    text: str,
    sheet: str | None,
    model: str,
    city: str,
    force: bool,
    as_json: bool,
) -> None:
    """Take known shares or estimate them from a file, write the result and print it."""
    from ..classifier import Classifier
    from ..engines.shares import check_suffix, innermost, write_shares
    from ..learn.known_shares import never_answered

    if (tickets is None) == (known is None):
        raise InputError("give either a file of requests or --known, not both.")
    check_suffix(out)
    check_target(out, [tickets, known, model], force=force)
    clf = Classifier.load(model, city=city)
    if tickets is not None:
        done, about = _estimated(clf, tickets, head or "type", text, sheet)
    else:
        done = clf.with_shares(_known(clf, str(known), head))
        about = {"method": "known shares", "from": f"city pack {city}" if known == PACK else str(known)}
    about["notes"] = [*about.get("notes", ()), *never_answered(done.engine)]
    write_shares(out, innermost(model), done.engine, about)
    found = {h.name: dict(zip(h.labels, h.shares, strict=True)) for h in done.engine.heads if h.shares}
    if as_json:
        print_json({"path": str(out), "model": done.name, "about": about, "shares": found})
        return
    for line in done.engine.heads:
        if line.shares:
            _show(line)
    for line in (*about["notes"], f"wrote {out}: give it as --model"):
        console().print(line, markup=False, soft_wrap=True)


def _estimated(
    clf: Classifier, tickets: Path, head: str, text: str, sheet: str | None
) -> tuple[Classifier, dict[str, Any]]:
    from ..learn.adapt import many
    from ..learn.worklist import read_worklist

    texts = read_worklist(tickets, text, {}, sheet=sheet).texts
    done = clf.adapted(texts, head=head)
    return done, {
        "method": "EM",
        "from": tickets.name,
        "rows": len(texts),
        "notes": many(head, clf.labels[head]),
    }


def _known(clf: Classifier, known: str, head: str | None) -> Any:
    """Return the shares of the city pack or of a file, of all heads that they state or of one."""
    from ..learn.known_shares import pack_shares

    if known == PACK:
        return pack_shares(clf.engine, clf.pack.shares, head)
    found = _read(Path(known))
    if head is None or not isinstance(found, dict):
        return found
    if head not in found:
        raise InputError(f"{known} states no shares of {head!r}: it states {', '.join(found) or 'none'}.")
    return {head: found[head]}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; raise InputError where it holds a name twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise InputError(f"the known shares hold {double!r} twice: leave one of them out.")
    return found


def _read(path: Path) -> Any:
    """Return the JSON of a file; raise InputError where it is none."""
    try:
        return json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_once)
    except InputError:
        raise
    except OSError as error:
        raise InputError(
            f"{path} can't be read ({error.strerror}): give pack or a JSON file to --known."
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is no JSON: write it as {{head: {{label: count}}}}.") from error


def _show(head: Any) -> None:
    from ..engines.shares import prior_of

    rows = table(head.name, "uncorrected", "now", right=("uncorrected", "now"))
    found = sorted(zip(head.labels, prior_of(head), head.shares, strict=True), key=lambda row: -row[2])
    for label, before, now in found:
        rows.add_row(label, f"{before:.1%}", f"{now:.1%}")
    console().print(rows)
