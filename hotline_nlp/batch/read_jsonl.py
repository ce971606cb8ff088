"""Read JSON lines: one object a line, keys in order of first appearance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileFormatError
from .cells import cells_array, cells_field
from .encoding import detect, share_read, sound
from .rows import Chunk, Fault, Row, chunks_of

if TYPE_CHECKING:
    import pyarrow as pa

_ABSENT = object()


def _parse(line: str) -> dict[str, Any] | Fault:
    """Return a line's object, or why it is none."""
    try:
        value = json.loads(line)
    except RecursionError:
        return Fault("此行 JSON 嵌套过深。", sound(line))
    except json.JSONDecodeError as error:
        return Fault(f"此行不是有效的 JSON（第 {error.colno} 个字符处）。", sound(line))
    except ValueError:  # a number with thousands of digits
        return Fault("此行 JSON 中的数字过长。", sound(line))
    if not isinstance(value, dict):
        return Fault("此行不是 JSON 对象。", sound(line))
    return value


class JsonlSource:
    """A JSON lines file; a key that a line lacks stays absent where the output can say so."""

    def __init__(self, path: Path) -> None:
        """Read all lines for their keys; raise FileFormatError where no line is an object."""
        import pyarrow as pa

        self.path = path
        self._encoding = detect(path)
        self._stream: TextIOWrapper | None = None
        self._size = max(path.stat().st_size, 1)
        self._keys: dict[str, None] = {}
        for _, value in self._objects():
            if isinstance(value, dict):
                self._keys.update(dict.fromkeys(value))
        if not self._keys:
            raise FileFormatError(f"no line of {path.name} is a JSON object: write one object a line.")
        self.schema: pa.Schema = pa.schema([cells_field(sound(key)) for key in self._keys])

    def _open(self) -> TextIOWrapper:
        return self.path.open(encoding=self._encoding.name, errors=self._encoding.errors, newline="\n")

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
        """Yield each line that is not blank with its number and what it holds."""
        with self._open() as self._stream:
            for number, line in enumerate(self._stream, 1):
                if text := line.strip():
                    yield number, _parse(text)

    def chunks(self, text: str, size: int, skip: int) -> Iterator[Chunk]:
        """Yield chunks of rows."""
        return chunks_of(self, text, size, skip)

    def rows(self) -> Iterator[Row]:
        """Yield all lines that are not blank."""
        for number, value in self._objects():
            if isinstance(value, Fault):
                yield Row(number, [_ABSENT] * len(self._keys), value)
            else:
                yield Row(number, [value.get(key, _ABSENT) for key in self._keys])

    def fraction(self) -> float:
        """Return the share of the file's bytes that has been read."""
        return share_read(self._stream, self._size)

    def column(self, values: Sequence[Any]) -> pa.Array:
        """Return a column of cells."""
        return cells_array(values, absent=_ABSENT)
