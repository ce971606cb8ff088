"""The feedback store: corrections and returns, similar past requests, and the queue of doubtful ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from ..normalise import mask, normalise
from .keys import now

if TYPE_CHECKING:
    from sqlalchemy import Engine

ACCEPTED, CORRECTION, RETURN = "accepted", "correction", "return"
KINDS = (ACCEPTED, CORRECTION, RETURN)
_PIECE = 500
_INSERT = (
    "INSERT INTO feedback (at, key, kind, ticket, text, type, topic, unit, lead, returned_by, reason, "
    "predicted, model) VALUES (:at, :key, :kind, :ticket, :text, :type, :topic, :unit, :lead, :returned_by, "
    ":reason, :predicted, :model)"
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of one request; labels are "" where the person said nothing.

    `predicted` is what the model `model` had said: {"type", "topic", "unit", "lead", "probability"}. `text`
    and `reason` are stored with phone, ID-card, plate and bank numbers masked.
    """

    kind: str
    text: str
    type: str = ""
    topic: str = ""
    unit: str = ""
    lead: str = ""
    ticket: str = ""
    returned_by: str = ""
    reason: str = ""
    key: str = ""
    model: str = ""
    at: str = ""
    id: int = 0
    predicted: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {name: getattr(self, name) for name in Feedback.__slots__}


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A request in the review queue: masked text, doubt in [0, 1], the Result.to_dict() of its reading."""

    id: int
    at: str
    text: str
    doubt: float
    predicted: dict[str, Any]
    model: str


class FeedbackStore:
    """Feedback and the review queue of a data folder; each call is one transaction, safe between threads."""

    def __init__(self, engine: Engine) -> None:
        """Keep feedback in this database."""
        self._engine = engine

    def add(self, item: Feedback) -> Feedback:
        """Store one item, masked, on disk before it returns; return it as stored."""
        row = {**item.to_dict(), "at": item.at or now(), "text": mask(item.text), "reason": mask(item.reason)}
        predicted = row.pop("predicted")
        values = {**row, "predicted": json.dumps(predicted, ensure_ascii=False)}
        with self._engine.begin() as connection:
            number = int(connection.execute(text(_INSERT), values).lastrowid)
            connection.execute(
                text("INSERT INTO feedback_words (rowid, words) VALUES (:id, :words)"),
                {"id": number, "words": " ".join(_pairs(row["text"]))},
            )
            connection.execute(
                text("UPDATE queue SET done = :at WHERE text = :text"), {"at": row["at"], "text": row["text"]}
            )
        return Feedback(**{**row, "id": number, "predicted": predicted})

    def list(self, limit: int = 50, before: int | None = None) -> Sequence[Feedback]:
        """Return the newest items first, those with a smaller id than `before` where that is given."""
        return self._items("WHERE id < :before ORDER BY id DESC LIMIT :limit", before or 1 << 62, limit)

    def all(self) -> Iterator[Feedback]:
        """Yield every item, the oldest first, a piece at a time."""
        last = 0
        while found := self._items("WHERE id > :before ORDER BY id LIMIT :limit", last, _PIECE):
            yield from found
            last = found[-1].id

    def count(self) -> int:
        """Return how many items there are."""
        with self._engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM feedback")).scalar_one())

    def similar(self, request: str, limit: int = 5) -> Sequence[tuple[Feedback, float]]:
        """Return past items like this request with a likeness in (0, 1], the likest first.

        Candidates come by BM25 over pairs of characters (SQLite's FTS5); likeness is the Jaccard coefficient
        of the two sets of pairs, and less than 0.1 is left out.
        """
        mine = set(_pairs(mask(request)))
        if not mine:
            return []
        query = " OR ".join(f'"{pair}"' for pair in sorted(mine)[:400])
        rows = self._rows(
            "JOIN (SELECT rowid AS found FROM feedback_words WHERE feedback_words MATCH :query "
            "ORDER BY rank LIMIT 50) ON found = feedback.id",
            {"query": query},
        )
        scored = [(item, _jaccard(mine, set(_pairs(item.text)))) for item in rows]
        best = sorted((pair for pair in scored if pair[1] >= 0.1), key=lambda pair: (-pair[1], -pair[0].id))
        return best[:limit]

    def queue_add(self, request: str, predicted: dict[str, Any], doubt: float) -> None:
        """Put a doubtful request into the queue, masked; one that is there already stays as it is."""
        row = {
            "at": now(),
            "text": mask(request),
            "doubt": doubt,
            "predicted": json.dumps(_without_evidence(predicted), ensure_ascii=False),
            "model": predicted.get("model", ""),
        }
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT OR IGNORE INTO queue (at, text, doubt, predicted, model) "
                    "VALUES (:at, :text, :doubt, :predicted, :model)"
                ),
                row,
            )

    def queue(self, limit: int = 50, offset: int = 0) -> Sequence[Doubtful]:
        """Return the open requests of the queue, the most doubtful first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT id, at, text, doubt, predicted, model FROM queue WHERE done IS NULL "
                    "ORDER BY doubt DESC, id LIMIT :limit OFFSET :offset"
                ),
                {"limit": limit, "offset": offset},
            ).all()
        return [Doubtful(r.id, r.at, r.text, r.doubt, json.loads(r.predicted), r.model) for r in rows]

    def queue_size(self) -> int:
        """Return how many requests wait for a person."""
        with self._engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM queue WHERE done IS NULL")).scalar_one())

    def queue_done(self, number: int) -> bool:
        """Take a request out of the queue; tell whether it was in it."""
        with self._engine.begin() as connection:
            done = connection.execute(
                text("UPDATE queue SET done = :at WHERE id = :id AND done IS NULL"),
                {"at": now(), "id": number},
            )
        return bool(done.rowcount)

    def _items(self, where: str, before: int, limit: int) -> Sequence[Feedback]:
        return self._rows(where, {"before": before, "limit": limit})

    def _rows(self, tail: str, values: dict[str, Any]) -> Sequence[Feedback]:
        names = ", ".join(Feedback.__slots__)
        with self._engine.connect() as connection:
            rows = connection.execute(text(f"SELECT {names} FROM feedback {tail}"), values).mappings().all()
        return [Feedback(**{**row, "predicted": json.loads(row["predicted"])}) for row in rows]


def _pairs(request: str) -> list[str]:
    """Return the pairs of neighbouring characters of the normalised text, each once, none with a mark."""
    plain = normalise(request).text
    pairs = (plain[i : i + 2] for i in range(len(plain) - 1))
    return list(dict.fromkeys(pair for pair in pairs if pair.isalnum()))


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _without_evidence(predicted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in predicted.items() if name != "evidence"}
