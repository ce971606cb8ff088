"""The cascade's accuracy for each millisecond a text.

python -m benchmarks.cascade [--repeats 1]

On gold dev, for shares of it from none (the linear engine) to all: the least sure go to the transformer.
The time is the processor's own, from normalised text to every head's logits, measured at each share.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hotline_nlp.engines.cascade import CascadeEngine, doubt
from hotline_nlp.engines.load import load_engine
from training import data
from training.known import Known
from training.publish import accuracies

from . import machine
from .speed_clock import load

SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
PICTURE = data.ROOT / "docs" / "images" / "cascade.png"
HEADS = {"type": ("#4477aa", "o"), "topic": ("#228833", "s"), "unit": ("#cc6677", "^")}


def timed(call: Callable[[], Any], rows: int, repeats: int) -> float:
    """Return the processor's milliseconds a text, the least of the repeats."""
    found = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        found.append(time.process_time() - began)
    return round(1e3 * min(found) / rows, 3)


def thresholds(unsure: Any) -> dict[float, float]:
    """Return for each share the doubt above which that share of the texts lies."""
    ordered = np.sort(unsure)
    return {
        share: -1.0 if share == 1 else float(ordered[len(ordered) - 1 - int(share * len(ordered))])
        for share in SHARES
    }


def run(repeats: int = 1) -> dict[str, Any]:
    """Measure each share; write results/cascade.json and the picture."""
    from hotline_nlp.engines.transformer.paths import torch_of

    busy, engine = load(), load_engine("cascade")
    assert isinstance(engine, CascadeEngine)
    gold = data.gold("dev")
    targets, count = data.gold_targets(gold.rows), len(gold.texts)
    linear, transformer = engine.first, engine.second
    logits = linear.logits(gold.texts)
    p = {head.name: head.probabilities(logits[head.name]) for head in linear.heads}
    slow = transformer.logits(gold.texts)
    alone = timed(lambda: transformer.logits(gold.texts), count, repeats)
    known = Known(gold.texts, slow, transformer.heads, transformer.manifest)
    tuned = {name: engine.manifest[name] for name in ("heads", "decision", "weight", "parts", "temperatures")}
    curve = []
    for share, threshold in thresholds(doubt(linear.heads, p, engine.parts)).items():
        joined = CascadeEngine(linear, transformer, {**tuned, "threshold": threshold})
        answers = CascadeEngine(linear, known, {**tuned, "threshold": threshold}).logits(gold.texts)
        spent = timed(lambda joined=joined: joined.logits(gold.texts), count, repeats)  # type: ignore[misc]
        curve.append({"share": share, "ms": spent, **accuracies(answers, targets)})
        print(curve[-1], flush=True)
    default = timed(lambda: engine.logits(gold.texts), count, repeats)
    point = CascadeEngine(linear, known, {**tuned, "threshold": engine.threshold}).logits(gold.texts)
    result: dict[str, Any] = {
        **machine.context(("gold.csv",)),
        "command": f"python -m benchmarks.cascade --repeats {repeats}",
        "load_before": busy,
        "threads": int(torch_of().get_num_threads()),
        "path": getattr(transformer, "path", ""),
        "engines": [linear.name, transformer.name],
        "weights_sha256": [linear.manifest["weights"]["sha256"], transformer.manifest["weights"]["sha256"]],
        "time": "milliseconds of processor time a text",
        "curve": curve,
        "transformer": {"ms": alone, **accuracies(slow, targets)},
        "default": {
            "share": engine.second.manifest["cascade"]["share"],
            "ms": default,
            "times_as_fast_as_the_transformer": round(alone / default, 2),
            **accuracies(point, targets),
        },
    }
    machine.write("cascade", result)
    picture(result)
    return result


def picture(result: dict[str, Any], path: Path = PICTURE) -> None:
    """Draw accuracy by milliseconds a text."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.6), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    curve = sorted(result["curve"], key=lambda row: row["ms"])
    for head, (colour, mark) in HEADS.items():
        axes.plot(
            [row["ms"] for row in curve],
            [row[head] for row in curve],
            color=colour,
            marker=mark,
            markersize=4,
            label=head,
        )
        alone = result["transformer"]
        axes.plot(
            alone["ms"],
            alone[head],
            color=colour,
            marker=mark,
            markersize=10,
            markerfacecolor="none",
            linestyle="",
        )
    chosen = result["default"]
    axes.axvline(chosen["ms"], color="0.5", linestyle=":")
    axes.annotate(
        f"default: {chosen['share']:.0%} sent on,\n{chosen['times_as_fast_as_the_transformer']:.1f} x the "
        "transformer's speed",
        (chosen["ms"], 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(6, 0),
        textcoords="offset points",
    )
    axes.plot(
        [],
        [],
        color="0.3",
        marker="o",
        markersize=10,
        markerfacecolor="none",
        linestyle="",
        label="transformer alone",
    )
    axes.set(xlabel="milliseconds of processor time a text", ylabel="accuracy on gold dev")
    axes.set_title("cascade: the least sure texts go to the transformer as well")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without a version, the same figures give the same bytes.
    figure.savefig(path, metadata={"Software": None})


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args(argv)
    if options.repeats < 1:
        parser.error("--repeats is from 1 on")
    print(run(options.repeats)["default"])


if __name__ == "__main__":
    main()
