"""The wheels of a bundle: hotline_nlp's own, and by pip those of everything that it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .errors import InputError

NAME = "hotline_nlp"
_SOURCES = ("pyproject.toml", "setup.cfg", "README.md", "LICENSE", "hotline_nlp", "models", "corpora")


def own_wheel(folder: Path, source: str | Path | None) -> Path:
    """Put hotline_nlp's own wheel into a folder and return its path."""
    found = Path(source) if source is not None else _installed_from()
    if found is None:
        _pip("wheel", "--no-deps", "-w", str(folder), f"{NAME}=={metadata.version(NAME)}")
    elif found.suffix == ".whl" and found.is_file():
        shutil.copy2(found, folder)
    elif (found / "pyproject.toml").is_file():
        with tempfile.TemporaryDirectory() as clean:
            _copy_sources(found, Path(clean))
            _pip("wheel", "--no-deps", "-w", str(folder), clean)
    else:
        raise InputError(f"{found} is no wheel and no source folder of {NAME}: give one with --source.")
    wheels = list(folder.glob(f"{NAME}-*.whl"))
    if len(wheels) != 1:
        raise InputError(f"{found or NAME} gave no wheel of {NAME}: give another one with --source.")
    return wheels[0]


def _installed_from() -> Path | None:
    """Return the checkout, or the wheel or folder that pip noted, if it is still there (PEP 610)."""
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout
    noted = metadata.distribution(NAME).read_text("direct_url.json")
    url = urlsplit(json.loads(noted)["url"]) if noted else None
    if url is None or url.scheme != "file":
        return None
    path = Path(url2pathname(url.path))
    if not path.exists():
        raise InputError(f"{path}, from which {NAME} was installed, is gone: give a wheel with --source.")
    return path


def _copy_sources(checkout: Path, clean: Path) -> None:
    """Copy what a wheel is made of, so that nothing left over from an older build gets in."""
    leave = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "*.egg-info")
    for name in _SOURCES:
        path = checkout / name
        if path.is_dir():
            shutil.copytree(path, clean / name, ignore=leave)
        elif path.is_file():
            shutil.copy2(path, clean / name)


def wheel_extras(wheel: Path) -> set[str]:
    """Return the names of the extras that a wheel offers."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    return set(headers.get_all("Provides-Extra", []))


def fetch_wheels(folder: Path, own: Path, extras: Sequence[str]) -> None:
    """Fetch the wheels of all that hotline_nlp and its extras need, in the versions installed here."""
    wanted = f"{own}[{','.join(extras)}]" if extras else str(own)
    with tempfile.TemporaryDirectory() as scratch:
        pins = Path(scratch) / "constraints.txt"
        pins.write_text("".join(f"{line}\n" for line in _installed()), "utf-8")
        _pip("download", "--only-binary=:all:", "-d", str(folder), "-c", str(pins), wanted)


def _installed() -> list[str]:
    """Return name==version of every installed library."""
    found = {str(d.metadata["Name"]): d.version for d in metadata.distributions() if d.metadata["Name"]}
    own = NAME.replace("_", "-")
    return sorted(f"{n}=={v}" for n, v in found.items() if n.lower().replace("_", "-") != own)


def _pip(*arguments: str) -> None:
    """Run pip; raise InputError with its last complaint where it fails."""
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=os.environ,
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        why = (said or done.stderr.splitlines() or ["it said nothing"])[-1].removeprefix("ERROR: ")
        raise InputError(
            f"pip {arguments[0]} failed ({why.strip().rstrip('.')}): "
            "run this where pip reaches a package index, or set PIP_FIND_LINKS to a folder of wheels."
        )
