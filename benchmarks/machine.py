"""What a result was measured on and with: machine, versions, data hashes, command."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from hotline_nlp.artefact import file_hash
from training import data

RESULTS = Path(__file__).resolve().parent / "results"
_LIBRARIES = (
    "baisitong2",
    "cleanlab",
    "fasttext-community",
    "jieba",
    "numba",
    "numpy",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "torch",
    "transformers",
)


def context(files: tuple[str, ...]) -> dict[str, Any]:
    """Return the provenance of a result over these data files."""
    return {
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
        "machine": {
            "cpu": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
        },
        "libraries": {name: version for name in _LIBRARIES if (version := _version(name))},
        "data": {name: file_hash(data.folder() / name) for name in files},
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def write(name: str, result: dict[str, Any]) -> Path:
    """Write a result as JSON into results/."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def read(name: str) -> dict[str, Any] | None:
    """Return a result, or None where it was not measured."""
    path = RESULTS / f"{name}.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else None
