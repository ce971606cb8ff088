"""Read a chunk of the columnar path: whatever the values are, which are texts, and the logits of those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..normalise import Normalised, normalise_many, reject_reason
from .base import Engine, Floats, keeps_formulas
from .linear import LinearEngine

Scored = Callable[[Engine, Sequence[str]], dict[str, Floats]]
NOT_TEXT = "不是文本。"


@dataclass(frozen=True, slots=True)
class Read:
    """A chunk's values, each head's logits of shape (values, labels), and what came of each value.

    `kept` tells which values got an answer; `reasons` has, by row, why the others got none, and their logits
    mean nothing. `private` tells which values masking may change, None where all may.
    """

    values: Any
    kept: NDArray[np.bool_]
    reasons: dict[int, str]
    logits: dict[str, Floats]
    private: NDArray[np.bool_] | None = None

    def texts(self) -> Sequence[Any]:
        """Return the values as Python objects."""
        return python_values(self.values)


def python_values(values: Any) -> Sequence[Any]:
    """Return an arrow array's or a sequence's values; those of invalid UTF-8 as None."""
    if not hasattr(values, "to_pylist"):
        return list(values)
    try:
        return list(values.to_pylist())
    except UnicodeDecodeError:
        return [_decoded(value) for value in values]


def _decoded(value: Any) -> Any:
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return None


def read_texts(engine: Engine, values: Any) -> Read:
    """Read a chunk on the compiled path where that is ready, else on the numpy path; both give the same."""
    if len(values) == 1:
        return read_plainly(engine, values, plain_logits)
    if len(values) and isinstance(engine, LinearEngine):
        from .compiled import compiled

        fast = compiled(engine, len(values))
        if fast is not None:
            return _read_compiled(engine, fast, values)
    return read_plainly(engine, values)


def plain_logits(engine: Engine, texts: Sequence[str]) -> dict[str, Floats]:
    """Return the logits of normalised texts, by the compiled loops where they are ready."""
    if texts and isinstance(engine, LinearEngine):
        from .compiled import compiled

        fast = compiled(engine, len(texts))
        if fast is not None:
            return engine.by_head(fast.plain(texts))
    return engine.logits(texts)


def _numpy_logits(engine: Engine, texts: Sequence[str]) -> dict[str, Floats]:
    return engine.logits(texts)


def read_plainly(engine: Engine, values: Any, scored: Scored = _numpy_logits) -> Read:
    """Read a chunk with numpy alone, the scores apart where `scored` gives them."""
    given = python_values(values)
    rows = [i for i, value in enumerate(given) if isinstance(value, str)]
    plain = normalise_many([given[i] for i in rows], formulas=keeps_formulas(engine))
    reasons = dict.fromkeys(range(len(given)), NOT_TEXT)
    for i, text in zip(rows, plain, strict=True):
        reason = reject_reason(Normalised(text, ()))
        if reason is None:
            del reasons[i]
        else:
            reasons[i] = reason
    kept = np.ones(len(given), bool)
    kept[list(reasons)] = False
    logits = scored(engine, [text for i, text in zip(rows, plain, strict=True) if kept[i]])
    return Read(given, kept, reasons, {name: _spread(part, kept) for name, part in logits.items()})


def _spread(part: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Put the kept rows' logits back among all rows, zeros elsewhere."""
    full = np.zeros((len(kept), part.shape[1]), np.float32)
    full[kept] = part
    return full


def _read_compiled(engine: LinearEngine, fast: Any, values: Any) -> Read:
    array = as_arrow(values)
    logits, kept, private = fast.logits(array)
    reasons: dict[int, str] = {}
    for i in np.flatnonzero(~kept).tolist():
        value = array[i].as_py()
        text = value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
        reason = NOT_TEXT if text is None else reject_reason(text)
        if reason is None:
            kept[i] = True
        else:
            reasons[i] = reason
    return Read(values, kept, reasons, engine.by_head(logits), private)


def as_arrow(values: Any) -> Any:
    """Return values as an arrow array of UTF-8, null for what is no text; lone surrogates stay (binary)."""
    import pyarrow as pa

    pool = pa.system_memory_pool()  # the default one keeps some 30 MB of chunks that are done with
    try:
        array = (
            values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, memory_pool=pool)
        )
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if str(array.type) in ("large_string", "string_view", "null"):
            array = array.cast(pa.string())
        if array.type == pa.string():
            array.validate(full=True)
            return array
    except (pa.ArrowException, UnicodeError, TypeError, ValueError, OverflowError):
        pass  # one value or more is no text: look at each
    given = python_values(values)
    return pa.array(
        [v.encode("utf-8", "surrogatepass") if isinstance(v, str) else None for v in given], pa.binary()
    )
