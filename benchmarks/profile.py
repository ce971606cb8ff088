"""Profile the packaged engine with py-spy; write small speedscope profiles into profiles/.

They hold names of functions and lines alone: no request's text, no local variable, no path of a machine.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROFILES = Path(__file__).resolve().parent / "profiles"
ROOT = PROFILES.parents[1]
KINDS = {
    "columns": "score_columns without dispatch: arrow in, an arrow table out",
    "dispatch": "score_columns with place, lead unit and procedure",
    "results": "score_batch over a list: Result objects",
    "single": "classify, one text at a time, before the loops are compiled",
}
"""The profiles, and what each one's process does."""
_MEASURED = frozenset(("measured", "_worker"))
_WAITING = frozenset(("_worker", "wait", "Condition.wait"))
"""Functions below which the measured work stands, also in other threads, and those that only wait for it."""
RATE, MOST = 200, 300_000
"""Samples a second, and the most bytes of a profile."""
_WORK = """
import sys, time
from benchmarks.speed_texts import make
from hotline_nlp import Classifier
from hotline_nlp.engines.compiled import COMPILER
kind, seconds, clf, texts = sys.argv[1], float(sys.argv[2]), Classifier.load(), make(8192)
if kind != "single":
    COMPILER.wait()
work = {
    "columns": lambda few: clf.score_columns(few, dispatch=False),
    "dispatch": lambda few: clf.score_columns(few),
    "results": lambda few: list(clf.score_batch(few)),
    "single": lambda few: [clf.classify(text) for text in few[:256]],
}[kind]
work(texts[:1024])  # what is made once, tables and imports, is no part of the profile
def measured():
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        work(texts)
measured()
"""


def run(
    seconds: float = 5.0, kinds: tuple[str, ...] = tuple(KINDS), say: Callable[[str], None] = print
) -> None:
    """Record a profile of each kind."""
    PROFILES.mkdir(exist_ok=True)
    for kind in kinds:
        path = PROFILES / f"{kind}.speedscope.json"
        path.write_text(
            json.dumps(cleaned(record(kind, seconds), kind), separators=(",", ":")) + "\n", "utf-8"
        )
        say(f"{path.name}: {path.stat().st_size:,} bytes")


def program() -> str:
    """Return py-spy's path; raise RuntimeError where it is not installed."""
    found = shutil.which("py-spy", path=sysconfig.get_path("scripts")) or shutil.which("py-spy")
    if found is None:
        raise RuntimeError("profiles need py-spy: run pip install py-spy.")
    return found


def record(kind: str, seconds: float) -> dict[str, Any]:
    """Run a kind's work under py-spy and return its profile in speedscope's form."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "profile.json"
        spy = [program(), "record", "--rate", str(RATE), "--format", "speedscope", "--output", str(out), "--"]
        work = [sys.executable, "-c", _WORK, kind, str(seconds)]
        done = subprocess.run(spy + work, capture_output=True, text=True, cwd=ROOT)
        if not out.is_file():
            raise RuntimeError(f"py-spy wrote no profile: {done.stderr.strip()[-500:]}")
        return dict(json.loads(out.read_text("utf-8")))


def cleaned(profile: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the measured work's profile: relative paths, each stack once, the rarest dropped."""
    frames = [
        {"name": f["name"], "file": relative(f.get("file") or ""), "line": f.get("line")}
        for f in profile["shared"]["frames"]
    ]
    stacks: dict[tuple[int, ...], float] = {}
    for thread in profile["profiles"]:
        for stack, weight in zip(thread["samples"], thread["weights"], strict=True):
            names = [frames[at]["name"] for at in stack]
            if _MEASURED.intersection(names) and names[-1] not in _WAITING:
                stacks[tuple(stack)] = stacks.get(tuple(stack), 0.0) + weight
    least, made = 0.0, _written(frames, stacks, kind)
    while len(json.dumps(made, separators=(",", ":"))) >= MOST:
        least = least * 2 or 1 / RATE
        made = _written(frames, {stack: w for stack, w in stacks.items() if w > least}, kind)
    return made


def _written(frames: list[dict[str, Any]], stacks: dict[tuple[int, ...], float], kind: str) -> dict[str, Any]:
    used = {at: new for new, at in enumerate(sorted({at for stack in stacks for at in stack}))}
    samples = sorted(([used[at] for at in stack], round(weight, 4)) for stack, weight in stacks.items())
    profile = {
        "type": "sampled",
        "name": f"{kind}: {KINDS[kind]}",
        "unit": "seconds",
        "startValue": 0,
        "endValue": round(sum(weight for _, weight in samples), 4),
        "samples": [stack for stack, _ in samples],
        "weights": [weight for _, weight in samples],
    }
    return {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "exporter": "py-spy",
        "name": f"hotline_nlp {kind}",
        "activeProfileIndex": 0,
        "shared": {"frames": [frames[at] for at in used]},
        "profiles": [profile],
    }


def relative(path: str) -> str:
    """Return a path from the project's or a library's folder on, so that it names no machine."""
    path = path.replace("\\", "/")
    for pattern in (r".*/site-packages/(.*)", r".*/lib/python3\.\d+/(.*)"):
        if found := re.fullmatch(pattern, path):
            return found[1]
    if found := re.fullmatch(r".*?/((?:hotline_nlp|benchmarks)/.*)", path):
        return found[1]
    return path if not path.startswith("/") and ":" not in path else path.rsplit("/", 1)[-1]


def shares(profile: dict[str, Any], names: tuple[str, ...]) -> dict[str, float]:
    """Return the share of the samples' time in which each of these functions was running or waited for."""
    frames, data = profile["shared"]["frames"], profile["profiles"][0]
    total = sum(data["weights"]) or 1.0
    return {
        name: sum(
            weight
            for stack, weight in zip(data["samples"], data["weights"], strict=True)
            if any(frames[at]["name"] == name for at in stack)
        )
        / total
        for name in names
    }
