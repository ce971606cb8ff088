"""Train a model on labelled work orders of one's own: offline, one call, any label set."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..artefact import libraries
from ..decide import Policy
from ..engines.base import Head, keeps_formulas
from ..engines.linear import FITTED, KIND, LinearEngine
from ..errors import InputError, TrainingError
from .build import Problem, build, pack, stated
from .compare import check_comparable, compare
from .dates import day
from .duplicates import near_duplicates
from .evaluate import probabilities, report
from .known import joined, known_rows
from .labels import Target, choose_labels, rare_notes
from .outcome import TrainResult, load_engine
from .sgd import Progress, SgdConfig
from .shift import shares_of
from .sources import Columns
from .split import Split, by_hash, by_time, merge_ids
from .table import Tickets, read_tickets

FEWEST = 20
"""Rows below which nothing is trained."""
ROUGH = 50
"""Held-out rows below which the figures are called rough."""
UNSURE = (
    "the model given to --from does not say which rows it was fitted to: where some of these are among them, "
    "the figures, the probabilities and `auto` are too good; train without --from to be sure"
)
UNMEASURED = (
    "no row is left to measure on, since all rows are near-copies or have one id: the model is not measured; "
    "check that --text names the request itself, or give requests that differ"
)
MINHASH = 200_000
"""Rows above which near-copies are found by their first characters alone, to bound memory and time."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train.

    columns: names of the columns; base: packaged model or folder to start from; previous: folder of the model
    to compare with; test_share: share of rows held out for the report; few: labels with fewer rows are named;
    error_rate, delta: what `auto` keeps to (see hotline_nlp.decide); refit: fit once more to all rows, the
    held-out ones too, after measuring; formulas: read operators' openings and closings too (from a base, as
    the base does); sgd: penalty, balance, step; seed: of every random choice.
    """

    columns: Columns = field(default_factory=Columns)
    base: str | Path | None = None
    previous: str | Path | None = None
    name: str = ""
    test_share: float = 0.2
    few: int = 10
    error_rate: float = 0.1
    delta: float = 0.05
    refit: bool = False
    formulas: bool = False
    sheet: str | None = None
    sgd: SgdConfig = field(default_factory=SgdConfig)
    seed: int = 0


def train(
    records: Any, *, config: TrainConfig | None = None, progress: Progress | None = None
) -> TrainResult:
    """Train on labelled records: a path or paths (CSV, XLSX, JSONL, Parquet), a table, or mappings.

    Rows are held out by time where there is a date column, else by a hash, near-copies together. Labels too
    rare to learn, and what else could not be used, are named in the result's notes. The same records and seed
    give the same weights. Raises ColumnError, FileFormatError, InputError, ModelError for `base`, and
    TrainingError where there is too little to learn from. Nothing is written until `save`.
    """
    config = config or TrainConfig()
    if not (0 < config.error_rate < 1 and 0 < config.delta < 1 and 0 < config.test_share < 1):
        raise InputError("the error rate, delta and the share held out must each be above 0 and below 1.")
    for name, number in (("seed", config.seed), ("few", config.few)):
        if number < 0:
            raise InputError(f"{name} is {number}: give 0 or a larger whole number.")
    say = progress or (lambda line: None)
    base = None if config.base is None else load_engine(config.base)
    previous = None if config.previous is None else load_engine(config.previous)
    formulas = config.formulas if base is None else check_formulas(config.formulas, base)
    if previous is not None:
        check_comparable(previous, formulas)
    tickets = read_tickets(records, config.columns, sheet=config.sheet, formulas=formulas)
    if len(tickets.texts) < FEWEST:
        raise TrainingError(
            f"only {len(tickets.texts)} rows can be used: give at least {FEWEST}, better 200."
        )
    say(f"{len(tickets.texts):,} rows read")
    exact = len(tickets.texts) > MINHASH
    bodies = tickets.without_formulas().texts  # what operators write alike makes no copies
    groups = merge_ids(near_duplicates(bodies, approximate=False if exact else None), tickets.ids)
    fitted = None if base is None else base.fitted
    known = known_rows(tickets.texts, fitted, groups)
    unsure = check_known(known, base)
    split, notes = hold_out(tickets, groups, config.test_share, known)
    targets, missing = choose_targets(tickets, split, config.few)
    sgd = replace(config.sgd, seed=config.seed)
    problem = Problem.pose(tickets.texts, targets, groups, base, sgd, split.rows(0), known, formulas)
    options: dict[str, Any] = {"error_rate": config.error_rate, "delta": config.delta, "progress": progress}
    built = build(problem, split.rows(0), **options)
    built = replace(built, heads=tuple(_with_prior(head, targets, split, config) for head in built.heads))
    manifest = _manifest(built.heads, built.policy, problem, tickets, split, config)
    engine = LinearEngine(manifest, built.tensors)
    held = tickets.take(split.rows(1))
    p = probabilities(engine, held.texts)
    answers = {target.name: (target.labels, p[target.name]) for target in targets}
    measured = report(engine.name, answers, held, built.policy)
    manifest["metrics"] = {"held_out": measured.metrics()}
    if config.refit:
        say("fitting once more, to all rows")
        found = problem.fit(np.arange(len(tickets.texts)), progress)
        built = replace(built, tensors=pack(problem, found))
    used = tickets.texts if config.refit else tickets.take(split.rows(0)).texts
    sure = {} if UNSURE in unsure else {FITTED: joined(used, fitted)}
    tensors = {**built.tensors, **sure}
    compared = compare(previous, answers, held) if previous is not None else None
    told = (*tickets.notes, *_long(tickets, problem.spec.length), *unsure, *notes, *missing)
    return TrainResult(manifest, tensors, measured, compared, targets, split.how, told, held, answers)


def _long(tickets: Tickets, length: int) -> list[str]:
    """Say how many texts are longer than what the model reads of one."""
    n = sum(len(text) > length for text in tickets.texts)
    return [f"texts of which only the first {length} characters are read: {n:,}"] if n else []


def check_formulas(wanted: bool, base: LinearEngine) -> bool:
    """Return whether a base reads operators' formulas; raise InputError where it does not and should."""
    if wanted and not keeps_formulas(base):
        raise InputError(
            f"{base.name} was trained without operators' formulas, and what starts from it reads none: leave "
            "out --formulas, or --from."
        )
    return keeps_formulas(base)


def check_known(known: NDArray[np.bool_], base: LinearEngine | None) -> list[str]:
    """Raise TrainingError where the base was fitted to nearly all rows; say what is known of the others."""
    if base is None:
        return []
    if base.fitted is None:
        trained = "tickets" in (base.manifest.get("data") or {})
        return [UNSURE] if trained else []
    fresh = int((~known).sum())
    if fresh < FEWEST:
        raise TrainingError(
            f"{base.name} was fitted to {len(known) - fresh:,} of {len(known):,} rows, or near-copies: only "
            f"{fresh} are left to calibrate and measure on; train without --from, or --from linear, to "
            "learn from all."
        )
    if fresh == len(known):
        return []
    return [
        f"rows that {base.name} was fitted to (or near-copies of these): {len(known) - fresh:,}; they are "
        "fitted to again, but neither calibrated nor measured on"
    ]


def hold_out(
    tickets: Tickets, groups: Any, share: float, known: NDArray[np.bool_] | None = None
) -> tuple[Split, list[str]]:
    """Split by time where the dates allow it, else by hash; say what was left out of both parts.

    known: shape (rows,), true for rows that a base was fitted to: these are not held out.
    """
    if known is not None and known.any():
        rows = np.flatnonzero(~known)
        found, notes = hold_out(tickets.take(rows), groups[rows], share)
        part = np.zeros(len(known), np.int8)
        part[rows] = found.part
        return Split(part, found.how), notes
    notes = []
    split = None if tickets.dates is None else by_time(tickets.dates, groups, share)
    if split is None:
        if tickets.dates is not None:
            notes.append(
                "the dates span less than two days, are mostly missing, or one day has too many rows: rows "
                "were held out at random"
            )
        split = by_hash(tickets.texts, groups, list(tickets.labels.values())[-1], share)
    elif not len(split.rows(1)):
        notes.append("every newer row nearly copies an older one: rows were held out at random")
        split = by_hash(tickets.texts, groups, list(tickets.labels.values())[-1], share)
    copies = len(split.rows(2))
    if copies:
        notes.append(f"newer rows that nearly copy an older one, not measured on: {copies:,}")
    measured = len(split.rows(1))
    if not measured:
        notes.append(UNMEASURED)
    elif measured < ROUGH:
        notes.append(
            f"only {measured} rows are left to measure on, the others being fitted to or copies: the figures "
            "are rough"
        )
    return split, notes


def choose_targets(tickets: Tickets, split: Split, few: int) -> tuple[tuple[Target, ...], list[str]]:
    """Return what each head can learn, and a sentence for each head and label that it can't."""
    targets, notes, fitted = [], [], split.part == 0
    for name, values in tickets.labels.items():
        found = choose_labels(name, values, fitted, few)
        if found is None:
            labels = sorted({v for v in values if v})
            what = f"only the label {labels[0]!r}" if len(labels) == 1 else "no two labels with two rows each"
            notes.append(f"{name}: {what}, nothing to tell apart: this head was left out")
            continue
        targets.append(found)
        notes += rare_notes(name, found.rare)
    if not targets:
        raise TrainingError(
            f"nothing can be learned: {'; '.join(notes)}. Label rows with two labels or more."
        )
    return tuple(targets), notes


def _with_prior(head: Head, targets: Sequence[Target], split: Split, config: TrainConfig) -> Head:
    """Return a head that states a prior: the fitted shares of labels where nothing was calibrated on.

    One of the base's stays as it is.
    """
    for target in targets:
        if target.name == head.name and not head.prior:
            codes = target.codes if config.refit else target.codes[split.part == 0]
            shares = shares_of(codes[codes >= 0], len(target.labels))
            return replace(head, prior=stated(shares))
    return head


def _manifest(
    heads: Any, policy: Policy, problem: Problem, tickets: Tickets, split: Split, config: TrainConfig
) -> dict[str, Any]:
    digest = hashlib.sha256()
    for row, text in enumerate(tickets.texts):
        line = "\t".join([text, *(values[row] for values in tickets.labels.values())])
        digest.update(line.encode("utf-8", "replace") + b"\n")
    data: dict[str, Any] = {"tickets": digest.hexdigest(), "refit": config.refit}
    if tickets.dates is not None:
        used = tickets.dates if config.refit else tickets.dates[split.part == 0]
        if not np.isnan(used).all():
            data["until"] = day(float(np.nanmax(used)))
    sgd = problem.config
    return {
        "kind": KIND,
        "name": config.name,
        "version": digest.hexdigest()[:8],
        "language": "zh",
        "data": data,
        "rows": {"fitted": int((split.part == 0).sum()), "held_out": int((split.part == 1).sum())},
        "base": problem.base.name if problem.base else None,
        "features": problem.spec.to_dict(),
        "heads": [head.to_dict() for head in heads],
        "decision": policy.to_dict(),
        "fit": {
            "loss": sgd.loss,
            "l2": sgd.l2,
            "balance": sgd.balance,
            "seed": sgd.seed,
        },
        "libraries": libraries(),
    }
