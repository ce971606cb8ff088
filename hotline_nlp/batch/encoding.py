"""Tell UTF-8 from GB18030, the two encodings that Chinese office software writes."""

from __future__ import annotations

import codecs
import re
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import NamedTuple, cast

from ..errors import FileFormatError

_BLOCK = 1 << 20
_WIDE = re.compile("[\u0800-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Encoding(NamedTuple):
    """A codec and how to treat bytes that it can't read: "strict" where there are none."""

    name: str
    errors: str


def detect(path: Path) -> Encoding:
    """Return a text file's encoding after reading all of it; raise FileFormatError where it is neither.

    A file most of whose non-ASCII lines are valid UTF-8 is UTF-8 with damaged lines; bytes that can't be read
    come out as lone surrogates, for the reader to refuse line by line. So does GB18030 with up to a tenth
    of its lines damaged.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip():
        raise FileFormatError(f"{path.name} is empty: give a file with rows.")
    utf8 = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head:
        raise FileFormatError(f"{path.name} is UTF-16 or no text file: save it as CSV UTF-8.")
    found = _kind(path, utf8)
    if found in ("ascii", "wide") or (found and utf8 == "utf-8-sig"):
        return Encoding(utf8, "strict")
    if found:  # a few Han of GB18030 can pass for two-byte UTF-8, which Han never is
        return Encoding("gb18030" if _kind(path, "gb18030") else utf8, "strict")
    if _share(path, "utf-8") > 0.5:
        return Encoding(utf8, "surrogateescape")
    if _kind(path, "gb18030"):
        return Encoding("gb18030", "strict")
    if _share(path, "gb18030") >= 0.9:
        return Encoding("gb18030", "surrogateescape")
    raise FileFormatError(f"{path.name} is written in neither UTF-8 nor GB18030: save it as UTF-8.")


def _kind(path: Path, name: str) -> str:
    """Return "ascii", "narrow" or "wide" (from U+0800 on) for a file's characters, "" where it is broken."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    kind = "ascii"
    with path.open("rb") as stream:
        try:
            while block := stream.read(_BLOCK):
                text = decoder.decode(block)
                if kind != "wide" and not text.isascii():
                    kind = "wide" if _WIDE.search(text) else "narrow"
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return ""
    return kind


def _share(path: Path, name: str) -> float:
    """Return the share of lines with non-ASCII bytes that decode."""
    good = total = 0
    with path.open("rb") as stream:
        for line in stream:
            if not line.isascii():
                total += 1
                try:
                    line.decode(name)
                    good += 1
                except UnicodeDecodeError:
                    continue
    return good / total if total else 1.0


def has_surrogate(text: str) -> bool:
    """Say whether a text holds a lone surrogate: a byte that could not be read."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def sound(text: str) -> str:
    """Return a text with U+FFFD for lone surrogates, which UTF-8 can't hold."""
    return _SURROGATE.sub("\ufffd", text)


def share_read(stream: TextIOWrapper | None, size: int) -> float:
    """Return the share of a file of `size` bytes that its text stream has taken from the disk."""
    if stream is None or stream.closed:
        return float(stream is not None)
    return min(cast(BufferedReader, stream.buffer).tell() / size, 1.0)
