"""`hotline-nlp key create | list | revoke`: who may use the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import Json, app, guarded

key = typer.Typer(help="Make, list and revoke the service's API keys.", no_args_is_help=True)
app.add_typer(key, name="key")
Data = Annotated[
    Path | None,
    typer.Option(help="Folder of keys and feedback (default: ~/.hotline_nlp).", envvar="HOTLINE_NLP_DATA"),
]


@key.command()
@guarded
def create(
    name: Annotated[str, typer.Argument(help="Who uses it, e.g. the platform's name.")],
    admin: Annotated[bool, typer.Option("--admin", help="May have the model loaded again.")] = False,
    rate: Annotated[float | None, typer.Option(help="Requests a second (default: the service's).")] = None,
    max_texts: Annotated[int | None, typer.Option(help="Texts a batch (default: the service's).")] = None,
    max_body: Annotated[int | None, typer.Option(help="Bytes a body (default: the service's).")] = None,
    data: Data = None,
) -> None:
    """Make a key and print it once; only its hash is kept."""
    from .view_serve import make_key

    make_key(name, data, admin=admin, rate=rate, max_texts=max_texts, max_body=max_body)


@key.command("list")
@guarded
def list_(data: Data = None, as_json: Json = False) -> None:
    """List keys without their secrets."""
    from .view_serve import show_keys

    show_keys(data, as_json)


@key.command()
@guarded
def revoke(
    public: Annotated[str, typer.Argument(help="The key's first part, as key list shows it: hl_12345678.")],
    data: Data = None,
) -> None:
    """Revoke a key: a running service refuses it a second later."""
    from .view_serve import revoke_key

    revoke_key(public, data)
