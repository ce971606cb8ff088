"""The compiled columnar path: arrow's UTF-8 in, the linear engine's logits out, on every core.

numba compiles the loops of compiled_kernels.py (Lam, Pitrou and Seibert 2015, doi:10.1145/2833157.2833162)
and keeps them on disk: in NUMBA_CACHE_DIR, else beside this package, else in the user's cache folder. It is
never needed: the numpy path gives the same bits, and works on while the loops compile in a thread.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..features import COUNT, TF
from ..hashing import join
from ..normalise import MAX_CHARACTERS, body_span, fold_table, mask_likely
from ..normalise.boilerplate import _TAIL
from ..normalise.pipeline import LONGEST_RUN
from . import compiled_kernels
from .base import Floats
from .compiled_tables import kinds
from .linear import LinearEngine

if TYPE_CHECKING:
    import pyarrow as pa

PATIENCE = 4096
"""Rows that a process scores before it spends a core's second on compiling or loading the loops."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """The compiled loops."""

    decode: Callable[..., None]
    wrapped: Callable[..., None]
    private: Callable[..., None]
    plainly: Callable[..., None]
    find: Callable[..., None]
    score: Callable[..., None]


class Ending(Exception):
    """The process ends while the loops compile; those that are done are on disk for the next one."""


class Compiler:
    """Compiles once a process, in a thread of its own; tells when the loops are ready."""

    def __init__(self) -> None:
        """Start with nothing compiled and no row seen."""
        self.kernels: Kernels | None = None
        self._rows = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def after(self, rows: int) -> Kernels | None:
        """Count rows; return the loops once they are ready, None before and where numba is missing."""
        if self.kernels is None:
            with self._lock:
                self._rows += rows
                if self._rows >= PATIENCE and self._thread is None:
                    self._thread = threading.Thread(target=self._compile, name="hotline_nlp compiler")
                    self._thread.start()
        return self.kernels

    def wait(self) -> Kernels | None:
        """Return the loops, compiled now where they are not yet; None where numba is missing."""
        self.after(PATIENCE)
        if self._thread is not None:
            self._thread.join()
        return self.kernels

    def _compile(self) -> None:
        try:
            self.kernels = compile_kernels()
        except (ImportError, Ending):
            return  # without the extra `fast` the numpy path does the work


COMPILER = Compiler()


def compile_kernels() -> Kernels:
    """Compile the loops or load them from numba's cache; raise ImportError without numba, or Ending."""
    from numba import types as t

    def of(kind: Any, dims: int = 1) -> Any:
        return t.Array(kind, dims, "C", readonly=True)

    def out(kind: Any, dims: int = 1) -> Any:
        return t.Array(kind, dims, "C")

    i64, u32, f32, flag = t.int64, t.uint32, t.float32, t.boolean
    codes, starts, table = of(u32), of(i64), of(t.uint16)
    floats = of(f32)
    signatures: dict[str, tuple[Any, ...]] = {
        "decode": (of(t.uint8), of(t.int32), of(flag), i64, out(u32), out(i64)),
        "wrapped": (codes, starts, table, i64, out(flag)),
        "private": (codes, starts, table, out(flag)),
        "plainly": (codes, starts, starts, codes, table, i64, i64, out(u32), out(i64), out(flag)),
        "find": (codes, starts, i64, u32, of(u32), of(t.uint8), out(t.int32), out(i64)),
        "score": (
            of(t.int32),
            starts,
            of(t.int8, 2),
            of(t.int32),
            of(t.uint8),
            floats,
            floats,
            floats,
            out(t.uint16),
            out(f32, 2),
        ),
    }
    loops: dict[str, Callable[..., None]] = {}
    for name, kinds_ in signatures.items():
        if not threading.main_thread().is_alive():  # a process that ends waits for one loop, not for all
            raise Ending
        loops[name] = _jit(name, t.void(*kinds_))
    return Kernels(**loops)


def _jit(name: str, signature: Any) -> Callable[..., None]:
    import numba

    loop = getattr(compiled_kernels, name)
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        compiled: Callable[..., None] = numba.njit([signature], cache=True, **options)(loop)
    except (OSError, RuntimeError):  # no folder for the cache can be written
        compiled = numba.njit([signature], **options)(loop)
    return compiled


_LAID_OUT: weakref.WeakKeyDictionary[LinearEngine, CompiledLinear] = weakref.WeakKeyDictionary()
_LAYING = threading.Lock()


def compiled(engine: object, rows: int) -> CompiledLinear | None:
    """Return the compiled form of a linear engine about to score `rows` texts, None while there is none."""
    kernels = COMPILER.after(rows) if isinstance(engine, LinearEngine) else None
    if kernels is None or not isinstance(engine, LinearEngine):
        return None
    with _LAYING:
        if engine not in _LAID_OUT:
            _LAID_OUT[engine] = CompiledLinear(engine, kernels)
        return _LAID_OUT[engine]


class CompiledLinear:
    """A linear engine for the compiled loops; safe to share between threads."""

    def __init__(self, engine: LinearEngine, kernels: Kernels) -> None:
        """Take the engine's tables."""
        spec = engine.spec
        self._run, self._spec = kernels, spec
        self._rows, self._own = engine.rows, threading.local()
        most = (spec.length + 2) * (spec.order + (spec.lexicon is not None))
        counts = np.arange(most + 1, dtype=np.float32)
        self._scale = np.where(counts > 0, 1 / np.sqrt(np.maximum(counts, 1)), 0).astype(np.float32)
        self._step, self._bias = engine.step, engine.bias
        counted = spec.weighting == COUNT or spec.rarity is None
        self._tf = np.arange(len(counts), dtype=np.int32) if counted else _longer(TF, len(counts))
        self._slots = np.empty(0, np.uint32) if spec.vocabulary is None else spec.vocabulary.slots
        self._lexicon = np.empty(0, np.uint8) if spec.lexicon is None else spec.lexicon.bits
        self._rarity = np.empty(0, np.uint8) if counted else np.ascontiguousarray(spec.rarity)

    def logits(self, texts: pa.Array) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the scores of raw texts, shape (texts, outputs), and two marks a text.

        The marks: it holds a Chinese character; masking may change it. texts is an arrow array of valid UTF-8
        (string, or binary with lone surrogates); the scores of null and of those without a Chinese character
        mean nothing.
        """
        data, starts, known = buffers(texts)
        codes, ends = self._decoded(data, starts, known)
        wrapped, private = np.zeros((2, len(texts)), np.bool_)
        if not self._spec.formulas:
            self._run.wrapped(codes, ends, kinds(), _TAIL, wrapped)
        self._run.private(codes, ends, kinds(), private)
        lows, highs = ends[:-1].copy(), ends[1:].copy()
        _mask_and_cut(data, starts, private, wrapped, codes, lows, highs)
        logits, han = self._scored(codes, lows, highs)
        return logits, han, private

    def plain(self, texts: Sequence[str]) -> Floats:
        """Return the scores of normalised texts, shape (texts, outputs), as LinearEngine.logits has them."""
        joined = join(texts, self._spec.length)
        ends = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(np.bincount(joined.owner, minlength=len(texts)), out=ends[1:])
        return self._added(joined.codes, ends)

    def _decoded(self, data: Any, starts: Any, known: Any) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        leading = data[starts[0] : starts[-1]].view(np.int8) >= -64  # the first byte of each character
        codes = np.empty(np.count_nonzero(leading), np.uint32)
        ends = np.empty(len(starts), np.int64)
        self._run.decode(data, starts, known, MAX_CHARACTERS, codes, ends)
        return codes, ends

    def _scored(self, codes: Any, lows: Any, highs: Any) -> tuple[Floats, NDArray[np.bool_]]:
        rows, spec = len(lows), self._spec
        plain = np.empty(len(codes) + 2 * rows, np.uint32)
        ends = np.empty(rows + 1, np.int64)
        han = np.empty(rows, np.bool_)
        tables = fold_table(), kinds(), LONGEST_RUN, spec.length
        self._run.plainly(codes, lows, highs, *tables, plain, ends, han)
        return self._added(plain, ends), han

    def _times(self) -> NDArray[np.uint16]:
        """Return this thread's counters of rows, which are zero between texts."""
        if not hasattr(self._own, "times"):
            self._own.times = np.zeros(len(self._rows), np.uint16)
        times: NDArray[np.uint16] = self._own.times
        return times

    def _added(self, plain: Any, ends: Any) -> Floats:
        """Find the rows of marked, normalised texts and add them up."""
        rows, spec = len(ends) - 1, self._spec
        logits = np.empty((rows, len(self._bias)), np.float32)
        found = np.empty(int(ends[-1]) * (spec.order + (spec.lexicon is not None)), np.int32)
        starts_found = np.empty(rows + 1, np.int64)
        low = np.uint32(spec.buckets - 1)
        self._run.find(plain, ends, spec.order, low, self._slots, self._lexicon, found, starts_found)
        table = self._rows, self._tf, self._rarity, self._scale, self._step, self._bias
        self._run.score(found, starts_found, *table, self._times(), logits)
        return logits


def _longer(table: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Return a table with its last value going on to a size."""
    return np.concatenate([table, np.full(max(size - len(table), 0), table[-1], table.dtype)])


def buffers(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.bool_]]:
    """Return a string array's bytes, its offsets (texts + 1) and which values are there, nothing copied."""
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    known = np.ones(len(texts), np.bool_)
    if texts.null_count:
        known = texts.is_valid().to_numpy(zero_copy_only=False)
    empty = data is None or not data.size
    return np.zeros(1, np.uint8) if empty else np.frombuffer(data, np.uint8), starts, known


def _mask_and_cut(
    data: Any, starts: Any, private: Any, wrapped: Any, codes: Any, lows: Any, highs: Any
) -> None:
    """Mask texts in `codes` and move the bounds of their bodies, the slow and exact way."""
    rows = np.flatnonzero(private | wrapped)
    of_rows = starts[rows], starts[rows + 1], private[rows], wrapped[rows], lows[rows], rows
    for start, end, numbers, formulas, low, row in zip(*(a.tolist() for a in of_rows), strict=True):
        text = data[start:end].tobytes().decode("utf-8", "surrogatepass")[:MAX_CHARACTERS]
        if numbers:
            text = mask_likely(text)
            codes[low : low + len(text)] = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        if formulas:  # masking makes no formula: stars are in none
            first, last = body_span(text)
            lows[row], highs[row] = low + first, low + last
