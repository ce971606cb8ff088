"""A simulated year of orders that come back: does learning from returns lower the first-dispatch error?

The simulator, all of it seeded:

- ORDERS requests a month are composed of the sample requests' clauses and read by the packaged model.
- The owner of an order is the unit that dispatch names without any learning, with three exceptions. In PAIRS
  frequent pairs of topic and unit the city's practice differs: SYSTEMATIC of these orders belong to the unit
  that the model most often ranks next there. Of all other orders, NOISE belong to the order's next unit.
- A unit that got an order wrongly returns it, but MISSED of them keep it and finish it quietly. Of returned
  orders, MISFILED are recorded under a unit drawn at random, as tables of real returns are. A unit that got
  an order rightly returns FALSE of them, and a unit drawn at random takes it.
- At the end of a month its orders are learnt: a CSV of topic, first unit and last unit goes through
  Router.learn_returns, and the next month is dispatched by what is known then.

The error of a month is the share of its orders whose first unit is not the owner, measured before its
returns are learnt. `floor` is the error of a dispatcher who knows the city's practice.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline_nlp import Classifier
from hotline_nlp.route import Router

from . import machine
from .metrics import spread
from .speed_texts import make

MONTHS, ORDERS, PAIRS = 12, 2_000, 15
FREQUENT = 40
SYSTEMATIC, NOISE = 0.9, 0.08
MISSED, MISFILED, FALSE = 0.2, 0.1, 0.03
IMAGE = Path(__file__).resolve().parent.parent / "docs" / "images" / "returns.png"


@dataclass(frozen=True, slots=True)
class Order:
    """A request as the model reads it, the unit that dispatch names without learning, and the owner."""

    text: str
    topic: str
    units: tuple[tuple[str, float], ...]
    first: str
    owner: str


def read(clf: Classifier, count: int, seed: int) -> list[tuple[str, str, tuple[tuple[str, float], ...]]]:
    """Return (text, topic, ranked unit functions) of composed requests that dispatch names a unit for."""
    found = []
    for text, result in zip(texts := make(count, seed=seed), clf.iter_results(texts), strict=True):
        if result.unit is not None and result.topic is not None and result.dispatch.lead:
            found.append((text, result.topic.label, result.unit.alternatives))
    return found


def orders(clf: Classifier, router: Router, count: int, seed: int) -> list[Order]:
    """Return a year's orders with their owners."""
    rng = random.Random(seed)
    rows = [(*row, _ranked(router, *row)) for row in read(clf, count, seed)]
    pairs = Counter((topic, ranked[0]) for _, topic, _, ranked in rows if len(ranked) > 1)
    following: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for _, topic, _, ranked in rows:
        following[topic, ranked[0]].update(ranked[1:2])
    frequent = [pair for pair, _ in pairs.most_common(FREQUENT)]
    practice = {p: following[p].most_common(1)[0][0] for p in rng.sample(frequent, min(PAIRS, len(frequent)))}
    return [
        Order(text, topic, units, ranked[0], _owner(rng, ranked, practice.get((topic, ranked[0]))))
        for text, topic, units, ranked in rows
    ]


def _ranked(router: Router, text: str, topic: str, units: Sequence[tuple[str, float]]) -> list[str]:
    """Return the lead that dispatch names and the real units of the other functions."""
    others = (router.lead(text, [(function, 1.0)], topic) for function, _ in units[1:])
    return list(dict.fromkeys(name for name in (router.lead(text, units, topic), *others) if name))


def _owner(rng: random.Random, ranked: Sequence[str], practice: str | None) -> str:
    if practice is not None and rng.random() < SYSTEMATIC:
        return practice
    if len(ranked) > 1 and rng.random() < NOISE:
        return ranked[1]
    return ranked[0]


def record(rng: random.Random, first: str, owner: str, names: Sequence[str]) -> str:
    """Return the unit that the table of returns names last for an order, "" where it stayed."""
    if first == owner:
        return rng.choice(names) if rng.random() < FALSE else ""
    if rng.random() < MISSED:
        return ""
    return rng.choice(names) if rng.random() < MISFILED else owner


def year(clf: Classifier, seed: int, months: int, size: int, folder: Path) -> dict[str, list[float]]:
    """Return each month's first-dispatch error without and with learning, and of who knows the practice."""
    router = Router(clf.pack)
    every = orders(clf, router, months * size, seed)
    names = sorted({order.owner for order in every})
    rng, step = random.Random(seed + 1), -(-len(every) // months)
    found: dict[str, list[float]] = {"without": [], "with": [], "floor": []}
    owners: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for order in every:
        owners[order.topic, order.first][order.owner] += 1
    usual = {pair: counts.most_common(1)[0][0] for pair, counts in owners.items()}
    for month in range(months):
        batch = every[month * step : (month + 1) * step]
        firsts = [router.lead(order.text, order.units, order.topic) for order in batch]
        known = [usual[order.topic, order.first] for order in batch]
        for name, leads in (("without", [o.first for o in batch]), ("with", firsts), ("floor", known)):
            wrong = sum(lead != order.owner for lead, order in zip(leads, batch, strict=True))
            found[name].append(wrong / len(batch))
        table = folder / f"{seed}-{month + 1:02}.csv"
        last = [record(rng, lead, order.owner, names) for lead, order in zip(firsts, batch, strict=True)]
        _write(table, zip([order.topic for order in batch], firsts, last, strict=True))
        router.learn_returns(table, folder / f"{seed}-returns.csv")
    return found


def _write(path: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("topic", "from", "to"))
        writer.writerows(rows)


def run(
    seeds: int = 5, months: int = MONTHS, size: int = ORDERS, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Simulate a year a seed, write results/returns.json and draw docs/images/returns.png."""
    clf = Classifier.load()
    with tempfile.TemporaryDirectory() as folder:
        years = [year(clf, seed, months, size, Path(folder)) for seed in range(seeds)]
    curve: list[dict[str, Any]] = []
    for month in range(months):
        runs = [{name: values[month] for name, values in found.items()} for found in years]
        curve.append({"month": month + 1, **spread(runs)})
        means = ", ".join(f"{name} {curve[-1][name]['mean']:.3f}" for name in years[0])
        say(f"month {month + 1:2}: {means}")
    result = {
        **machine.context(()),
        "model": clf.name,
        "simulator": {
            "orders_a_month": size,
            "pairs": PAIRS,
            "of_most_frequent": FREQUENT,
            "systematic": SYSTEMATIC,
            "noise": NOISE,
            "missed": MISSED,
            "misfiled": MISFILED,
            "false": FALSE,
        },
        "seeds": seeds,
        "curve": curve,
    }
    machine.write("returns", result)
    say(f"drawn: {draw(result).name}")
    return result


def draw(result: dict[str, Any], path: Path = IMAGE) -> Path:
    """Draw the error month by month, mean and standard deviation over the seeds."""
    from hotline_nlp._require import require

    require("matplotlib", "train")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    months = [point["month"] for point in result["curve"]]
    for name, label, colour in (
        ("without", "without learning", "#d55e00"),
        ("with", "learning from returns at each month's end", "#0072b2"),
        ("floor", "who knows the city's practice", "#999999"),
    ):
        mean = [100 * point[name]["mean"] for point in result["curve"]]
        sd = [100 * point[name]["sd"] for point in result["curve"]]
        style = "--" if name == "floor" else "-"
        axes.plot(months, mean, style, color=colour, marker="" if name == "floor" else "o", label=label)
        low, high = ([m + k * s for m, s in zip(mean, sd, strict=True)] for k in (-1, 1))
        axes.fill_between(months, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set(xlabel="month", ylabel="first dispatches to the wrong unit (%)", xticks=months, ylim=(0, None))
    size = result["simulator"]["orders_a_month"]
    axes.set_title(f"Simulated year, {size:,} orders a month, mean ± sd over {result['seeds']} seeds")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
    return path
