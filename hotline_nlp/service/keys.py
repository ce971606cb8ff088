"""API keys: made once, shown once, kept as hashes, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from ..errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Engine

SLOTS = 4096
"""Most keys, revoked ones included."""
FRESH = 1.0
"""Seconds after which a running service sees a key made or revoked elsewhere."""
_SHAPE = re.compile(r"hl_([0-9a-f]{8})_([\w-]{43})", re.ASCII)
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret: `rate` in requests a second, sizes by request, None: the service's."""

    id: int
    public: str
    name: str
    admin: bool = False
    rate: float | None = None
    max_texts: int | None = None
    max_body: int | None = None
    created: str = ""
    revoked: str | None = None


OPEN = Key(0, "-", "no key", admin=True)
"""Who asks where the service runs without keys, on loopback alone."""


def now() -> str:
    """Return the time in UTC by ISO 8601, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


class KeyStore:
    """The keys of a data folder. A secret has 256 random bits, so a plain SHA-256 of it is safe at rest."""

    def __init__(self, engine: Engine) -> None:
        """Read keys from this database."""
        self._engine = engine
        self._known: dict[str, tuple[Key, str]] = {}
        self._read = -FRESH

    def create(
        self,
        name: str,
        *,
        admin: bool = False,
        rate: float | None = None,
        max_texts: int | None = None,
        max_body: int | None = None,
    ) -> str:
        """Make a key and return it; nobody can read it again. Raises InputError for a limit below 1."""
        if not name.strip() or len(name) > 64:
            raise InputError("a key needs a name of 1 to 64 characters that says who uses it.")
        if any(value is not None and not value > 0 for value in (rate, max_texts, max_body)):
            raise InputError("a key's limits must be above 0.")
        public, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        row = {
            "public": public,
            "name": name.strip(),
            "hash": _hash(secret),
            "admin": int(admin),
            "rate": rate,
            "max_texts": max_texts,
            "max_body": max_body,
            "created": now(),
        }
        with self._engine.begin() as connection:
            if int(connection.execute(text("SELECT count(*) FROM keys")).scalar_one()) >= SLOTS - 1:
                raise InputError(f"there are {SLOTS - 1} keys already: start a new data folder.")
            connection.execute(
                text(
                    "INSERT INTO keys (public, name, hash, admin, rate, max_texts, max_body, created) VALUES "
                    "(:public, :name, :hash, :admin, :rate, :max_texts, :max_body, :created)"
                ),
                row,
            )
        self._read = -FRESH
        return f"hl_{public}_{secret}"

    def list(self) -> Sequence[Key]:
        """Return all keys, the oldest first, revoked ones included."""
        return [key for key, _ in self._rows()]

    def revoke(self, public: str) -> Key:
        """Revoke a key by its public part; raise InputError where there is none in use."""
        with self._engine.begin() as connection:
            done = connection.execute(
                text("UPDATE keys SET revoked = :now WHERE public = :public AND revoked IS NULL"),
                {"now": now(), "public": public.removeprefix("hl_")[:8]},
            )
        if done.rowcount != 1:
            raise InputError(f"no key in use is named {public!r}: see hotline-nlp key list.")
        self._read = -FRESH
        return next(key for key in self.list() if key.public == public.removeprefix("hl_")[:8])

    def verify(self, presented: str) -> Key | None:
        """Return the key that a client presents, None where it is wrong or revoked; constant time."""
        if time.monotonic() - self._read >= FRESH:
            self._known = {key.public: (key, hashed) for key, hashed in self._rows() if not key.revoked}
            self._read = time.monotonic()
        shape = _SHAPE.fullmatch(presented)
        public, secret = shape.groups() if shape else ("", presented)
        key, hashed = self._known.get(public, (None, _NOBODY))
        return key if hmac.compare_digest(_hash(secret), hashed) and shape else None

    def _rows(self) -> Sequence[tuple[Key, str]]:
        with self._engine.connect() as connection:
            rows = connection.execute(text("SELECT * FROM keys ORDER BY id")).mappings().all()
        return [(_key(row), str(row["hash"])) for row in rows]


def _key(row: Any) -> Key:
    fields = {name: row[name] for name in Key.__slots__}
    return Key(**{**fields, "admin": bool(fields["admin"])})


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
