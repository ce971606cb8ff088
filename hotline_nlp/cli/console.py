"""Where commands print: a terminal in colour, a pipe or file in plain text 120 columns wide."""

from __future__ import annotations

import json
import re
import sys
from typing import IO, TYPE_CHECKING, Any, cast

from ..errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 120


class Trimmed:
    """A text stream that leaves out the blanks with which tables fill up their lines."""

    def __init__(self, stream: IO[str]) -> None:
        """Write to this stream."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text without blanks before line ends."""
        return self._stream.write(re.sub(r" +(?=\n)", "", text))

    def __getattr__(self, name: str) -> Any:
        """Be the stream in all else."""
        return getattr(self._stream, name)


def console(*, error: bool = False) -> Console:
    """Return the console of standard output or error."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    if stream.isatty():
        return Console(stderr=error, highlight=False)
    plain = cast(IO[str], Trimmed(stream))
    return Console(file=plain, width=WIDTH, color_system=None, highlight=False)


def table(*columns: str, title: str = "", right: tuple[str, ...] = ()) -> Table:
    """Return an empty table with these columns, those in `right` set to the right."""
    from rich import box
    from rich.table import Table

    made = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made


def print_json(value: Any) -> None:
    """Print a value as JSON in UTF-8, lone surrogates escaped."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def text_or_stdin(text: str) -> str:
    """Return the text, or all of standard input for "-"; raise InputError where that can't be read."""
    if text != "-":
        return text
    raw = sys.stdin.buffer.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("standard input is neither UTF-8 nor GB18030: convert it to UTF-8.")
