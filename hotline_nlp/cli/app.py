"""The application object, its options, and how every command ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn, ParamSpec

import typer

from ..errors import HotlineError

P = ParamSpec("P")

app = typer.Typer(
    name="hotline-nlp",
    help="Read Chinese 12345 citizen requests: type, topic, responsible unit, and whether to act on them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

MODEL = "linear, transformer, cascade, ensemble, a model folder, or a file of `adapt`."
Model = Annotated[str, typer.Option(help=MODEL)]
City = Annotated[str, typer.Option(help="A packaged city's name or a city pack's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        print(f"hotline-nlp {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options before the command."""


def prepare_streams() -> None:
    """Make standard output and error UTF-8, whatever the console's code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def end(code: int, message: str = "") -> NoReturn:
    """End the command with a sentence on standard error."""
    if message:
        print(message, file=sys.stderr)
    raise typer.Exit(code)


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end the same way as all others: errors 2, an interrupt 130, a broken pipe quietly.

    An error is one sentence, also where the system refuses a file that no other place has guarded.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except HotlineError as error:
            end(2, f"error: {error}")
        except KeyboardInterrupt:
            parts = Path(f"{kwargs.get('out')}.parts")
            kept = f"what is done is kept in {parts}, run the same command again to go on"
            found = kept if parts.exists() else ""
            end(130, f"interrupted: {found or 'nothing was changed, run the command again'}.")
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
            end(1)
        except OSError as error:
            end(2, f"error: {_refused(error)}")

    return run


def _refused(error: OSError) -> str:
    """Say in one sentence which file the system refused, why, and how to go on."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "a file"
    why = " ".join((error.strerror or str(error)).split()).rstrip(".") or type(error).__name__
    do = "check that it is there, may be used and is open in no other program"
    if error.errno in (errno.ENOSPC, errno.EFBIG):
        do = "free some space"
    return f"{name} can't be read or written ({why}): {do}, then run the command again."
