"""Keep two processes from writing the same output; the system drops the lock when a process dies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError

LOCK = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock and remove the folder at the end if nothing else is left in it.

    Raises InputError where another process holds the lock.
    """
    folder.mkdir(exist_ok=True)
    with (folder / LOCK).open("ab") as stream:
        try:
            _lock(stream.fileno())
        except OSError as error:
            raise InputError(
                f"another process is writing into {folder}: wait for it or choose another output."
            ) from error
        yield
    if [path.name for path in folder.iterdir()] == [LOCK]:
        (folder / LOCK).unlink()
        folder.rmdir()


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
