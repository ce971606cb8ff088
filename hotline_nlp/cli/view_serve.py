"""Start the service; make, list and revoke its keys; export its feedback."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._require import require
from .console import console, print_json, table
from .target import check_target

if TYPE_CHECKING:
    from sqlalchemy import Engine


def run_serve(**given: Any) -> None:
    """Serve with these settings; those that have no flag come from the environment alone."""
    for module in ("fastapi", "uvicorn", "orjson", "prometheus_client", "sqlalchemy"):
        require(module, "service")
    from ..service.server import serve
    from ..service.settings import Settings

    chosen = {name: value for name, value in given.items() if value is not None}
    serve(replace(Settings.from_env(_other(os.environ, chosen)), **chosen), _say)


def _other(environment: Any, chosen: dict[str, Any]) -> dict[str, str]:
    """Return the environment without what the flags have decided already."""
    taken = {"HOTLINE_NLP_" + name.upper() for name in chosen}
    return {name: value for name, value in environment.items() if name not in taken}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _database(data: Path | None) -> AbstractContextManager[Engine]:
    """Return a data folder's database, open for a block; ServiceError says what goes wrong with it there."""
    require("sqlalchemy", "service")
    from ..service.database import opened
    from ..service.settings import default_data

    return opened(data or default_data())


def make_key(name: str, data: Path | None, **limits: Any) -> None:
    """Make a key and print it, alone on standard output."""
    with _database(data) as database:
        from ..service.keys import KeyStore

        print(KeyStore(database).create(name, **limits))
    _say("keep it now: only its hash is stored, and it is not shown again.")


def show_keys(data: Path | None, as_json: bool) -> None:
    """Print all keys without their secrets."""
    from dataclasses import asdict

    with _database(data) as database:
        from ..service.keys import KeyStore

        keys = KeyStore(database).list()
    if as_json:
        print_json([asdict(key) for key in keys])
        return
    shown = table("key", "name", "admin", "rate", "made", "revoked", right=("rate",))
    for key in keys:
        rate = f"{key.rate:g}" if key.rate else "-"
        shown.add_row(
            f"hl_{key.public}_…",
            key.name,
            "yes" if key.admin else "no",
            rate,
            key.created,
            key.revoked or "-",
        )
    console().print(shown)


def revoke_key(public: str, data: Path | None) -> None:
    """Revoke a key; a running service refuses it a second later."""
    with _database(data) as database:
        from ..service.keys import KeyStore

        key = KeyStore(database).revoke(public)
    print(f"revoked hl_{key.public}_… of {key.name}")


def export_feedback(out: Path, data: Path | None, *, force: bool) -> None:
    """Write feedback as a training table."""
    check_target(out, [], force=force)
    with _database(data) as database:
        from ..service.export import write_export
        from ..service.feedback import FeedbackStore

        store = FeedbackStore(database)
        rows = write_export(store.all(), out)
        print(f"wrote {rows} requests of {store.count()} feedback items to {out}")
    if rows:
        heads = "--type type --topic topic --unit unit"
        _say(f"train on them: hotline-nlp train {out} --from linear {heads} --out FOLDER")
