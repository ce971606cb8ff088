"""Keep what a process has freed from staying with it."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder

_TRIM, _MAP, _ARENAS = -1, -3, -8
"""Options of glibc's mallopt(3): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX."""
_LARGE = 1 << 17
_NEEDLESS = ("pandas", "scipy", "yaml", "lxml", "PIL", "pyarrow._s3fs", "pyarrow._gcsfs", "pyarrow._azurefs")
"""What Arrow, numba and openpyxl import where it is installed, 70 MB in all, for what is not done here."""


class _Without(MetaPathFinder):
    """Say that some libraries are not installed."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Refuse these, leave all else to the other finders."""
        if fullname in _NEEDLESS:
            raise ModuleNotFoundError(f"{fullname} is not wanted in this process", name=fullname)


def save_memory() -> None:
    """Have this process return large blocks once they are free, and import no more than it needs.

    For a program of one's own that scores with the linear engine, not for a library. glibc otherwise keeps
    blocks of up to 32 MB in each thread's arena, and Arrow's allocator some of its own: together twice what
    is in use here. On other systems only Arrow's allocator is changed.
    """
    sys.meta_path.insert(0, _Without())
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library without mallopt
            mallopt = ctypes.CDLL(None).mallopt
            for option, value in ((_TRIM, _LARGE), (_MAP, _LARGE), (_ARENAS, 1)):
                mallopt(option, value)
