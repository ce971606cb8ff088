"""Read and write a model folder: manifest.json + weights.safetensors, never a pickle.

The manifest carries an integer format number, what the weights mean, what they were made from and the
SHA-256 of the weights file, so a folder that was cut short, edited or made by something else is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelCorrupt, ModelNotFound, ModelTooNew

FORMAT = 1
"""The newest manifest format that this version writes and reads."""
MANIFEST, WEIGHTS, TOKENIZER = "manifest.json", "weights.safetensors", "tokenizer.json"
CARD, REPORTS = "README.md", ("report.md", "report.html")
OWN = {MANIFEST, WEIGHTS, TOKENIZER, CARD, *REPORTS}
"""Files of a model folder that a new model replaces; whatever else lies there stays."""
ELSEWHERE = "HOTLINE_TRANSFORMER"
"""The environment variable that names a folder of transformer weights."""
Tensors = dict[str, NDArray[Any]]


def packaged(name: str) -> Path | None:
    """Return the folder of a packaged model, from the wheel or the checkout, or None.

    The transformer's weights are no part of the wheel: HOTLINE_TRANSFORMER may name their folder.
    """
    from importlib.resources import files

    elsewhere = os.environ.get(ELSEWHERE, "") if name == "transformer" else ""
    if elsewhere:
        return Path(elsewhere)

    try:
        folder = Path(str(files("hotline_nlp._models"))) / name
    except ModuleNotFoundError:
        folder = Path(__file__).resolve().parent.parent / "models" / name
    return folder if (folder / MANIFEST).is_file() else None


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a model folder's manifest; raise ModelNotFound, ModelCorrupt or ModelTooNew."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelNotFound(f"{folder} holds no {MANIFEST}: give a folder written by hotline-nlp train.")
    try:
        manifest = json.loads(path.read_text("utf-8"))
        number, kind = manifest["format"], manifest["kind"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ModelCorrupt(f"{path} is not a model manifest of hotline_nlp: copy the model again.") from error
    if not isinstance(kind, str) or not kind.startswith("hotline_nlp/") or not isinstance(number, int):
        raise ModelCorrupt(f"{path} was not written by hotline_nlp: give a folder of its own models.")
    if number > FORMAT:
        raise ModelTooNew(
            f"{path} has format {number} and this version reads up to {FORMAT}: upgrade hotline_nlp."
        )
    return dict(manifest)


def read_part(folder: Path, manifest: Mapping[str, Any], part: str) -> bytes:
    """Return a file that the manifest describes after checking its SHA-256; raise ModelCorrupt."""
    names = {"weights": WEIGHTS, "tokenizer": TOKENIZER}
    path = folder / names[part]
    try:
        expected = str(manifest[part]["sha256"])
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelCorrupt(f"{path} is missing: copy the whole model folder again.") from error
    except (KeyError, TypeError) as error:
        raise ModelCorrupt(f"{folder / MANIFEST} does not describe its {part}: copy it again.") from error
    if hashlib.sha256(raw).hexdigest() != expected:
        raise ModelCorrupt(f"{path} is cut short or was changed after it was written: copy it again.")
    return raw


def read_tensors(folder: Path, manifest: Mapping[str, Any]) -> Tensors:
    """Return the tensors of a model folder after checking their size and SHA-256; raise ModelCorrupt."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    raw = read_part(folder, manifest, "weights")
    try:
        return load(raw)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelCorrupt(f"{folder / WEIGHTS} is not a safetensors file: copy the model again.") from error


def libraries() -> dict[str, str]:
    """Return the versions of what wrote a model."""
    names = ("hotline_nlp", "numpy", "scipy", "scikit-learn", "safetensors")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def digest(manifest: Mapping[str, Any]) -> str:
    """Return what stands for a model in short: a SHA-256 of its manifest, which names that of its weights."""
    plain = json.dumps(manifest, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _described(name: str, raw: bytes) -> dict[str, Any]:
    return {"file": name, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def write_model(
    folder: Path,
    manifest: Mapping[str, Any],
    tensors: Tensors,
    card: str,
    *,
    tokenizer: bytes | None = None,
    reports: Mapping[str, str] | None = None,
) -> None:
    """Write a model folder whole or not at all: it is made beside its place and moved there.

    reports: texts of files that stand beside the weights, by name. Where the folder is a link, what it points
    to is written. Files of a replaced model's folder that are none of its own stay there.
    """
    from safetensors.numpy import save

    raw = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
    full = {
        "format": FORMAT,
        **manifest,
        "weights": _described(WEIGHTS, raw),
    }
    if tokenizer is not None:
        full["tokenizer"] = _described(TOKENIZER, tokenizer)
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        (part / WEIGHTS).write_bytes(raw)
        if tokenizer is not None:
            (part / TOKENIZER).write_bytes(tokenizer)
        (part / MANIFEST).write_text(json.dumps(full, ensure_ascii=False, indent=1) + "\n", "utf-8")
        for name, text in {CARD: card, **(reports or {})}.items():
            (part / name).write_text(text, "utf-8")
        part.chmod(0o755)
        _put(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _put(part: Path, folder: Path) -> None:
    """Move a finished folder to its place; what an interrupted move left beside it is settled first."""
    old = folder.with_name(f".{folder.name}-old")
    if old.exists() and not folder.exists():
        old.replace(folder)
    _settle(old, folder)
    if folder.exists():
        folder.replace(old)
    try:
        part.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    _settle(old, folder)


def _settle(old: Path, folder: Path) -> None:
    """Bring back what is no part of a model from a replaced folder; remove that folder once it is empty."""
    if not old.is_dir():
        return
    for path in sorted(old.iterdir()):
        if path.name in OWN and not path.is_dir():
            path.unlink()
        elif not (folder / path.name).exists():
            path.replace(folder / path.name)
    if not any(old.iterdir()):
        old.rmdir()
