"""Logs without texts: a line a request with ids and figures, and errors by their place alone."""

from __future__ import annotations

import hashlib
import logging
import secrets
import traceback
from pathlib import Path

LOG = logging.getLogger("hotline_nlp.service")
_SALT = secrets.token_bytes(16)


def text_id(text: str) -> str:
    """Return an id of a text: the same text has the same id until the process ends, and no other use."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6, key=_SALT).hexdigest()


def where(error: BaseException) -> str:
    """Return an error's kind and place, not its message, which may quote a request."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def configure() -> dict[str, object]:
    """Return the logging configuration of a worker: one line each on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "hotline_nlp.service": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }
