"""The embedded database: one SQLite file in WAL mode, so that a killed process loses nothing it confirmed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, OperationalError

from ..errors import ServiceError

FILE = "hotline.sqlite"
VERSION = 1
BUSY = 5000
"""Milliseconds to wait for another writer."""
_TABLES = (
    """CREATE TABLE IF NOT EXISTS keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT, public TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        hash TEXT NOT NULL, admin INTEGER NOT NULL, rate REAL, max_texts INTEGER, max_body INTEGER,
        created TEXT NOT NULL, revoked TEXT)""",
    """CREATE TABLE IF NOT EXISTS feedback (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL,
        ticket TEXT NOT NULL, text TEXT NOT NULL, type TEXT NOT NULL, topic TEXT NOT NULL,
        unit TEXT NOT NULL, lead TEXT NOT NULL, returned_by TEXT NOT NULL, reason TEXT NOT NULL,
        predicted TEXT NOT NULL, model TEXT NOT NULL)""",
    "CREATE VIRTUAL TABLE IF NOT EXISTS feedback_words USING fts5(words, content='', tokenize='unicode61')",
    """CREATE TABLE IF NOT EXISTS queue (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, text TEXT NOT NULL UNIQUE,
        doubt REAL NOT NULL, predicted TEXT NOT NULL, model TEXT NOT NULL, done TEXT)""",
    "CREATE INDEX IF NOT EXISTS queue_doubt ON queue (done, doubt DESC)",
)


def open_database(folder: Path) -> Engine:
    """Open or create the database in a folder that only its owner may read; raise ServiceError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / FILE
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ServiceError(f"the data folder {folder} can't be written: choose another by --data.") from error
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=8)
    event.listen(engine, "connect", _prepare)
    try:
        with _in_words(path), engine.begin() as connection:
            version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
            if version > VERSION:
                raise ServiceError(f"{path} was written by a newer version: update hotline_nlp.")
            for statement in _TABLES:
                connection.execute(text(statement))
            connection.execute(text(f"PRAGMA user_version = {VERSION}"))
    except ServiceError:
        engine.dispose()
        raise
    return engine


@contextmanager
def opened(folder: Path) -> Iterator[Engine]:
    """Open the database for a block and let go of it at its end; raise ServiceError for its faults in it."""
    engine = open_database(folder)
    try:
        with _in_words(folder / FILE):
            yield engine
    finally:
        engine.dispose()


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turn the database's own errors into a ServiceError."""
    try:
        yield
    except OperationalError as error:  # locked, read-only, full: the file itself is sound
        raise ServiceError(
            f"{path} can't be used ({error.orig}): see that no other program holds it, that it may be "
            "written and that the disk has room, then try again."
        ) from error
    except DatabaseError as error:
        raise ServiceError(f"{path} can't be read as a database: restore it from a copy.") from error


def _prepare(connection: Any, _: Any) -> None:
    """Set up a new connection: WAL, every commit on disk, patience with other writers."""
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY}", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
