"""Speed of the packaged linear engine beside its peers, on the same texts, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from hotline_nlp import Classifier
from hotline_nlp.engines import compiled
from hotline_nlp.engines.read import read_plainly
from hotline_nlp.normalise import normalise

from . import machine, speed_peers
from .speed_clock import latency, load, rate, timed
from .speed_roofline import roofline
from .speed_texts import make

FIT, TIMED, SINGLE, RESULTS = 10_000, 40_000, 500, 4_000
REPEATS = 5
ALONE, BESIDE, COMMAND_LINE = "alone", "beside", "command_line"
"""How a fresh process is set up: with hotline_nlp[fast] alone, with pandas and scipy beside it, or as the
command line sets itself up."""
_START = """
import json, sys, time
class Without:
    def find_spec(self, name, path, target=None):
        if name in ("pandas", "scipy"):
            raise ModuleNotFoundError(name, name=name)
if {how!r} == "alone":
    sys.meta_path.insert(0, Without())
began = time.perf_counter()
if {how!r} == "command_line":
    from hotline_nlp.batch.memory import save_memory
    save_memory()
import hotline_nlp
imported = time.perf_counter()
clf = hotline_nlp.Classifier.load()
clf.classify({text!r})
first = time.perf_counter()
clf.score_columns({texts!r} * {times})
with open("/proc/self/status") as status:  # getrusage counts the parent's peak too
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
print(json.dumps([imported - began, first - began, peak]))
"""


def run(repeats: int = REPEATS, rows: int = TIMED, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure everything and write results/speed.json."""
    busy = load()
    clf, texts = Classifier.load(), make(rows)
    result: dict[str, Any] = {**machine.context(()), "load_before": busy, "texts": _described(texts)}
    result["numpy"] = {
        "columns": rate(timed(lambda: read_plainly(clf.engine, texts[:4096]), repeats=repeats), 4096)
    }
    began = timed(compiled.COMPILER.wait, repeats=1, warm=0)
    result["compile_seconds"] = round(began[0], 3)
    result["columns"] = _columns(clf, texts, repeats)
    result["results"] = rate(timed(lambda: list(clf.iter_results(texts[:RESULTS])), repeats=3), RESULTS)
    result["single"] = _single(clf, texts)
    result["start"] = _start(texts)
    result["peers"] = _peers(clf, texts, repeats)
    result["ratios"] = _ratios(result)
    result["roofline"] = _roofline(clf, texts, result["columns"]["one_core"]["per_second"])
    result["load_after"] = load()
    path = machine.write("speed", result)
    for name, found in _rates(result).items():
        say(f"{name:36} {found:>9,} texts a second")
    say(f"written: {path.name}")
    return result


def _described(texts: Sequence[str]) -> dict[str, Any]:
    sizes = sorted(map(len, texts))
    return {
        "rows": len(texts),
        "mean_characters": round(sum(sizes) / len(sizes), 1),
        "p5_characters": sizes[len(sizes) // 20],
        "p95_characters": sizes[-(len(sizes) // 20) - 1],
        "operator_formulas": 0.2,
        "phone_numbers": 0.13,
    }


def _columns(clf: Classifier, texts: list[str], repeats: int) -> dict[str, Any]:
    """Time score_columns: from a list and from arrow, without and with dispatch, on one core and on all."""
    import pyarrow as pa

    array = pa.array(texts)
    wrapped = make(len(texts) // 4, seed=1, wrapped=1.0, phones=0.2)

    def of(values: Any, dispatch: bool = False) -> dict[str, Any]:
        return rate(timed(lambda: clf.score_columns(values, dispatch=dispatch), repeats=repeats), len(values))

    found = {
        "list": of(texts),
        "arrow": of(array),
        "dispatch": of(array, True),
        "all_with_formulas": of(wrapped),
        "all_with_formulas_dispatch": of(wrapped, True),
    }
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        found["one_core"] = of(array)
    finally:
        del os.environ["OMP_NUM_THREADS"]
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before
    return found


def _single(clf: Classifier, texts: Sequence[str]) -> dict[str, Any]:
    """Time one text at a time: labels and probabilities alone, and the whole Result."""
    few = texts[:SINGLE]
    alone = [timed(lambda text=text: clf.probabilities([text]), repeats=1, warm=0)[0] for text in few]  # type: ignore[misc]
    whole = [timed(lambda text=text: clf.classify(text), repeats=1, warm=0)[0] for text in few]  # type: ignore[misc]
    return {"probabilities": latency(alone), "classify": latency(whole)}


def _start(texts: Sequence[str]) -> dict[str, Any]:
    """Start fresh processes: import, load and answer; then score a batch for the peak of memory."""
    found = [_started(texts, ALONE) for _ in range(4)][1:]  # the first warms the disk
    peaks = {how: max(_started(texts, how)[2] for _ in range(2)) for how in (ALONE, BESIDE, COMMAND_LINE)}
    return {
        "import_seconds": round(min(f[0] for f in found), 3),
        "import_load_first_answer_seconds": round(min(f[1] for f in found), 3),
        "slowest_seconds": round(max(f[1] for f in found), 3),
        "peak_mib_after_20000_texts": {how: round(peak, 1) for how, peak in peaks.items()},
    }


def _started(texts: Sequence[str], how: str) -> list[float]:
    """Return a fresh process's seconds to import and to the first answer, and its peak in MiB (Linux)."""
    code = _START.format(text=texts[0], texts=texts[:100], times=200, how=how)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [float(value) for value in done.stdout.strip("[]\n").split(",")]


def _peers(clf: Classifier, texts: list[str], repeats: int) -> dict[str, Any]:
    """Time the peers from str to labels of every head; each runs on one core."""
    fit = make(FIT, seed=2)
    labels = speed_peers.targets(clf.score_columns(fit, dispatch=False))
    svc = speed_peers.svc(fit, labels)
    every = speed_peers.fasttext(fit, labels)
    one = speed_peers.fasttext(fit, {"topic": labels["topic"]})
    few, many = texts[:4000], texts[:20_000]
    return {
        "heads": list(labels),
        "svc": rate(timed(lambda: svc(few), repeats=repeats), len(few)),
        "fasttext": rate(timed(lambda: every(few), repeats=repeats), len(few)),
        "fasttext_one_head": rate(timed(lambda: one(many), repeats=repeats), len(many)),
    }


def _ratios(result: dict[str, Any]) -> dict[str, float]:
    """Return how many times a peer's speed one core, and all cores, reach."""
    ours, found = result["columns"], {}
    for name in ("svc", "fasttext", "fasttext_one_head"):
        peer = result["peers"][name]["per_second"]
        found[f"{name}_one_core"] = round(ours["one_core"]["per_second"] / peer, 2)
        found[f"{name}_all_cores"] = round(ours["list"]["per_second"] / peer, 2)
    return found


def _roofline(clf: Classifier, texts: Sequence[str], reached: float) -> dict[str, Any]:
    spec, outputs = clf.engine.spec, len(clf.engine.bias)  # type: ignore[attr-defined]
    sizes = [min(len(normalise(text).text), spec.length) + 2 for text in texts[:2000]]
    grams = sum(max(size - n + 1, 0) for size in sizes for n in range(1, spec.order + 1)) / len(sizes)
    return roofline(grams, sum(sizes) / len(sizes) - 2, spec.buckets, -(-outputs // 32) * 32, reached)


def _rates(result: dict[str, Any]) -> dict[str, int]:
    return {
        **{f"columns, {name}": found["per_second"] for name, found in result["columns"].items()},
        "columns, numpy (one core)": result["numpy"]["columns"]["per_second"],
        "Result objects": result["results"]["per_second"],
        **{name: result["peers"][name]["per_second"] for name in ("svc", "fasttext", "fasttext_one_head")},
    }
