"""Write a document as Markdown, its pictures as files beside it."""

from __future__ import annotations

import re

from .blocks import Block, Document, Heading, Paragraph, Picture, Table

_MARKS = re.compile(r"([\\`*_\[\]<>|#])")


def write_markdown(document: Document, folder: str) -> tuple[bytes, dict[str, bytes]]:
    """Return the page and its pictures by name; the page finds them in `folder`, relative to itself."""
    pictures: dict[str, bytes] = {}
    parts = [f"# {_plain(document.title)}", _plain(document.subtitle)]
    for block in document.blocks:
        if isinstance(block, Picture):
            name = f"{len(pictures) + 1:02d}.png"
            pictures[name] = block.png
            parts.append(f"![{_plain(block.alt)}]({folder}/{name})\n\n{_plain(block.caption)}")
        else:
            parts.append(_block(block))
    parts += [_plain(document.issuer), document.issued]
    return ("\n\n".join(parts) + "\n").encode(), pictures


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * (level + 1)} {_plain(text)}"
        case Paragraph(text, lead):
            return (f"**{_plain(lead)}**" if lead else "") + _plain(text)
        case Table(caption, columns, rows, left):
            rule = ["---" if name in left else ":-:" for name in columns]
            lines = [columns, tuple(rule), *rows]
            body = "\n".join(
                "| " + " | ".join(cell if line is lines[1] else _plain(cell) for cell in line) + " |"
                for line in lines
            )
            return f"{_plain(caption)}\n\n{body}"
    raise TypeError(f"no way to write {type(block).__name__} as Markdown")


def _plain(text: str) -> str:
    """Return a text in which no character is a mark."""
    return _MARKS.sub(r"\\\1", " ".join(text.split("\n")))
