"""Make a folder that installs without a package index: wheels, the model, the city pack, hashes."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .artefact import packaged, read_manifest, read_tensors
from .bundle_text import install_page, requirement_lines
from .bundle_wheels import fetch_wheels, own_wheel, wheel_extras
from .errors import InputError, ModelNotFound
from .pack import load_pack

__all__ = ["Bundle", "make_bundle"]

EXTRAS = ("service", "fast")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was made: the folder, its wheels by file name, and its size in bytes."""

    folder: Path
    wheels: tuple[str, ...]
    size: int


def make_bundle(
    out: str | Path,
    *,
    extras: Sequence[str] = EXTRAS,
    model: str | Path = "linear",
    city: str | Path = "xiangtan",
    source: str | Path | None = None,
) -> Bundle:
    """Make the folder `out` for machines with this one's system and Python version; return what it holds.

    `wheels/` has hotline_nlp and all that it and `extras` need, in the versions installed here where they
    are installed; `model/` and `pack/` are copies; `requirements.txt` names each wheel with its SHA-256 for
    pip's --require-hashes; `SHA256SUMS` covers every file. `source` is a wheel or source folder of
    hotline_nlp (None: where this one was installed from). `out` must not exist; it appears only whole.
    Raises InputError where `out` exists, an extra is unknown or pip gets no wheels; ModelError and
    PackError for a model or pack that can't be used.
    """
    target = Path(out)
    if target.exists():
        raise InputError(f"{target} exists already: name a folder that does not.")
    if not target.parent.is_dir():
        raise InputError(f"{target.parent} is no folder: name a new folder inside one that exists.")
    model_folder, pack_folder = _model(model), load_pack(str(city)).folder
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as made:
        folder = Path(made) / target.name
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        own = own_wheel(wheels, source)
        known = wheel_extras(own)
        unknown = sorted(set(extras) - known)
        if unknown:
            raise InputError(
                f"hotline_nlp has no extra {', '.join(unknown)}: use some of {', '.join(sorted(known))}."
            )
        fetch_wheels(wheels, own, extras)
        _copy(model_folder, folder / "model")
        _copy(pack_folder, folder / "pack")
        _describe(folder, extras)
        folder.rename(target)
    files = [path for path in target.rglob("*") if path.is_file()]
    names = tuple(sorted(path.name for path in (target / "wheels").iterdir()))
    return Bundle(target, names, sum(path.stat().st_size for path in files))


def _model(model: str | Path) -> Path:
    """Return the folder of a model after reading it whole; raise ModelError for one that can't be used."""
    folder = packaged(str(model)) or Path(model)
    if not folder.is_dir():
        raise ModelNotFound(
            f"no packaged model and no folder is named {str(model)!r}: "
            "use 'linear' or the path of a folder written by hotline-nlp train."
        )
    read_tensors(folder, read_manifest(folder))
    return folder


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))


def _describe(folder: Path, extras: Sequence[str]) -> None:
    """Write the pinned requirements, the page that says how to install, and the hash of every file."""
    digests = {path: _sha256(path) for path in sorted((folder / "wheels").iterdir())}
    lines = requirement_lines({path.name: digest for path, digest in digests.items()}, extras)
    (folder / "requirements.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "INSTALL.txt").write_text(install_page(extras), "utf-8")
    rows = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        rows.append(f"{digests.get(path) or _sha256(path)}  {path.relative_to(folder).as_posix()}\n")
    (folder / "SHA256SUMS").write_text("".join(rows), "utf-8")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
