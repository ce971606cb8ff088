"""The columnar path: many texts in, one arrow table out, no Python object a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .decide import AUTO, REJECT, REVIEW
from .engines.base import Floats, Head
from .normalise import normalise, reject_reason

if TYPE_CHECKING:
    import pyarrow as pa

    from .classifier import Classifier

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
)
"""Columns that score_columns returns, in order."""
NOT_TEXT = "不是文本。"
_DECISIONS = (AUTO, REVIEW, REJECT)
_CHUNK = 4096


def binary(
    heads: Mapping[str, Head], scores: Mapping[str, Floats], row: int
) -> tuple[tuple[bool, float], tuple[str, ...]]:
    """Return (urgent, its probability) and the flags of one row."""
    urgent = (False, 0.0)
    if "urgent" in heads:
        p = float(scores["urgent"][row, 0])
        urgent = (p >= heads["urgent"].thresholds[0], p)
    flags: tuple[str, ...] = ()
    if "flags" in heads:
        head = heads["flags"]
        hits = scores["flags"][row] >= np.asarray(head.thresholds, np.float32)
        flags = tuple(label for label, hit in zip(head.labels, hits, strict=True) if hit)
    return urgent, flags


def build(clf: Classifier, texts: Sequence[object] | pa.Array | pa.ChunkedArray) -> pa.Table:
    """Score texts in chunks; see Classifier.score_columns."""
    import pyarrow as pa

    values: Sequence[object] = texts.to_pylist() if hasattr(texts, "to_pylist") else texts
    chunks = [_chunk(clf, values[i : i + _CHUNK]) for i in range(0, len(values), _CHUNK)]
    return pa.concat_tables([t.unify_dictionaries() for t in chunks]) if chunks else _chunk(clf, [])


def _chunk(clf: Classifier, texts: Sequence[object]) -> pa.Table:
    import pyarrow as pa

    reasons = [reject_reason(text) if isinstance(text, str) else NOT_TEXT for text in texts]
    kept = np.array([reason is None for reason in reasons], bool)
    plain = [str(text) for text, reason in zip(texts, reasons, strict=True) if reason is None]
    scores = clf.probabilities(plain) if plain else {}
    heads = {head.name: head for head in clf.engine.heads}
    out: dict[str, pa.Array] = {}
    best: dict[str, Any] = {}
    for name in ("type", "topic", "unit"):
        labels = heads[name].labels if name in heads else ("",)
        p = scores.get(name, np.zeros((len(plain), len(labels)), np.float32))
        best[name] = p.argmax(axis=1), p.max(axis=1) if len(p) else np.zeros(0, np.float32)
        known = kept if name in heads else np.zeros(len(kept), bool)
        out[name] = _dictionary(_spread(best[name][0], kept, np.int32), labels, known)
        out[f"{name}_probability"] = pa.array(_spread(best[name][1], kept, np.float32), mask=~known)
    urgent = scores["urgent"][:, 0] if "urgent" in scores else np.zeros(len(plain), np.float32)
    limit = heads["urgent"].thresholds[0] if "urgent" in heads else 1.01
    out["urgent"] = pa.array(_spread(urgent >= np.float32(limit), kept, np.bool_), mask=~kept)
    out["urgent_probability"] = pa.array(_spread(urgent, kept, np.float32), mask=~kept)
    out["flags"] = _flags(heads.get("flags"), scores.get("flags"), kept, len(plain))
    policy = clf.policy()
    confidence = best[policy.head][1] if policy.head in best else np.zeros(len(plain), np.float32)
    action = np.where(confidence.astype(np.float64) >= policy.threshold, 0, 1)
    decision = np.where(kept, _spread(action, kept, np.int32), 2)
    out["decision"] = _dictionary(decision.astype(np.int32), _DECISIONS, np.ones(len(kept), bool))
    texts_of = {0: "", 1: policy.reason()}
    out["reason"] = pa.array(
        [reason if reason is not None else texts_of[int(d)] for reason, d in zip(reasons, decision, strict=True)],
        pa.string(),
    ).dictionary_encode()
    out["lead_unit"] = _lead(clf, plain, scores, best, heads, kept)
    return pa.table({name: out[name] for name in NAMES})


def _spread(values: Any, kept: Any, dtype: Any) -> Any:
    """Put the kept rows' values back among all rows, zeros elsewhere."""
    full = np.zeros(len(kept), dtype)
    full[kept] = values
    return full


def _dictionary(codes: Any, labels: Sequence[str], known: Any) -> pa.Array:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=~known), pa.array(list(labels)))


def _flags(head: Head | None, p: Floats | None, kept: Any, count: int) -> pa.Array:
    """Return comma-joined flags; the combinations are few, so they are the dictionary's entries."""
    import pyarrow as pa

    codes = np.zeros(count, np.int32)
    joined = [""]
    if head is not None and p is not None:
        bits = (p >= np.asarray(head.thresholds, np.float32)).astype(np.int64)
        codes = (bits << np.arange(len(head.labels))).sum(axis=1).astype(np.int32)
        joined = [
            ",".join(label for k, label in enumerate(head.labels) if code >> k & 1)
            for code in range(1 << len(head.labels))
        ]
    encoded = _dictionary(_spread(codes, kept, np.int32), joined, np.ones(len(kept), bool))
    return encoded.cast(pa.string())


def _lead(clf: Classifier, plain: Sequence[str], scores: Any, best: Any, heads: Any, kept: Any) -> pa.Array:
    import pyarrow as pa

    leads: list[str] = []
    if "unit" in scores:
        ranked = np.argsort(-scores["unit"], axis=1, kind="stable")[:, :3]
        labels = heads["unit"].labels
        topics = heads["topic"].labels if "topic" in heads else ()
        for row, text in enumerate(plain):
            units = tuple((labels[i], float(scores["unit"][row, i])) for i in ranked[row])
            topic = topics[int(best["topic"][0][row])] if topics else ""
            leads.append(clf.router.lead(text, units, topic))
    it = iter(leads)
    filled = [next(it, None) if flag and leads else None for flag in kept]
    return pa.array(filled, pa.string())
