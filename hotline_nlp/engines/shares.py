"""Let an engine answer for other shares of labels: a city or a month in which some come more, some less.

The premise is that requests of one label read alike everywhere and only the shares of the labels differ. A
probability is then multiplied by wanted share / share before and scaled to sum to 1 (Saerens, Latinne and
Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities"); a Head adds the
logarithm of that ratio to its scaled logits, and whatever reads probabilities follows: answers, decisions,
columns, bulletins.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ModelCorrupt, ModelTooNew
from ..files import save_file
from ..taxonomy import corpora_root, read_rows
from .base import Engine, Head

KIND, FORMAT = "hotline_nlp/shares", 1
SUFFIX = ".json"
PACKAGED = ("linear", "transformer", "cascade", "ensemble")
Shares = Mapping[str, Mapping[str, float]]
"""Each head's labels with their shares or counts."""
Floats = NDArray[np.float64]
_MARK, _TINY, _ROUNDED = "+shares.", 1e-12, 1e-6


@lru_cache(maxsize=1)
def _packaged() -> dict[str, dict[str, float]]:
    """Return the shares of the labels that the packaged models were fitted to, a head."""
    out: dict[str, dict[str, float]] = {}
    for row in read_rows(corpora_root() / "taxonomy" / "shares.csv"):
        out.setdefault(row["head"], {})[row["label"]] = float(row["share"])
    return out


def prior_of(head: Head) -> Floats:
    """Return the shares of the labels that a head's probabilities stand for, shape (labels,).

    Packaged models leave them to taxonomy/shares.csv. Raises InputError where they are not known or the
    head's labels do not exclude each other.
    """
    if head.kind != "softmax":
        raise InputError(f"the labels of {head.name!r} do not exclude each other: their shares are no prior.")
    known = _packaged().get(head.name, {})
    if not head.prior and set(known) != set(head.labels):
        raise InputError(
            f"the model does not state the shares of labels that {head.name!r} was fitted to: train it again."
        )
    return np.array(head.prior or [known[label] for label in head.labels], np.float64)


def known_shares(
    counts: Mapping[str, float], labels: Sequence[str], source: NDArray[Any], *, total: float | None = None
) -> Floats:
    """Return shares of all labels, shape (labels,), from counts of some or all of them.

    counts: what is known, e.g. the types of a city pack's shares; total: the count of all requests where
    `counts` holds only the most frequent labels. What `counts` leaves over goes to the other labels in
    proportion to `source`, their shares before. Raises InputError for an unknown label, a
    count that is negative or not finite, or counts above the total.
    """
    unknown = [name for name in counts if name not in labels]
    if unknown:
        raise InputError(
            f"the known shares name {unknown[0]!r}, which is no label of the model: leave it out."
        )
    if not _countable(counts.values()):
        raise InputError("the known shares must be finite numbers, none below 0.")
    known = np.array([counts.get(label, np.nan) for label in labels], np.float64)
    here = ~np.isnan(known)
    if not 0 < known[here].sum() < np.inf:
        raise InputError("the known shares must hold at least one count above 0.")
    whole = float(known[here].sum()) if total is None else total
    left = whole - known[here].sum()
    if left < 0:
        raise InputError(f"the counts add up to {known[here].sum():g}, more than the total of {whole:g}.")
    rest = np.where(here, 0, np.asarray(source, np.float64))
    out = np.where(here, known, rest * left / max(float(rest.sum()), _TINY))
    # Rounded shares that were written to a file stay as they are, and so does the digest made of them.
    return out if abs(float(out.sum()) - 1) < _ROUNDED else np.asarray(out / out.sum())


def _countable(values: Iterable[float]) -> bool:
    """Say whether all are finite and none is below 0; NaN, which JSON of Python may hold, is neither."""
    return all(0 <= value <= sys.float_info.max for value in values)


def pack_counts(found: Mapping[str, Any]) -> dict[str, tuple[Mapping[str, float], float | None]]:
    """Return (counts, total) of types and topics from a city pack's shares; raise InputError for none."""
    out: dict[str, tuple[Mapping[str, float], float | None]] = {}
    if found.get("types"):
        out["type"] = found["types"], None
    if found.get("topics") and found.get("requests"):
        out["topic"] = found["topics"], found["requests"]
    if not out:
        raise InputError(
            "the city pack states no shares of types or topics: give shares, or a month's texts."
        )
    return out


def from_pack(engine: Engine, found: Mapping[str, Any], only: Container[str] | None = None) -> Shares:
    """Return the shares that a city pack states for the engine's heads, or some, of all their labels."""
    heads, out = {head.name: head for head in engine.heads}, {}
    for name, (counts, total) in pack_counts(found).items():
        if name in heads and (only is None or name in only):
            values = known_shares(counts, heads[name].labels, prior_of(heads[name]), total=total)
            out[name] = dict(zip(heads[name].labels, values.tolist(), strict=True))
    return out


def _wanted(head: Head, given: Mapping[str, float]) -> Floats:
    """Return all labels' shares: fractions leave the rest to the labels not named, counts must name all."""
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"the shares of {head.name!r} must be {{label: share}}, at least one.")
    values = given.values()
    if any(isinstance(x, bool) or not isinstance(x, int | float) for x in values) or not _countable(values):
        raise InputError(f"the shares of {head.name!r} must be finite numbers, one a label and none below 0.")
    counts = sum(values) > 1 + 1e-6
    missing = [label for label in head.labels if label not in given]
    if counts and missing:
        raise InputError(
            f"the counts of {head.name!r} lack {missing[0]!r}: name every label (0 where there was none), "
            "or give shares of 1."
        )
    partial = 1.0 if missing and sum(values) < 1 else None
    return known_shares(given, head.labels, prior_of(head), total=partial)


def corrected(engine: Engine, shares: Shares) -> Engine:
    """Return an engine that answers for these shares of labels; the weights are the same in memory.

    shares: {head: {label: share}}, where what they leave of 1 goes to the labels not named, or counts of
    every label. Its name ends in a digest of them. Raises InputError for an unknown head or label.
    """
    known = {head.name: head for head in engine.heads}
    if not isinstance(shares, Mapping) or not shares:
        raise InputError("no shares were given: give {head: {label: share}}.")
    for name in shares:
        if name not in known:
            raise InputError(f"the model has no head {name!r}: give shares of {', '.join(known)}.")
    for name, given in shares.items():
        head = known[name]
        wanted = tuple(np.round(_wanted(head, given), 9).tolist())
        known[name] = replace(head, prior=tuple(prior_of(head).tolist()), shares=wanted)
    out = copy.copy(engine)
    out.heads = tuple(known.values())
    rows = [head.to_dict() for head in out.heads]
    out.manifest = {**engine.manifest, "heads": rows}
    digest = hashlib.sha256(json.dumps([row.get("shares") for row in rows]).encode()).hexdigest()
    out.name = f"{engine.name.split(_MARK)[0]}{_MARK}{digest[:8]}"
    return out


def check_suffix(path: Path) -> None:
    """Raise InputError where a path's suffix is not that of a file of shares."""
    if path.suffix != SUFFIX:
        raise InputError(f"{path.name} is no {SUFFIX} file: give --out a name that ends in {SUFFIX}.")


def write_shares(path: Path, model: str, engine: Engine, about: Mapping[str, Any]) -> None:
    """Write a corrected engine as a small JSON file that names the model and can be loaded in its place.

    model: what the uncorrected engine was loaded by; about: how the shares were come by. Raises InputError
    where the file can't be written.
    """
    check_suffix(path)
    if model not in PACKAGED:
        model = _portable(model, path.resolve().parent)
    found = {h.name: dict(zip(h.labels, h.shares, strict=True)) for h in engine.heads if h.shares}
    data = {"format": FORMAT, "kind": KIND, "model": model, "about": dict(about), "shares": found}
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    save_file(path, text.encode(), "choose another --out")


def _portable(model: str, folder: Path) -> str:
    """Return a model's path from a folder, with slashes; its whole path where it is on another drive."""
    try:
        return Path(os.path.relpath(model, folder)).as_posix()
    except ValueError:
        return Path(model).absolute().as_posix()


def innermost(model: str) -> str:
    """Return the model that a name, folder or file of shares stands for."""
    is_file = Path(model).suffix == SUFFIX and Path(model).is_file()
    return read_shares(Path(model))[0] if is_file else model


def read_shares(path: Path) -> tuple[str, Shares]:
    """Return the model that a file of shares names, a packaged one or a path, and the shares.

    Raises ModelCorrupt for what is no such file and ModelTooNew for one that a newer version wrote.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        kind, number, model = data["kind"], data["format"], data["model"]
        shares = {str(head): dict(found) for head, found in data["shares"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise ModelCorrupt(f"{path} is no file written by hotline-nlp adapt: write it again.") from error
    if kind != KIND or not isinstance(number, int) or not isinstance(model, str) or model.endswith(SUFFIX):
        raise ModelCorrupt(f"{path} is no file written by hotline-nlp adapt: write it again.")
    if number > FORMAT:
        raise ModelTooNew(f"{path} has format {number}, newer than {FORMAT}: upgrade hotline_nlp.")
    if model not in PACKAGED:
        model = str(path.parent / model)
    return model, shares
