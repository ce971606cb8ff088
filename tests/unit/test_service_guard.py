"""What docs/threat-model.md promises, each promise tried from outside."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_app import Running, running

from hotline_nlp.service.guard import KEYLESS
from hotline_nlp.service.settings import Settings

SECRET = "金桂路王某的电话13812345678，路灯坏了没人修"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = Settings(
        data=tmp_path_factory.mktemp("data"),
        hosts=("Hotline.Example.gov.cn", "[FD00::0:9]"),
        max_text=200,
        max_texts=5,
        max_body=4000,
        patience=0.5,
        rate=500,
    )
    with running(settings) as found:
        yield found


def post(live: Running, path: str, value: object, **headers: str) -> tuple[int, str]:
    found = live.http.post(path, json=value, headers={**live.headers, **headers})
    return found.status_code, "" if found.status_code < 400 else found.json()["detail"]


def ours(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the service logged; not the client's own records, which stand in the same process."""
    records = [record for record in caplog.records if not record.name.startswith("http")]
    return "\n".join(f"{record.getMessage()} {record.exc_info or ''}" for record in records)


def test_every_path_but_the_listed_needs_a_key(live: Running) -> None:
    paths = [
        *live.http.get("/openapi.json").json()["paths"],
        "/metrics",
        "/nothing",
        "/v1/nothing",
        "/v1/console",
    ]
    for path in paths:
        for method in ("GET", "POST", "PUT", "DELETE"):
            found = live.http.request(method, path, headers={"Content-Type": "application/json"})
            if path in KEYLESS:
                assert found.status_code != 401, path
            else:
                assert found.status_code == 401, (method, path)
                assert found.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Basic abc", "bearer hl_00000000_" + "a" * 43])
def test_wrong_keys_are_refused(live: Running, value: str) -> None:
    found = live.http.get("/v1/labels", headers={"Authorization": value})
    assert (found.status_code, found.headers["Content-Type"]) == (401, "application/problem+json")


def test_a_key_in_the_address_is_no_key(live: Running) -> None:
    assert live.http.get("/v1/labels", params={"key": live.key, "api_key": live.key}).status_code == 401
    assert live.http.get("/v1/labels", headers={"Cookie": f"key={live.key}"}).status_code == 401


def test_only_an_admin_key_reloads(live: Running) -> None:
    status, sentence = post(live, "/v1/admin/reload", {})
    assert (status, sentence) == (403, "this needs an admin key: make one by hotline-nlp key create --admin.")
    headers = {"Authorization": f"Bearer {live.admin}"}
    assert live.http.post("/v1/admin/reload", headers=headers).status_code == 202


def test_a_key_has_a_rate_and_is_told_when_to_come_back(live: Running) -> None:
    headers = {"Authorization": f"Bearer {live.state.keys.create('slow', rate=3)}"}
    found = [live.http.get("/v1/labels", headers=headers) for _ in range(5)]
    assert [one.status_code for one in found][:3] == [200, 200, 200]
    assert found[4].status_code == 429
    assert int(found[4].headers["Retry-After"]) >= 1
    assert "3 times a second" in found[4].json()["detail"]
    assert live.http.get("/v1/labels", headers=live.headers).status_code == 200


def test_a_key_has_sizes(live: Running) -> None:
    headers = {"Authorization": f"Bearer {live.state.keys.create('small', max_texts=2, max_body=300)}"}
    assert live.http.post("/v1/batch", json=["甲"] * 2, headers=headers).status_code == 200
    found = live.http.post("/v1/batch", json=["甲"] * 3, headers=headers)
    assert (found.status_code, found.json()["detail"][:33]) == (413, "the list has 3 texts and may have")
    assert live.http.post("/v1/batch", json=["甲" * 150], headers=headers).status_code == 413


def test_a_long_body_is_refused_before_it_is_read(live: Running) -> None:
    status, sentence = post(live, "/v1/classify", {"text": "字" * 4000})
    assert (status, sentence[:37]) == (413, "the body is longer than 4000 bytes: s")


def test_a_long_body_without_a_length_is_refused_too(live: Running) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(100):
            yield b"x" * 100

    headers = {**live.headers, "Content-Type": "application/json"}
    assert live.http.post("/v1/classify", content=pieces(), headers=headers).status_code == 413


def test_a_long_text_is_refused_with_its_length(live: Running) -> None:
    status, sentence = post(live, "/v1/classify", {"text": "字" * 201})
    assert (status, sentence) == (422, "text has 201 characters: send at most 200 a request.")
    status, sentence = post(live, "/v1/batch", ["甲", "字" * 201])
    assert (status, sentence) == (422, "text 2 has 201 characters: send at most 200 a request.")
    assert post(live, "/v1/feedback", {"kind": "accepted", "text": "字" * 201})[0] == 422


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "praise"}, "kind"),
        ({"type": "不存在"}, "type"),
        ({"lead": "字" * 129}, "lead"),
        ({"ticket": "1" * 65}, "ticket"),
        ({"reason": "字" * 501}, "reason"),
        ({"more": 1}, "more"),
        ({"text": ""}, "text"),
        ({"kind": "correction"}, "a correction needs"),
        ({"kind": "return"}, "a return needs"),
    ],
)
def test_feedback_is_bounded(live: Running, change: dict[str, object], named: str) -> None:
    before = live.state.feedback.count()
    status, sentence = post(live, "/v1/feedback", {"kind": "accepted", "text": "路灯坏了", **change})
    assert status == 422
    assert sentence.startswith(named)
    assert live.state.feedback.count() == before


def test_refusals_never_repeat_the_request(live: Running) -> None:
    for body in (
        {"text": SECRET, SECRET[:5]: 1},
        {"text": [SECRET]},
        {"text": SECRET, "history": [{"unit": SECRET}]},
        {"text": SECRET, "history": [{"unit": "市公安局", "at": SECRET}]},
    ):
        status, sentence = post(live, "/v1/classify", body)
        assert status == 422
        assert "13812345678" not in sentence


def test_nothing_of_a_text_is_logged(live: Running, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        post(live, "/v1/classify", {"text": SECRET, "explain": True, "queue": True})
        post(live, "/v1/classify", {"text": SECRET, "more": SECRET})
        post(live, "/v1/batch", [SECRET])
        post(live, "/v1/feedback", {"kind": "accepted", "text": SECRET})
        live.http.get(f"/v1/{SECRET}", params={"q": SECRET}, headers=live.headers)
        live.http.request("POST", "/v1/classify", content=SECRET.encode(), headers=live.headers)
        stream = {**live.headers, "Content-Type": "application/x-ndjson"}
        live.http.post("/v1/batch/stream", content=json.dumps(SECRET).encode(), headers=stream)
    logged = ours(caplog)
    assert "POST /v1/classify 200" in logged
    assert "text=" in logged
    for part in ("13812345678", "金桂路", "路灯", "%E9", live.key):
        assert part not in logged, part


def test_a_failure_is_logged_by_its_place_alone(
    live: Running, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(live.state.feedback, "add", broken)
    with caplog.at_level(logging.DEBUG):
        status, sentence = post(live, "/v1/feedback", {"kind": "accepted", "text": SECRET})
        while "feedback 500" not in ours(caplog):  # it is written after the answer
            time.sleep(0.01)
    assert status == 500
    logged = ours(caplog)
    assert "RuntimeError at " in logged
    assert "13812345678" not in logged + sentence


def test_masked_texts_come_back_masked(live: Running) -> None:
    found = live.http.post("/v1/classify", json={"text": SECRET, "explain": True}, headers=live.headers)
    assert found.status_code == 200
    assert "13812345678" not in found.text


@pytest.mark.parametrize(
    "path", ["/healthz", "/docs", "/v1/labels", "/nothing", "/static/swagger/start.js", "/metrics"]
)
def test_every_answer_has_the_headers(live: Running, path: str) -> None:
    for headers in ({}, live.headers):
        found = live.http.get(path, headers=headers).headers
        policy = dict(part.strip().split(" ", 1) for part in found["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in found["Content-Security-Policy"]
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["X-Frame-Options"] == "DENY"
        assert found["Referrer-Policy"] == "no-referrer"
        assert found["Cache-Control"] == "no-store"
        assert "server" not in found


def test_other_sites_get_nothing(live: Running) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    assert post(live, "/v1/classify", {"text": "路灯坏了"}, **foreign)[0] == 403
    asked = live.http.options("/v1/classify", headers={**foreign, "Access-Control-Request-Method": "POST"})
    read = live.http.get("/v1/schema", headers=foreign)
    for found in (asked, read):
        assert not [name for name in found.headers if name.lower().startswith("access-control")]
    for torn in ("http://[", "http://[::1", "null", "//"):
        assert post(live, "/v1/classify", {"text": "路灯坏了"}, Origin=torn)[0] == 403
    own = str(live.http.base_url).rstrip("/")
    assert post(live, "/v1/classify", {"text": "路灯坏了"}, Origin=own)[0] == 200


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_bodies_that_a_form_can_send_are_refused(live: Running, media: str) -> None:
    headers = {**live.headers, "Content-Type": media}
    found = live.http.post("/v1/classify", content=b'{"text": "x"}', headers=headers)
    assert found.status_code == 415


def test_a_name_that_is_not_ours_is_refused(live: Running) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1"):
        assert live.http.get("/healthz", headers={"Host": host}).status_code in (400, 421)


@pytest.mark.parametrize(
    "host",
    ["hotline.example.gov.cn", "HOTLINE.example.gov.cn:8000", "[fd00::9]", "[FD00:0::9]:443", "[::1]:8000"],
)
def test_a_named_host_is_ours_however_it_is_written(live: Running, host: str) -> None:
    assert live.http.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2ferrors.py", "/static//etc/passwd"],
)
def test_no_path_leaves_the_static_folder(live: Running, path: str) -> None:
    raw = socket.create_connection((live.http.base_url.host, live.http.base_url.port or 0), 10)
    with raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        head = raw.recv(100)
    assert head.split()[1] == b"404"


def test_a_client_that_falls_silent_is_let_go(live: Running) -> None:
    raw = socket.create_connection((live.http.base_url.host, live.http.base_url.port or 0), 10)
    began = time.monotonic()
    with raw:
        raw.sendall(
            b"POST /v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + live.key.encode() + b'\r\nContent-Length: 100\r\n\r\n{"te'
        )
        head = raw.recv(100)
    assert head.split()[1] == b"408"
    assert time.monotonic() - began >= 0.5


def test_a_folder_of_pickles_is_no_model(tmp_path: Path) -> None:
    from hotline_nlp.errors import ModelError
    from hotline_nlp.service.app import create_app

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.pkl").write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    with pytest.raises(ModelError):
        create_app(Settings(data=tmp_path / "data", model=str(tmp_path / "model")))
