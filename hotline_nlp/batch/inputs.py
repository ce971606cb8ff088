"""Find the input files, open each by its suffix and remember what it was."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..errors import FileFormatError, InputError
from .read_csv import CsvSource
from .read_jsonl import JsonlSource
from .read_parquet import ParquetSource
from .read_xlsx import XlsxSource
from .rows import Source

_OPEN: dict[str, Callable[[Path], Source]] = {
    ".csv": CsvSource,
    ".jsonl": JsonlSource,
    ".ndjson": JsonlSource,
    ".parquet": ParquetSource,
}
SUFFIXES = (*_OPEN, ".xlsx")
_BLOCK = 1 << 20


def side_paths(out: Path) -> tuple[Path, Path]:
    """Return the rejects file and the folder of parts that belong to an output."""
    return out.with_name(out.name + ".rejects.csv"), out.with_name(out.name + ".parts")


def check_suffix(path: Path) -> str:
    """Return a path's suffix; raise FileFormatError for one that is not known."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        old = " (save an old .xls as .xlsx)" if suffix == ".xls" else ""
        raise FileFormatError(
            f"{path.name or path} has a suffix that is not known: use one of {', '.join(SUFFIXES)}{old}."
        )
    return suffix


def find_files(source: str | Path | Iterable[str | Path], out: Path) -> list[Path]:
    """Return the input files of paths, folders and globs, those of a folder or glob sorted by name.

    What belongs to the output itself is left out of folders and globs. Raises InputError where nothing
    is found or the output would overwrite an input, FileFormatError for an unknown suffix.
    """
    items = [source] if isinstance(source, str | Path) else list(source)
    found: dict[Path, None] = {}
    for item in items:
        for path in _expand(item, out):
            found[path] = None
            if path.resolve() == out.resolve():
                raise InputError(f"{out} is the input too: choose another output.")
    if not found:
        raise InputError("no input file was given: name one or more files, folders or globs.")
    return list(found)


def _expand(item: str | Path, out: Path) -> list[Path]:
    if not isinstance(item, str | Path):
        raise InputError(f"with out, the source must be paths, not {type(item).__name__}: leave out away.")
    path = Path(item)
    if path.is_file():
        check_suffix(path)
        return [path]
    if path.is_dir():
        found = [child for child in path.iterdir() if child.is_file()]
    elif glob.has_magic(str(item)):
        found = [path for path in _glob(str(item)) if path.is_file()]
    else:
        parts = side_paths(out)[1]
        again = f", or bring it back to go on from {parts}" if parts.exists() else ""
        raise InputError(f"there is no file or folder {item}: check the path{again}.")
    kept = sorted(path for path in found if path.suffix.lower() in SUFFIXES and not _own(path, out))
    if not kept:
        raise InputError(f"{item} holds no file to score: put {', '.join(SUFFIXES)} files there.")
    return kept


def _glob(pattern: str) -> list[Path]:
    """Return the paths of a pattern, which may be absolute and may hold `**`."""
    path = Path(pattern)
    root = Path(path.anchor) if path.anchor else Path()
    return list(root.glob(str(path.relative_to(root) if path.anchor else path)))


def _own(path: Path, out: Path) -> bool:
    """Say whether a path is hidden, an office lock file, or belongs to an output."""
    rejects, parts = side_paths(out.resolve())
    full = path.resolve()
    return path.name.startswith((".", "~$")) or full in (out.resolve(), rejects) or parts in full.parents


def open_source(path: Path, sheet: str | None = None) -> Source:
    """Open one input file by its suffix; `sheet` names a sheet of XLSX."""
    suffix = check_suffix(path)
    return XlsxSource(path, sheet) if suffix == ".xlsx" else _OPEN[suffix](path)


def fingerprint(path: Path) -> dict[str, Any]:
    """Return what tells a file from another, wherever it lies and whenever it was copied there."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return {"name": path.name, "size": path.stat().st_size, "sha256": digest.hexdigest()}


def stamp(path: Path) -> tuple[int, int]:
    """Return a file's size and time of change, which tell cheaply that it was written to."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns
