"""Run the service: check that it can start, bind once, start workers, pass on signals."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from uvicorn.supervisors import Multiprocess

from ..errors import ServiceError
from .database import opened
from .keys import KeyStore
from .logs import configure
from .settings import Settings
from .shared import Shared

APP = "hotline_nlp.service.app:from_environment"
SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"
BACKLOG = 2048


class Supervisor(Multiprocess):
    """uvicorn's supervisor of workers; SIGHUP has them load the model again rather than start anew."""

    reload: Callable[[], object]

    def handle_hup(self) -> None:
        """Ask all workers to load the model again."""
        self.reload()


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then let open requests end. Raises HotlineError where it can't start."""
    check(settings)
    bound = _bind(settings)
    with bound, TemporaryDirectory(prefix="hotline_nlp-") as folder:
        settings = replace(settings, run=Path(folder), port=bound.getsockname()[1])
        os.environ.update({**settings.to_env(), SHARED_METRICS: folder})
        shared = Shared(settings.run)
        scheme = "http" if settings.tls_cert is None else "https"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        say(f"serving on {scheme}://{host}:{settings.port} with {settings.workers} workers; Ctrl+C stops")
        _run(_config(settings), bound, shared)


def check(settings: Settings) -> None:
    """Raise HotlineError where the data folder, the keys, the model or the city do not allow a start."""
    from ..classifier import Classifier

    with opened(settings.data) as database:
        if settings.auth and not any(key.revoked is None for key in KeyStore(database).list()):
            raise ServiceError(
                f"{settings.data} holds no API key: make one by hotline-nlp key create NAME, or, on this "
                "machine alone, pass --no-auth."
            )
    if settings.tls_cert is not None and settings.tls_key is not None:
        _check_tls(settings.tls_cert, settings.tls_key)
    Classifier.load(settings.model, city=settings.city)


def _check_tls(cert: Path, key: Path) -> None:
    """Raise ServiceError where the workers could not load this certificate and key."""
    for file in (cert, key):
        if not file.is_file():
            raise ServiceError(f"{file} is no file: give --tls-cert and --tls-key PEM files.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")  # asks nobody for one
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise ServiceError(
            f"{cert} and {key} are no certificate with its key: give --tls-cert and --tls-key PEM files that "
            "belong together, the key without a password."
        ) from error


def _bind(settings: Settings) -> socket.socket:
    """Bind the address once, for all workers."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family)
    try:
        if os.name != "nt":  # there it would let two services share the port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        raise ServiceError(
            f"{settings.host}:{settings.port} can't be bound ({error.strerror}): choose another --port."
        ) from error
    bound.set_inheritable(True)
    return bound


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        APP,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=configure(),
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.drain,
        timeout_worker_healthcheck=30,
        ssl_certfile=str(settings.tls_cert) if settings.tls_cert else None,
        ssl_keyfile=str(settings.tls_key) if settings.tls_key else None,
    )


def _run(config: uvicorn.Config, bound: socket.socket, shared: Shared) -> None:
    if config.workers > 1:
        supervisor = Supervisor(config, [bound])
        supervisor.reload = shared.ask_reload
        supervisor.run()
        return
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: shared.ask_reload())
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again after it has drained
        uvicorn.Server(config).run([bound])
    sys.stderr.flush()
