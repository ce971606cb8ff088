"""Measure how well repeats are found: on urgings that name their order, on read pairs, on composed matters.

The weights of hotline_nlp.insight.matters are fitted here, on one half of the latter two.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline_nlp.insight import find_repeats, matters
from hotline_nlp.insight.repeats import _read
from training import data

from . import machine
from .insight_texts import Labelled, labelled, month, places
from .speed_clock import load

READ = Path(__file__).with_name("insight_pairs.csv")
"""Pairs of rows of haikou_units.csv that name the same place, drawn evenly over the similarity of their
wording: 1 where a reader took them for one matter. No near-copies are among them."""
_NUMBER = re.compile(r"20\d{12}")
NAMES = ("place", "meaning", "topic")
_TIMED = """
import json, resource, sys, time
from hotline_nlp.insight import find_repeats
wall, cpu = time.perf_counter(), time.process_time()
found = find_repeats(sys.argv[1])
print(json.dumps({
    "tickets": found.rows,
    "seconds": round(time.perf_counter() - wall, 1),
    "processor_seconds": round(time.process_time() - cpu, 1),
    "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
}))
"""
WEIGHT = 20.0
"""What one read pair weighs beside one composed pair when the weights are fitted."""


def run(rows: int = 400_000) -> dict[str, Any]:
    """Measure and write results/insight_repeats.json."""
    from hotline_nlp.classifier import Classifier

    work = data.read("haikou_units.csv")
    texts = [row["text"] for row in work]
    scored = Classifier.load("linear", city="haikou").score_columns(texts, dispatch=False)
    topics = [topic or "" for topic in scored.column("topic").to_pylist()]
    sites = list(places())
    np.random.default_rng(0).shuffle(sites)
    halves = [labelled(part, seed) for part, seed in ((sites[::2], 1), (sites[1::2], 2))]
    read, same = read_pairs()
    seen = _measured(texts, topics, read)
    result = {
        "benchmark": "insight_repeats",
        **machine.context(("haikou_units.csv",)),
        "urgings": urgings(work, topics),
        "weights": fit(seen, same, halves[0]),
        "read": _pairs(seen[1::2], same[1::2]),
        "composed": composed(halves[1]),
    }
    machine.write("insight_repeats", result)
    result["speed"] = speed(rows)
    machine.write("insight_repeats", result)
    return result


def read_pairs() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the pairs that were read and whether each is one matter."""
    with READ.open(encoding="utf-8", newline="") as stream:
        found = np.array([[int(v) for v in row.values()] for row in csv.DictReader(stream)], np.int64)
    return found[:, :2], found[:, 2] == 1


def urgings(work: list[dict[str, str]], topics: list[str]) -> dict[str, Any]:
    """Return how many tickets that name another's number are grouped with it, as copies and as a matter."""
    table = [
        {"text": row["text"], "date": row["date"], "topic": t} for row, t in zip(work, topics, strict=True)
    ]
    found = find_repeats(table)
    number = {row["id"]: i for i, row in enumerate(work)}
    named = [
        (number[n], i) for i, row in enumerate(work) for n in set(_NUMBER.findall(row["text"])) if n in number
    ]
    pairs = sorted({(min(p), max(p)) for p in named if p[0] != p[1]})
    return {
        "tickets": found.rows,
        "pairs": len(pairs),
        "as_copies": sum(bool(found.copy_of[a] == found.copy_of[b]) for a, b in pairs),
        "as_matter": sum(bool(found.matter_of[a] == found.matter_of[b]) for a, b in pairs),
        "copies": found.copies,
        "repeated": found.repeated,
        "sizes": dict(sorted(Counter(group.size for group in found.groups).items())),
    }


def _measured(texts: list[str], topics: list[str], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the features of pairs, shape (pairs, 3)."""
    table, vectors, _ = _read(texts)
    found = matters.features(pairs, table, topics, [""] * len(texts), vectors)
    return np.stack([found[name] for name in NAMES], axis=1)


def _candidates(made: Labelled) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    table, _, _ = _read(made.texts)
    days = np.array([float(day[-2:]) for day in made.days])
    pairs = matters.candidates(table, made.topics, days)
    truth = np.array(made.matters)
    return _measured(made.texts, made.topics, pairs), truth[pairs[:, 0]] == truth[pairs[:, 1]]


def fit(seen: NDArray[np.float64], same: NDArray[np.bool_], half: Labelled) -> dict[str, float]:
    """Return the weights fitted on the first half of the read pairs and of the composed matters."""
    from sklearn.linear_model import LogisticRegression

    x, y = _candidates(half)
    weight = np.r_[np.ones(len(y)), np.full(len(same[::2]), WEIGHT)]
    model = LogisticRegression(C=30, max_iter=2000)
    model.fit(np.r_[x, seen[::2]], np.r_[y, same[::2]], sample_weight=weight)
    named = dict(zip(NAMES, model.coef_[0].round(2).tolist(), strict=True))
    return {"bias": round(float(model.intercept_[0]), 2), **named}


def _pairs(seen: NDArray[np.float64], same: NDArray[np.bool_]) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    p = matters.same_matter(dict(zip(NAMES, seen.T, strict=True)))
    hit = p >= matters.SURE
    return {
        "pairs": len(same),
        "same": int(same.sum()),
        "auc": round(float(roc_auc_score(same, p)), 4),
        "precision": round(float(same[hit].mean()), 4),
        "recall": round(float(hit[same].mean()), 4),
    }


def composed(made: Labelled) -> dict[str, Any]:
    """Return pairwise precision and recall of whole groups, on the composed matters of the other half."""
    found = find_repeats(made.table())
    truth, group = np.array(made.matters), found.matter_of
    right = _within(np.stack([truth, group], axis=1))
    kinds = Counter(g.kind for g in found.groups)
    return {
        "tickets": len(truth),
        "matters": len(np.unique(truth)),
        "pairs": _within(truth[:, None]),
        "precision": round(right / max(_within(group[:, None]), 1), 4),
        "recall": round(right / _within(truth[:, None]), 4),
        "kinds": dict(kinds),
    }


def _within(keys: NDArray[np.int64]) -> int:
    """Return the number of pairs of rows with equal keys."""
    _, sizes = np.unique(keys, axis=0, return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())


def speed(rows: int) -> dict[str, Any]:
    """Return seconds, processor seconds and peak memory of a year of composed tickets."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "year.parquet"
        first = pa.Table.from_pylist(month(12, rng))
        with pq.ParquetWriter(path, first.schema) as writer:
            for number in range(1, 13):
                made = month(rows // 12, rng, year_month=f"2024-{number:02}")
                writer.write_table(pa.Table.from_pylist(made, schema=first.schema))
        done = subprocess.run(
            [sys.executable, "-c", _TIMED, str(path)],
            capture_output=True,
            text=True,
            check=True,
            cwd=machine.RESULTS.parents[1],
        )
    return {"load": load(), **json.loads(done.stdout.strip().splitlines()[-1])}


if __name__ == "__main__":
    print(run())
