"""What each lever of the linear model is worth on gold dev, each measured against the variant without it.

python -m benchmarks ablation [--only 'NAME;NAME'] [--quick] writes benchmarks/results/ablation.json.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.features import featurise, prepared, to_csr, word_rows
from hotline_nlp.learn.linear import FitConfig, HeadData, fit_heads
from hotline_nlp.tokenise import Lexicon, general_lexicon
from training import data, recipe, sources
from training.measure import head_figures

from . import haikou_labels, levers, machine
from .engines import packaged_engine

HEADS = ("type", "topic", "unit")
FIGURES = ("accuracy", "macro_f1")
FILES = ("gold.csv", "haikou_units.csv", "unlabelled.csv")
QUICK = 5
"""Iterations and thousands of rows of a try-out, whose figures mean nothing."""
Array = NDArray[Any]
Weights = dict[str, tuple[Array, Array]]


@dataclass(frozen=True)
class Variant:
    """A configuration, the labels that it is fitted to, and the variant that it is measured against.

    labels: of "corrected" (gold's second reading), "haikou" (tickets by their own labels), "own" (of the
    pool), "soft" (the teachers' of the rest of the pool), "written" (requests of our own wording), "spans"
    (the teacher's of parts of texts). packaged: models/linear itself, which is mixed with a fit by squared
    hinge loss, adjusted for rare labels and quantised. lever: one of levers.py.
    """

    config: FitConfig
    labels: frozenset[str]
    against: str = ""
    packaged: bool = False
    lever: str = ""


def variants() -> dict[str, Variant]:
    """Return the ladder from characters alone to the packaged recipe, then other levers, by name."""
    base, spec = recipe.CONFIG, recipe.SPEC
    nothing = Lexicon(np.zeros_like(general_lexicon().bits))
    plain = replace(base, balance=0.0)
    first, read = frozenset[str](), frozenset(["corrected"])
    gold = "+ label corrections"
    found = {
        "characters": Variant(replace(plain, spec=replace(spec, lexicon=nothing)), first),
        "+ words": Variant(plain, first, "characters"),
        "+ class balance": Variant(base, first, "+ words"),
        gold: Variant(base, read, "+ class balance"),
        "+ Haikou labels": Variant(base, read | {"haikou"}, gold),
        "+ our own labels of the pool": Variant(base, read | {"own"}, gold),
        "soft labels of the pool alone": Variant(base, read | {"soft"}, gold),
    }
    last = "+ our own labels of the pool"
    for label, name in (
        ("soft", "+ soft labels of the pool"),
        ("written", "+ requests of our own wording"),
        ("spans", "+ parts of texts = packaged recipe"),
    ):
        found[name] = Variant(base, found[last].labels | {label}, last)
        last = name
    found["+ squared hinge loss, rare labels lifted = packaged model"] = Variant(
        base, found[last].labels, last, packaged=True
    )
    single = {
        "words weigh as n-grams do": replace(base, word_weight=1.0),
        "no power of rarity": replace(base, rare=1.0),
        "1-2-grams and words": replace(base, spec=replace(spec, order=2)),
        "first 400 characters": replace(base, spec=replace(spec, length=400)),
        "plain hashing to 2^18 rows": replace(base, spec=replace(spec, least=0, bits=18)),
        "penalty x 3": replace(base, l2=base.l2 * 3),
        "penalty / 3": replace(base, l2=base.l2 / 3),
    }
    found |= {f"gold alone, {name}": Variant(config, read, gold) for name, config in single.items()}
    for name, (against, _) in levers.LEVERS.items():
        other = against if against in found else f"gold alone, {against}"
        found[f"gold alone, {name}"] = Variant(base, read, other, lever=name)
    return found


def gold(corrected: bool) -> tuple[list[str], dict[str, Array]]:
    """Return gold train's texts and targets, with the labels of the first or of the second reading."""
    found = data.gold("train")
    rows = found.rows if corrected else [r for r in data.read("gold.csv") if r["split"] == "train"]
    targets = data.gold_targets(rows)
    return list(found.texts), {head: targets[head] for head in HEADS}


def labelled(labels: frozenset[str], config: FitConfig) -> tuple[sources.Source, int]:
    """Return all texts to fit to, with a target and a weight a head, and how many of them are real requests.

    Those come first: the vocabulary is theirs.
    """
    texts, targets = gold("corrected" in labels)
    parts = [sources.Source(texts, targets, {head: np.ones(len(texts), np.float32) for head in HEADS})]
    teachers = sources.default_teachers()
    if "haikou" in labels:
        parts.append(sources.Source(*haikou_labels.tickets(*fit(parts[0], config))))
    if labels & {"own", "soft"}:
        parts.append(sources.pool(teachers, own="own" in labels, soft="soft" in labels))
    real = sum(len(part.texts) for part in parts)
    if "written" in labels:
        parts.append(sources.own_wording())
    if "spans" in labels:
        parts.append(sources.span_rows(teachers, np.zeros(0)))
    return sources.joined(parts, HEADS), real


def fit(rows: sources.Source, config: FitConfig) -> tuple[FitConfig, Weights]:
    """Fit the exclusive heads; return the configuration with its tables, and the weights."""
    texts, targets, weight = rows.texts, rows.targets, rows.weight
    config = replace(config, spec=prepared(texts, config.spec))
    labels = data.head_labels()
    heads = [
        HeadData(h, "softmax", labels[h], targets[h], weight[h], recipe.L2.get(h), recipe.RARE.get(h))
        for h in HEADS
    ]
    counted = to_csr(featurise(texts, config.spec), config.spec)
    return config, fit_heads(counted, heads, config, words=word_rows(texts, config.spec))


def run_one(variant: Variant, *, quick: bool = False) -> dict[str, Any]:
    """Fit a variant and return its figures on dev; `quick` tries a twentieth of the work."""
    config, dev = variant.config, data.gold("dev")
    right = data.gold_targets(dev.rows)
    if variant.packaged or variant.lever:
        lever = variant.lever
        logits = levers.LEVERS[lever][1]() if lever else packaged_engine("linear").logits(dev.texts)
        return {h: head_figures(logits[h], right[h].argmax(axis=1)) for h in HEADS}
    if quick:
        config = replace(config, max_iterations=QUICK)
    rows, real = labelled(variant.labels, config)
    if quick:
        few = np.random.default_rng(0).permutation(len(rows.texts))[: QUICK * 1000]
        targets, weight = ({h: part[h][few] for h in HEADS} for part in (rows.targets, rows.weight))
        rows = sources.Source([rows.texts[i] for i in few], targets, weight)
    else:
        config = replace(config, spec=prepared(rows.texts[:real], config.spec))
    config, found = fit(rows, config)
    held = to_csr(featurise(dev.texts, config.spec), config.spec)
    return {h: head_figures(held @ w + b, right[h].argmax(axis=1)) for h, (w, b) in found.items()}


def weights(variant: Variant) -> dict[str, Any]:
    """Return the weights in the recipe of those of the variant's rows that came to it last."""
    known = {"written": recipe.WRITTEN, "spans": recipe.SPANS}
    return {label: weight for label, weight in known.items() if label in variant.labels}


def gains(measured: dict[str, Any]) -> None:
    """Put each variant's gain over the one that it is measured against, where both are known."""
    for variant in measured.values():
        other = measured.get(variant["against"])
        if other is not None:
            variant["gain"] = {
                h: {name: round(variant[h][name] - other[h][name], 4) for name in FIGURES} for h in HEADS
            }


def run(only: Sequence[str] = (), *, quick: bool = False) -> dict[str, Any]:
    """Measure the variants asked for, or all, and write the JSON after each; keep those measured before.

    What was measured by another recipe or on other data is dropped. With `quick` nothing is written.
    """
    names = (
        "L2", "RARE", "MARGINS", "TEACHERS", "SOFT_WEIGHT", "TRUST", "SOFT_TEMPERATURE", "VERSION",
    )  # fmt: skip
    chosen = recipe.CONFIG.to_dict() | {"features": recipe.SPEC.to_dict()}
    chosen |= {name.lower(): getattr(recipe, name) for name in names}
    result: dict[str, Any] = {"benchmark": "ablation", **machine.context(FILES), "recipe": chosen}
    old = machine.read("ablation") or {}
    same = all(old.get(key) == result[key] for key in ("recipe", "data"))
    known = variants()
    result["variants"] = {
        name: found
        for name, found in (old["variants"] if same else {}).items()
        if name in known and found.get("weights", {}) == weights(known[name])
    }
    for name, variant in known.items():
        if only and name not in only:
            continue
        began = time.perf_counter()
        found = run_one(variant, quick=quick)
        taken = round(time.perf_counter() - began, 1)
        rows = {"weights": weights(variant)} if weights(variant) else {}
        result["variants"][name] = {"against": variant.against, **rows, **found, "seconds": taken}
        result["variants"] = {key: result["variants"][key] for key in known if key in result["variants"]}
        gains(result["variants"])
        if not quick:
            machine.write("ablation", result)
        short = {head: found[head]["accuracy"] for head in HEADS}
        print(f"{name}: {short}, {taken} s", flush=True)
    return result
