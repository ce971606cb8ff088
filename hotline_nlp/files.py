"""Write a file so that it is there whole or not at all, even if the power fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from .errors import InputError


def part_of(path: Path) -> Path:
    """Return where a file is written before it gets its name."""
    return path.with_name(f".{path.name}.part")


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file beside its place, force it to the disk, then give it its name; raise what fails.

    Of a failed attempt nothing is left, and a file that was there before stays as it was.
    """
    part = part_of(path)
    try:
        with part.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    sync_folder(path.parent)


def save_file(path: Path, content: bytes | memoryview, instead: str, *, make_folder: bool = False) -> None:
    """Write a file whole; raise InputError with the reason and what to do `instead` where that can't be."""
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda stream: stream.write(content))
    except OSError as error:
        raise InputError(f"{path} can't be written ({error.strerror or error}): {instead}.") from error


def sync_folder(folder: Path) -> None:
    """Force a folder's names to the disk where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):  # the file is there; some shares and folders only don't let this be forced
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
