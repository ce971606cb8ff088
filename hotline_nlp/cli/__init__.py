"""The command line: each command file only parses and calls one plain function."""

from __future__ import annotations

from importlib import import_module

COMMANDS = (
    "classify",
    "explain",
    "score",
    "labels",
    "info",
    "demo",
    "pack",
    "learn_returns",
    "train",
    "evaluate",
    "care",
    "adapt",
    "bulletin",
    "repeats",
    "emerging",
    "replies",
    "bundle",
    "serve",
    "key",
    "feedback",
)
"""Modules that register commands, in the order of the help page."""


def main() -> None:
    """Run the command line; end the process with its exit code."""
    from .app import app, prepare_streams

    prepare_streams()
    for name in COMMANDS:
        import_module(f".{name}", __name__)
    app(prog_name="hotline-nlp")
