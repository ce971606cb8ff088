import csv
import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from service_process import COMMAND, ROOT, Served, make_key, served

from hotline_nlp import Classifier
from hotline_nlp.samples import load_samples

TEXTS = [row["text"] for row in load_samples()]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    data = tmp_path_factory.mktemp("data")
    return data, make_key(data), make_key(data, "--admin")


@pytest.fixture(scope="module")
def live(keys: tuple[Path, str, str]) -> Iterator[Served]:
    with served(keys[0], "--workers", "2") as found:
        yield found


@pytest.fixture
def http(live: Served, keys: tuple[Path, str, str]) -> Iterator[httpx.Client]:
    with live.client(keys[1]) as found:
        yield found


def test_answers_are_the_librarys(http: httpx.Client) -> None:
    clf = Classifier.load()
    for text in TEXTS[:5]:
        found = http.post("/v1/classify", json={"text": text, "explain": True}).json()
        assert close(found, clf.classify(text, explain=True).to_dict())
    many = http.post("/v1/batch", json=[*TEXTS[:20], None]).json()
    assert close(many, [result.to_dict() for result in clf.iter_results([*TEXTS[:20], None])])


def close(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(close(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(close, one, other))
    return one == (pytest.approx(other, abs=1e-4) if isinstance(other, float) else other)


def test_a_history_counts(http: httpx.Client) -> None:
    text = "小区门口的夜市油烟很大，请城管来管一管"
    plain = http.post("/v1/classify", json={"text": text}).json()
    history = [{"unit": plain["dispatch"]["lead"], "reason": "不属于我单位职责"}] * 2
    again = http.post("/v1/classify", json={"text": text, "history": history}).json()
    assert again["dispatch"] != plain["dispatch"]


@pytest.mark.parametrize("view", ["brief", "full"])
def test_a_stream_keeps_its_order_and_its_bad_lines(http: httpx.Client, view: str) -> None:
    lines = [json.dumps({"id": n, "text": TEXTS[n % len(TEXTS)]}, ensure_ascii=False) for n in range(3000)]
    lines[7], lines[1500] = "{not json", json.dumps({"id": 1500, "text": ""})
    body = ("\n".join(lines) + "\n\n").encode()
    found = http.post(
        "/v1/batch/stream",
        params={"view": view},
        content=(body[i : i + 7919] for i in range(0, len(body), 7919)),
        headers={"Content-Type": "application/x-ndjson"},
    )
    answers = [json.loads(line) for line in found.text.splitlines()]
    assert [answer.get("id") for answer in answers] == [None if n == 7 else n for n in range(3000)]
    actions = Counter(answer["decision"]["action"] for answer in answers)
    assert actions["reject"] >= 2
    assert answers[7]["decision"]["reason"].startswith("该行不是JSON")
    assert ("evidence" in answers[0]) == (view == "full")


def test_a_client_may_send_all_before_it_reads(http: httpx.Client) -> None:
    count = 12_000  # answers of some 6 MB, more than sockets hold
    body = (json.dumps(TEXTS[0]) + "\n").encode() * count
    found = http.post("/v1/batch/stream", content=body, headers={"Content-Type": "application/x-ndjson"})
    assert found.text.count("\n") == count


def test_workers_count_together(http: httpx.Client) -> None:
    def total() -> float:
        page = http.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in page if line.startswith("hotline_texts_total"))

    before = total()
    for _ in range(10):
        http.headers["Connection"] = "close"  # a new connection may reach the other worker
        http.post("/v1/classify", json={"text": TEXTS[0]})
    assert total() == before + 10


def test_reloads_drop_no_request(live: Served, keys: tuple[Path, str, str]) -> None:
    stop, statuses = threading.Event(), Counter[int | str]()

    def ask() -> None:
        with live.client(keys[1]) as http:
            while not stop.is_set():
                try:
                    statuses[http.post("/v1/classify", json={"text": TEXTS[0]}).status_code] += 1
                except httpx.HTTPError as error:
                    statuses[type(error).__name__] += 1

    def done(http: httpx.Client) -> int:
        lines = http.get("/metrics").text.splitlines()
        return sum(
            int(float(line.split()[-1])) for line in lines if line.startswith("hotline_reloads_total{")
        )

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        with live.client(keys[2]) as admin:
            assert admin.post("/v1/admin/reload").status_code == 202
            wait_for(lambda: done(admin) >= 2)
            if hasattr(signal, "SIGHUP"):
                live.process.send_signal(signal.SIGHUP)
                wait_for(lambda: done(admin) >= 4)
            assert admin.get("/v1/model").json()["generation"] >= 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}
    assert live.process.poll() is None


def wait_for(happens: object, seconds: float = 60) -> None:
    assert callable(happens)
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def test_docs_work_without_internet(http: httpx.Client) -> None:
    page = http.get("/docs").text
    for address in ("/static/swagger/swagger-ui.css", "/static/swagger/swagger-ui-bundle.js"):
        assert address in page
        assert len(http.get(address).content) > 100_000
    assert "//" not in page.replace("<!doctype", "")
    assert http.get("/openapi.json").json()["info"]["title"] == "hotline_nlp"


def test_stopping_lets_open_requests_end(tmp_path: Path) -> None:
    with served(tmp_path, "--no-auth", "--workers", "2") as live:

        def lines() -> Iterator[bytes]:
            for number in range(20):
                yield (json.dumps({"id": number, "text": TEXTS[number]}) + "\n").encode()
                if number == 5:
                    live.process.send_signal(signal.SIGTERM)
                time.sleep(0.1 if number >= 5 else 0)

        with live.client() as http:
            found = http.post(
                "/v1/batch/stream", content=lines(), headers={"Content-Type": "application/x-ndjson"}
            )
        assert [json.loads(line)["id"] for line in found.text.splitlines()] == list(range(20))
        assert live.process.wait(40) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(live.url, trust_env=False)


def test_confirmed_feedback_survives_kill_9(tmp_path: Path) -> None:
    out = tmp_path / "train.csv"
    with served(tmp_path / "data", "--no-auth", "--workers", "1") as live:
        with live.client() as http:
            for number, text in enumerate(TEXTS[:12]):
                body = {"kind": "correction", "text": text, "topic": "市政设施", "ticket": f"T{number}"}
                assert http.post("/v1/feedback", json=body).status_code == 201
        os.kill(live.process.pid, signal.SIGKILL)
        live.process.wait()
    export = [*COMMAND, "feedback", "export", str(out), "--data", str(tmp_path / "data")]
    done = subprocess.run(export, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "wrote 12 requests" in done.stdout
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["id"] for row in rows] == [f"T{number}" for number in range(12)]
    assert {row["topic"] for row in rows} == {"市政设施"}


def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    with served(tmp_path, "--no-auth", "--workers", "2") as live:
        os.kill(live.process.pid, signal.SIGKILL)
        live.process.wait()

        def gone() -> bool:
            try:
                httpx.get(f"{live.url}/healthz", trust_env=False)
            except httpx.HTTPError:
                return True
            return False

        wait_for(gone)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "holds no API key: make one by hotline-nlp key create NAME"),
        (("--no-auth", "--host", "0.0.0.0"), "leave out --no-auth, or bind 127.0.0.1."),
        (("--no-auth", "--model", "/nowhere"), "no packaged model and no folder is named"),
        (("--no-auth", "--workers", "0"), "workers is 0: give a number above 0."),
    ],
)
def test_a_start_that_cannot_be_is_one_sentence(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    command = [*COMMAND, "serve", "--port", "0", "--data", str(tmp_path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_in_use_is_one_sentence(live: Served, tmp_path: Path) -> None:
    port = live.url.rsplit(":", 1)[1]
    command = [*COMMAND, "serve", "--port", port, "--data", str(tmp_path), "--no-auth"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "choose another --port" in done.stderr


def test_keys_are_listed_and_revoked(live: Served, keys: tuple[Path, str, str]) -> None:
    key = make_key(keys[0], "--rate", "7")
    with live.client(key) as http:
        wait_for(lambda: http.get("/v1/labels").status_code == 200)
        listed = subprocess.run(
            [*COMMAND, "key", "list", "--json", "--data", str(keys[0])],
            capture_output=True,
            check=True,
            cwd=ROOT,
        )
        assert [one["rate"] for one in json.loads(listed.stdout)][-1] == 7
        assert key.split("_", 2)[2].encode() not in listed.stdout
        subprocess.run([*COMMAND, "key", "revoke", key[:11], "--data", str(keys[0])], check=True, cwd=ROOT)
        wait_for(lambda: http.get("/v1/labels").status_code == 401)


def test_the_log_holds_no_text(live: Served, http: httpx.Client) -> None:
    secret = "尾号为13812345678的来电人说井盖松动"
    http.post("/v1/classify", json={"text": secret})
    http.get(f"/v1/{secret}", params={"q": secret})
    wait_for(lambda: "GET other 404" in live.log.read_text("utf-8"))
    logged = live.log.read_text("utf-8")
    assert "POST /v1/classify 200" in logged
    for part in ("13812345678", "井盖", "%E", *TEXTS[0][:1]):
        assert part not in logged
