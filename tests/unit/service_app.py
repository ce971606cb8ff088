"""The service in this process, on a real port: for tests that look inside it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from hotline_nlp.service.app import create_app
from hotline_nlp.service.settings import Settings
from hotline_nlp.service.state import State


@dataclass
class Running:
    state: State
    http: httpx.Client
    key: str
    admin: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """Serve on a free port; end by draining."""
    app = create_app(settings)
    state: State = app.state.service
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    logging.getLogger("uvicorn.access").disabled = True  # as in the configuration of `serve`
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        key, admin = state.keys.create("test"), state.keys.create("chief", admin=True)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as http:
            yield Running(state, http, key, admin)
    finally:
        server.should_exit = True
        thread.join()
