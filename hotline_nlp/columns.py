"""The columnar path: many texts in, one arrow table out, no Python object a row."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .decide import AUTO, OPEN, REJECT, REVIEW
from .engines.base import Engine, Floats, Head
from .engines.read import NOT_TEXT, Read, read_texts
from .normalise import mask, mask_likely
from .route.split import SpanScorer, Units, parts, split
from .route.units import simplify

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import pyarrow as pa

    from .classifier import Classifier

__all__ = ["NAMES", "NOT_TEXT", "build", "flags_of", "ranked", "scorers", "urgencies"]

NAMES = (
    "type",
    "type_probability",
    "topic",
    "topic_probability",
    "unit",
    "unit_probability",
    "urgent",
    "urgent_probability",
    "flags",
    "decision",
    "reason",
    "lead_unit",
    "district",
    "procedure",
)
"""Columns that score_columns returns, in order."""
ROUTED = ("lead_unit", "district", "procedure")
"""Those that routing fills."""
_DECISIONS = (AUTO, REVIEW, REJECT)
_CHUNK, _MOST = 1024, 2048
"""Texts that are scored together: so many at least, and for columns at most _MOST; the more they are, the
longer each table that the loops read in turn stays in the cache."""
_TOP = 3
SEVERAL = "多诉求"
"""The flag upon which a request is split into its matters."""


def urgencies(head: Head | None, p: Floats | None, rows: int) -> list[tuple[bool, float]]:
    """Return (urgent, its probability) of each row."""
    if head is None or p is None:
        return [(False, 0.0)] * rows
    return [(found >= head.thresholds[0], found) for found in p[:, 0].tolist()]


def flags_of(head: Head | None, p: Floats | None, rows: int) -> list[tuple[str, ...]]:
    """Return the flags of each row."""
    if head is None or p is None:
        return [()] * rows
    found: list[tuple[str, ...]] = [()] * rows
    for row, column in np.argwhere(p >= np.asarray(head.thresholds, np.float32)).tolist():
        found[row] += (head.labels[column],)
    return found


def cores() -> int:
    """Return how many cores to use: those of this process, or fewer by OMP_NUM_THREADS, as Ray sets it."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(own, int(wanted)) if wanted.isdecimal() and int(wanted) > 0 else own


def build(
    clf: Classifier, texts: Sequence[object] | pa.Array | pa.ChunkedArray, dispatch: bool = True
) -> pa.Table:
    """Score texts in chunks, on every core; see Classifier.score_columns."""
    import pyarrow as pa

    size = max(_CHUNK, min(_MOST, -(-len(texts) // cores())))

    def part(start: int) -> pa.Table:
        return _chunk(clf, texts[start : start + size], dispatch)

    starts = range(0, len(texts), size) or range(1)
    if len(starts) == 1:
        return part(0)
    return pa.concat_tables(_pool(cores()).map(part, starts)).unify_dictionaries()


def reads(engine: Engine, texts: Sequence[object]) -> Iterator[tuple[Sequence[object], Read]]:
    """Yield texts in chunks with what was read of them; another thread reads on while one is answered."""
    if len(texts) <= _CHUNK or cores() == 1:
        yield texts, read_texts(engine, texts)
        return
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    yield from zip(chunks, _pool(cores()).map(lambda chunk: read_texts(engine, chunk), chunks), strict=True)


@lru_cache(maxsize=4)
def _pool(workers: int) -> ThreadPoolExecutor:
    """Return threads that are kept, since each new one would get memory of its own."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(workers, "hotline_nlp columns")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked process has none of the threads


def _chunk(clf: Classifier, values: Any, dispatch: bool) -> pa.Table:
    import pyarrow as pa

    read = read_texts(clf.engine, values)
    heads = {head.name: head for head in clf.engine.heads}
    scores = {name: head.probabilities(read.logits[name]) for name, head in heads.items()}
    rows, kept = len(read.kept), read.kept
    out: dict[str, pa.Array] = {}
    best: dict[str, Any] = {}
    for name in ("type", "topic", "unit"):
        labels = heads[name].labels if name in heads else ("",)
        p = scores.get(name, np.zeros((rows, 1), np.float32))
        best[name] = p.argmax(axis=1).astype(np.int32), p.max(axis=1)
        known = kept if name in heads else np.zeros(rows, bool)
        out[name] = _dictionary(best[name][0], labels, known)
        out[f"{name}_probability"] = pa.array(best[name][1], mask=~known)
    urgent = scores["urgent"][:, 0] if "urgent" in scores else np.zeros(rows, np.float32)
    limit = heads["urgent"].thresholds[0] if "urgent" in heads else 1.01
    out["urgent"] = pa.array(urgent >= np.float32(limit), mask=~kept)
    out["urgent_probability"] = pa.array(urgent, mask=~kept)
    flags = _flags(heads.get("flags"), scores.get("flags"), kept)
    out["flags"] = flags.dictionary_decode()
    policy = clf.policy()
    sure = best[policy.head][1] if policy.head in best else np.zeros(rows, np.float32)
    safe = kept & (sure.astype(np.float64) >= policy.threshold)
    reasons = _Coded(np.where(safe | ~kept, 0, 1).astype(np.int32), ["", policy.reason()])
    for row, reason in read.reasons.items():
        reasons.put(row, reason)
    routes = _dispatch(clf, read, scores, best["topic"][0], flags) if dispatch else {}
    for name in ROUTED:
        out[name] = pa.array(routes.get(name, [None] * rows), pa.string())
    for row, procedure in enumerate(routes.get("procedure", ())):
        if procedure in OPEN and safe[row]:
            safe[row] = False
            reasons.put(row, OPEN[procedure])
    every = np.ones(rows, bool)
    decision = np.where(kept, np.where(safe, 0, 1), 2).astype(np.int32)
    out["decision"] = _dictionary(decision, _DECISIONS, every)
    out["reason"] = _dictionary(reasons.codes, reasons.values, every)
    return pa.table({name: out[name] for name in NAMES})


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column of few values: each row's index into them."""

    codes: Any
    values: list[str]

    def put(self, row: int, value: str) -> None:
        """Set a row's value."""
        if value not in self.values:
            self.values.append(value)
        self.codes[row] = self.values.index(value)


def _dictionary(codes: Any, labels: Sequence[str], known: Any) -> pa.Array:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=~known), pa.array(list(labels)))


def _flags(head: Head | None, p: Floats | None, kept: Any) -> pa.Array:
    """Return comma-joined flags; the combinations are few, so they are the dictionary's entries."""
    codes = np.zeros(len(kept), np.int32)
    joined = [""]
    if head is not None and p is not None:
        bits = (p >= np.asarray(head.thresholds, np.float32)).astype(np.int64)
        codes = np.where(kept, (bits << np.arange(len(head.labels))).sum(axis=1), 0).astype(np.int32)
        joined = [
            ",".join(label for k, label in enumerate(head.labels) if code >> k & 1)
            for code in range(1 << len(head.labels))
        ]
    return _dictionary(codes, joined, np.ones(len(kept), bool))


def _dispatch(
    clf: Classifier, read: Read, scores: Mapping[str, Floats], topics: Any, flags: pa.Array
) -> dict[str, list[str | None]]:
    """Return the routing columns, null for a row without an answer."""
    out: dict[str, list[str | None]] = {name: [None] * len(read.kept) for name in ROUTED}
    if "unit" not in scores:
        return out
    rows = np.flatnonzero(read.kept)
    names = clf.labels.get("topic", ("",))
    topic = [names[i] for i in topics[rows].tolist()]
    units = ranked(scores["unit"][rows], clf.labels["unit"])
    plain = plain_texts(read)
    texts = [plain[row] for row in rows.tolist()]
    found = clf.router.route_many(texts, units, topic)
    several = _several(flags, rows)
    for k, scorer in scorers(clf, {k: texts[k] for k in several}).items():
        place, answer = clf.router.route_plain(texts[k], units[k], topic[k], (), scorer)
        for name, value in zip(ROUTED, (answer.lead, place.district, answer.procedure), strict=True):
            found[name][k] = value
    for name in ROUTED:
        for row, value in zip(rows.tolist(), found[name], strict=True):
            out[name][row] = value
    return out


def plain_texts(read: Read) -> list[str]:
    """Return the texts as routing reads them, masked and in simplified characters; "" for one unanswered."""
    kept = read.kept.tolist()
    texts = [simplify(text) if known else "" for text, known in zip(read.texts(), kept, strict=True)]
    if read.private is None:
        return [mask(text) for text in texts]
    for row in np.flatnonzero(read.private).tolist():
        texts[row] = mask_likely(texts[row])
    return texts


def ranked(p: Floats, labels: Sequence[str]) -> list[tuple[tuple[str, float], ...]]:
    """Return each row's best labels with their probabilities."""
    left, each = p.copy(), np.arange(len(p))
    pairs = []
    for _ in range(min(_TOP, p.shape[1])):
        at = left.argmax(axis=1)  # of equals the first
        pairs.append(zip([labels[i] for i in at.tolist()], p[each, at].tolist(), strict=True))
        left[each, at] = -1.0
    return list(zip(*pairs, strict=True))


def _several(flags: pa.Array, rows: Any) -> list[int]:
    """Return which of the rows are flagged as several matters."""
    codes = [code for code, joined in enumerate(flags.dictionary.to_pylist()) if SEVERAL in joined.split(",")]
    hits: list[int] = np.flatnonzero(np.isin(flags.indices.to_numpy()[rows], codes)).tolist()
    return hits


def scorers(clf: Classifier, texts: Mapping[int, str]) -> dict[int, SpanScorer]:
    """Return a reader of spans for each text that falls into several matters; all spans are read at once."""
    pieces = {k: [text[start:end] for start, end, _ in parts(text)] for k, text in texts.items()}
    spans = list(dict.fromkeys(span for found in pieces.values() if len(found) > 1 for span in found))
    if not spans or not {"topic", "unit"} <= clf.labels.keys():
        return {}
    read = read_texts(clf.engine, spans)
    heads = {head.name: head for head in clf.engine.heads}
    p = {name: heads[name].probabilities(read.logits[name]) for name in ("topic", "unit")}
    topics = p["topic"].argmax(axis=1).tolist()
    known = {
        span: (clf.labels["topic"][topic], units)
        for span, topic, units, kept in zip(
            spans, topics, ranked(p["unit"], clf.labels["unit"]), read.kept, strict=True
        )
        if kept
    }

    def scorer(span: str) -> tuple[str, Units]:
        answer = known.get(span)
        return answer if answer is not None else clf.read_span(span)

    return {k: scorer for k, text in texts.items() if len(pieces[k]) > 1 and split(text, scorer)}
