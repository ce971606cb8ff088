"""More than a worker can do is refused at once, and leaves nothing behind."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from service_app import Running, running

from hotline_nlp.service import database
from hotline_nlp.service.settings import Settings


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data: Path = tmp_path_factory.mktemp("overload")
    with running(Settings(data=data, inflight=2, jobs=1, pending=1, patience=20)) as found:
        yield found


@contextmanager
def unfinished(live: Running, path: str, media: str, body: bytes) -> Iterator[socket.socket]:
    """Begin a request and leave it there."""
    raw = socket.create_connection((live.http.base_url.host, live.http.base_url.port or 0), 20)
    with raw:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {live.key}\r\n"
            f"Content-Type: {media}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        raw.sendall(head.encode() + f"{len(body):x}\r\n".encode() + body + b"\r\n")
        yield raw


def test_requests_beyond_the_bound_are_refused_at_once(live: Running) -> None:
    begun = ("/v1/classify", "application/json", b'{"text"')
    with unfinished(live, *begun), unfinished(live, *begun):
        while live.http.get("/v1/labels", headers=live.headers).status_code == 200:
            pass  # until both have come in
        found = live.http.post("/v1/classify", json={"text": "路灯坏了"}, headers=live.headers)
        assert (found.status_code, found.json()["detail"][:29]) == (503, "too many requests are waiting")
        assert int(found.headers["Retry-After"]) >= 1
        assert live.http.get("/healthz").status_code == 200
    while live.http.post("/v1/classify", json={"text": "路灯坏了"}, headers=live.headers).status_code != 200:
        pass  # until the service has noticed that they are gone


def test_batches_beyond_the_bound_are_refused_at_once(live: Running) -> None:
    line = json.dumps({"id": 1, "text": "路灯坏了"}).encode() + b"\n"
    with unfinished(live, "/v1/batch/stream", "application/x-ndjson", line) as raw:
        answered = b""
        while b'"id":1' not in answered:  # it is answered while the request is still open
            answered += raw.recv(4096)
        for path, body in (("/v1/batch", ["甲"]), ("/v1/batch/stream", None)):
            found = live.http.post(
                path,
                content=json.dumps(body or "甲"),
                headers={
                    **live.headers,
                    "Content-Type": "application/json" if body else "application/x-ndjson",
                },
            )
            assert found.status_code == 503
        assert live.http.post("/v1/classify", json={"text": "甲"}, headers=live.headers).status_code == 200
    while live.http.post("/v1/batch", json=["甲"], headers=live.headers).status_code != 200:
        pass
    assert live.state.jobs == 0


def test_a_locked_database_is_told_and_what_was_refused_can_be_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "BUSY", 20)
    given = {"kind": "accepted", "text": "金桂路的路灯坏了好几天"}
    with running(Settings(data=tmp_path)) as live:
        other = sqlite3.connect(tmp_path / database.FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused = live.http.post("/v1/feedback", json=given, headers=live.headers)
        queued = [
            live.http.post("/v1/classify", json={"text": text, "queue": True}, headers=live.headers)
            for text in ("你好", "有件事想反映一下", given["text"])
        ]
        answered = live.http.post("/v1/classify", json={"text": given["text"]}, headers=live.headers)
        other.execute("ROLLBACK")
        other.close()
        taken = live.http.post("/v1/feedback", json=given, headers=live.headers)
    assert refused.status_code == 503 and refused.headers["retry-after"] == "5"
    assert refused.json()["detail"].startswith("the service can't use its database now: send the same")
    assert 503 in {found.status_code for found in queued} <= {200, 503}
    assert answered.status_code == 200 and taken.status_code == 201
    request = refused.headers["x-request-id"]
    assert f"request={request}: the database can't be used (database is locked): Operational" in caplog.text
    assert given["text"] not in caplog.text
