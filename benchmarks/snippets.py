"""Run the code blocks of a Markdown page and hold what they print against what the page shows.

A ```python block runs as a program; what it prints must stand in the ```text block right after it, where
there is one. A ```console block holds `$ command` lines and what each prints; a line of `...` stands for
any lines.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
ANY = "..."


@dataclass(frozen=True, slots=True)
class Snippet:
    """One thing to run: argv, the text it must print, where that text stands in the page."""

    argv: tuple[str, ...]
    shown: str | None
    start: int
    end: int


def command(line: str) -> tuple[str, ...]:
    """Return the argv of a console line, with this interpreter in the place of the installed command."""
    words = shlex.split(line)
    if words[0] == "hotline-nlp":
        return (sys.executable, "-m", "hotline_nlp", *words[1:])
    if words == ["make", "demo"]:
        return (sys.executable, "-m", "hotline_nlp", "demo")
    return (sys.executable if words[0] == "python" else words[0], *words[1:])


def snippets(page: str) -> Iterator[Snippet]:
    """Yield what a page says can be run, in order."""
    blocks = list(_BLOCK.finditer(page))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block["kind"] == "python":
            after = following if following and following["kind"] == "text" else None
            touching = after if after and not page[block.end() : after.start()].strip() else None
            shown = touching["body"] if touching else None
            start, end = touching.span("body") if touching else (block.end(), block.end())
            yield Snippet((sys.executable, "-c", block["body"]), shown, start, end)
        elif block["kind"] == "console":
            yield from _console(block["body"], block.start("body"))


def _console(body: str, offset: int) -> Iterator[Snippet]:
    marks = [m.start() for m in re.finditer(r"^\$ ", body, re.MULTILINE)]
    for start, end in zip(marks, [*marks[1:], len(body)], strict=True):
        line, _, shown = body[start:end].partition("\n")
        yield Snippet(command(line[2:]), shown, offset + start + len(line) + 1, offset + end)


def run(snippet: Snippet, folder: Path) -> str:
    """Run a snippet in a folder and return what it prints; raise CalledProcessError where it fails."""
    env = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    done = subprocess.run(
        snippet.argv, cwd=folder, env=env, capture_output=True, encoding="utf-8", check=True, timeout=300
    )
    return done.stdout


def tidy(text: str) -> list[str]:
    """Return lines without trailing spaces and without empty lines at the ends."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n").splitlines()


def agrees(shown: str, printed: str) -> bool:
    """Tell whether what a page shows is what is printed; `...` on a line of its own is any lines."""
    pattern = "\n".join("(?s:.*)" if line.strip() == ANY else re.escape(line) for line in tidy(shown))
    return re.fullmatch(pattern, "\n".join(tidy(printed))) is not None


def refresh(page: str, folder: Path) -> str:
    """Return the page with every shown output that no longer agrees replaced, abridged as it was."""
    out, at = [], 0
    for snippet in snippets(page):
        if snippet.shown is None or not snippet.shown.strip():
            continue
        printed = run(snippet, folder)
        if not agrees(snippet.shown, printed):
            out += [page[at : snippet.start], _abridge(snippet.shown, tidy(printed))]
            at = snippet.end
    return "".join([*out, page[at:]])


def _abridge(shown: str, printed: list[str]) -> str:
    """Return the printed lines, with as many before and after `...` as were shown before."""
    lines = tidy(shown)
    if ANY in lines:
        head = lines.index(ANY)
        tail = len(lines) - 1 - head
        printed = [*printed[:head], ANY, *(printed[-tail:] if tail else [])]
    return "\n".join(printed) + "\n"
