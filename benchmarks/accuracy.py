"""Run every system on every task and keep the figures in results/accuracy.json."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from hotline_nlp.errors import HotlineError
from training import data

from . import engines, machine, peers, rules
from .corpora import NAMES, Corpus, load
from .metrics import figures, spread
from .peers import System

SYSTEMS: dict[str, tuple[System, bool]] = {
    "majority": (peers.majority, False),
    "naive_bayes": (peers.naive_bayes, False),
    "fasttext": (peers.fasttext, True),
    "svc_characters": (peers.characters_svc, False),
    "svc_characters_words": (peers.words_svc, False),
    "linear_hard": (engines.linear_hard, False),
    "linear": (engines.linear, False),
    "transformer": (engines.transformer, False),
    "cascade": (engines.cascade, False),
    "ensemble": (engines.ensemble, False),
}
"""Name -> how to run it, and whether its seed changes it."""
ONLY_GOLD = ("linear_hard", "transformer", "cascade", "ensemble")
FILES = ("gold.csv", "haikou_units.csv")
RULES = "baisitong2"
Say = Callable[[str], None]


def run(names: Sequence[str], seeds: int, say: Say = print, corpora: Sequence[str] = NAMES) -> dict[str, Any]:
    """Measure systems and write the JSON after each; a system that is not named keeps its old figures."""
    about = machine.context(FILES)
    result: dict[str, Any] = {"benchmark": "accuracy", **about, "seeds": seeds, "tasks": _tasks()}
    for name in names:
        if name == RULES:
            found = {"topic_nine": rules.rule_engine(load("gold"), _dev_texts())}
        else:
            found = _system(name, seeds, say, corpora)
        # Read again each time, so that two runs of different systems do not undo each other.
        old = machine.read("accuracy")
        systems = old["systems"] if old and old["data"] == about["data"] else {}
        kept = {key: value for key, value in systems.get(name, {}).items() if key != "unavailable"}
        result["systems"] = {**systems, name: {**kept, **found, "command": about["command"]}}
        machine.write("accuracy", result)
    return result


def _dev_texts() -> list[str]:
    """Return dev's texts as the citizens wrote them, which is what a keyword engine expects."""
    return [data.request(row) for row in data.gold("dev").rows]


def _tasks() -> dict[str, Any]:
    out = {}
    for name in NAMES:
        corpus = load(name)
        for head in corpus.train_labels:
            out[task_name(corpus, head)] = {
                "train_rows": len(corpus.train_texts),
                "test_rows": len(corpus.test_texts),
                "labels": len(corpus.labels(head)),
            }
    return out


def task_name(corpus: Corpus, head: str) -> str:
    """Return the name of a head's task, e.g. gold_topic or haikou_raw_unit."""
    return f"{corpus.name}_{head}"


def _system(name: str, seeds: int, say: Say, corpora: Sequence[str]) -> dict[str, Any]:
    system, seeded = SYSTEMS[name]
    out: dict[str, Any] = {"about": (system.__doc__ or "").split("\n\n")[0]}
    for corpus in (load(c) for c in corpora if c == "gold" or name not in ONLY_GOLD):
        runs: dict[str, list[dict[str, float]]] = {}
        start = time.perf_counter()
        for seed in range(seeds if seeded else 1):
            try:
                scores, size = system(corpus, seed)
            except (HotlineError, ImportError) as error:
                say(f"{name}: {error}")
                return {**out, "unavailable": str(error)}
            for head, found in scores.items():
                runs.setdefault(task_name(corpus, head), []).append(figures(found, corpus.test_labels[head]))
            if corpus.name == "gold" and seed == 0:
                out["topic_nine"] = rules.compare(scores["topic"], corpus)
        taken = time.perf_counter() - start
        for task, found_runs in runs.items():
            out[task] = {
                **found_runs[0],
                "bytes": size,
                "seeds": len(found_runs),
                "spread": spread(found_runs),
            }
            say(f"{name:22} {task:22} {found_runs[0]['accuracy']:.4f} {found_runs[0]['macro_f1']:.4f}")
        say(f"{name:22} {corpus.name:22} {taken:.0f} s")
    return out
