"""`hotline-nlp serve`: answer requests over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import MODEL, app, guarded

ENV = "HOTLINE_NLP_"


def option(help_: str, name: str, *flags: str) -> typer.models.OptionInfo:
    """Return an option that an environment variable can give too."""
    return typer.Option(*flags, help=help_, envvar=ENV + name, show_envvar=False)  # type: ignore[no-any-return]


@app.command()
@guarded
def serve(
    host: Annotated[str, option("Address to bind.", "HOST")] = "127.0.0.1",
    port: Annotated[int, option("Port to bind; 0 takes a free one.", "PORT")] = 8000,
    workers: Annotated[int, option("Worker processes; each loads the model.", "WORKERS")] = 2,
    model: Annotated[str, option(MODEL, "MODEL")] = "linear",
    city: Annotated[str, option("A packaged city's name or a city pack's folder.", "CITY")] = "xiangtan",
    data: Annotated[
        Path | None, option("Folder of keys and feedback (default: ~/.hotline_nlp).", "DATA")
    ] = None,
    auth: Annotated[
        bool, typer.Option("--auth/--no-auth", help="Ask for API keys (default), or not: loopback only.")
    ] = True,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(help="Another name that requests may be addressed to; repeat it for more."),
    ] = None,
    max_body: Annotated[int, option("Bytes a body.", "MAX_BODY")] = 4 << 20,
    max_text: Annotated[int, option("Characters a request.", "MAX_TEXT")] = 5000,
    max_texts: Annotated[int, option("Texts a batch.", "MAX_TEXTS")] = 1000,
    rate: Annotated[float, option("Requests a second for a key without a rate of its own.", "RATE")] = 2000.0,
    drain: Annotated[int, option("Seconds that open requests get at the end.", "DRAIN")] = 30,
    tls_cert: Annotated[Path | None, option("Certificate, PEM.", "TLS_CERT")] = None,
    tls_key: Annotated[Path | None, option("Its key, PEM.", "TLS_KEY")] = None,
) -> None:
    """Serve /v1/classify, /v1/batch, /v1/batch/stream, /v1/feedback and the dispatcher's page over HTTP.

    An option can also be an environment variable, as HOTLINE_NLP_PORT is for --port.
    For --allowed-host it is HOTLINE_NLP_HOSTS, names joined by commas; --no-auth has none.
    """
    from .view_serve import run_serve

    run_serve(
        host=host,
        port=port,
        workers=workers,
        model=model,
        city=city,
        data=data,
        auth=auth,
        hosts=tuple(allowed_host) if allowed_host else None,
        max_body=max_body,
        max_text=max_text,
        max_texts=max_texts,
        rate=rate,
        drain=drain,
        tls_cert=tls_cert,
        tls_key=tls_key,
    )
