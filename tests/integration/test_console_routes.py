"""The routes behind the dispatcher's page: what they give, refuse, keep and clear."""

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient

from hotline_nlp.service import console_files, console_inspect, console_jobs
from hotline_nlp.service.app import create_app
from hotline_nlp.service.console_jobs import JobStore
from hotline_nlp.service.keys import KeyStore
from hotline_nlp.service.settings import Settings

FILES = "/v1/console/files"
ROWS = (
    "工单号,诉求内容\r\n1,昭山路的路灯坏了三天，晚上黑漆漆的\r\n2,\r\n3,超市卖过期牛奶还不肯退钱\r\n".encode()
)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Return the folder that the workers of a service share."""
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def client(tmp_path: Path, shared: Path) -> Iterator[TestClient]:
    app = create_app(Settings(data=tmp_path / "data", run=shared, workers=1))
    keys: KeyStore = app.state.service.keys
    with TestClient(app, base_url="http://127.0.0.1") as made:
        made.headers["Authorization"] = f"Bearer {keys.create('话务一组')}"
        yield made


def other(client: TestClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.app.state.service.keys.create('话务二组')}"}


def upload(client: TestClient, body: bytes = ROWS, name: str = "工单.csv", **options: object) -> dict:
    answer = client.post(FILES, params={"name": name}, content=body, **options)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(client: TestClient, body: bytes, name: str) -> tuple[int, str]:
    answer = client.post(FILES, params={"name": name}, content=body)
    return answer.status_code, answer.json()["detail"].split(":")[0]


def finished(client: TestClient, job: dict, **options: object) -> dict:
    asked = {"column": "诉求内容", "format": job["format"], **options}
    assert client.post(f"{FILES}/{job['id']}/start", json=asked).status_code == 202
    end = time.monotonic() + 30
    while (found := client.get(f"{FILES}/{job['id']}").json())["state"] == "running":
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_the_page_is_open_and_its_routes_are_not(client: TestClient) -> None:
    page = client.get("/", headers={"Authorization": ""})
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    for name in ("console.js", "console.css", "parts.css", "mark.svg"):
        assert client.get(f"/static/console/{name}", headers={"Authorization": ""}).status_code == 200
    for path in ("start", "queue", "files"):
        assert client.get(f"/v1/console/{path}", headers={"Authorization": "Bearer no"}).status_code == 401
    assert (
        client.post("/v1/console/read", json={"text": "路灯"}, headers={"Authorization": ""}).status_code
        == 401
    )


def test_the_page_holds_no_script_style_or_address_of_elsewhere() -> None:
    folder = Path(console_files.__file__).parent / "static" / "console"
    for path in folder.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, path
        assert "https://" not in text, path
        for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function"):
            assert word not in text, (path, word)
    page = (folder / "index.html").read_text("utf-8")
    assert " style=" not in page
    assert "<script>" not in page
    assert "<style" not in page
    assert " on" + "click=" not in page


def test_start_gives_the_labels_and_every_unit_with_its_function(client: TestClient) -> None:
    found = client.get("/v1/console/start").json()
    assert found["city"] == "湘潭市"
    assert found["user"] == "话务一组"
    assert "投诉" in found["labels"]["type"]
    units = {unit["name"]: unit["function"] for unit in found["units"]}
    assert units["湘潭县城市管理和综合执法局"] == "市城管执法局"
    assert units["湘潭县人民政府"] == "属地"
    assert len(units) == len(found["units"])
    assert set(units.values()) <= set(found["labels"]["unit"]) | {""}


def test_read_gives_the_result_with_evidence_and_what_was_alike(client: TestClient) -> None:
    text = "昭山路的路灯坏了三天，晚上黑漆漆的"
    said = {"kind": "accepted", "text": f"{text}，电话13912345678", "lead": "湘潭市城市管理和综合执法局"}
    assert client.post("/v1/feedback", json=said).status_code == 201
    found = client.post("/v1/console/read", json={"text": text}).json()
    assert found["result"] == client.post("/v1/classify", json={"text": text, "explain": True}).json()
    (alike,) = found["similar"]
    assert alike["text"].endswith("***********")
    assert alike["lead"] == said["lead"]
    assert 0.5 < alike["likeness"] <= 1
    assert client.post("/v1/console/read", json={"text": "字" * 5001}).status_code == 422
    assert client.post("/v1/console/read", json={"text": ""}).status_code == 422
    assert client.post("/v1/console/read", json={"text": "a", "more": 1}).status_code == 422


def test_the_queue_is_by_doubt_and_feedback_takes_out_of_it(client: TestClient) -> None:
    texts = ["跑了几个部门都说不归自己管，到底该找谁", "昭山路的路灯坏了三天", "我的电话13912345678，请回电"]
    for count, text in enumerate(texts, 1):
        assert client.post("/v1/console/queue", json={"text": text}).json() == {"waiting": count}
    found = client.get("/v1/console/queue").json()
    doubts = [item["doubt"] for item in found["items"]]
    assert doubts == sorted(doubts, reverse=True)
    assert not any("139" in item["text"] for item in found["items"])
    first = found["items"][0]["text"]
    client.post("/v1/feedback", json={"kind": "accepted", "text": first})
    assert first not in [item["text"] for item in client.get("/v1/console/queue").json()["items"]]
    assert len(client.get("/v1/console/queue", params={"limit": 1}).json()["items"]) == 1
    assert client.get("/v1/console/queue", params={"limit": 201}).status_code == 422


def test_a_csv_comes_back_with_its_rows_and_the_rejects(client: TestClient) -> None:
    job = upload(client)
    assert job["columns"] == ["工单号", "诉求内容"]
    assert job["guess"] == "诉求内容"
    assert (job["state"], job["size"], job["name"]) == ("waiting", len(ROWS), "工单.csv")
    assert "owner" not in job
    assert client.get(f"{FILES}/{job['id']}/result").status_code == 404
    done = finished(client, job)
    assert (done["state"], done["rows"], done["rejected"]) == ("done", 3, 1)
    assert sum(done["counts"]["decision"].values()) == 3
    result = client.get(f"{FILES}/{job['id']}/result")
    assert result.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(result.content.decode("utf-8-sig"))))
    assert [row["工单号"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["decision"] == "reject"
    assert "3" in client.get(f"{FILES}/{job['id']}/rejects").text
    assert (
        client.post(f"{FILES}/{job['id']}/start", json={"column": "诉求内容", "format": "csv"}).status_code
        == 409
    )


def test_a_csv_can_come_back_as_a_workbook_and_fill_the_queue(client: TestClient) -> None:
    doubtful = ["跑了几个部门都说不归自己管，到底该找谁", "这件事拖了很久，请给个说法"]
    body = "type,text\r\n" + "".join(f"甲,{text}\r\n" for text in doubtful) + "甲,昭山路的路灯坏了三天\r\n"
    job = upload(client, body.encode("gb18030"))
    assert job["guess"] == "text"
    done = finished(client, job, column="text", format="xlsx", review=True)
    assert done["state"] == "done"
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{FILES}/{job['id']}/result").content))
    head, *rows = book.active.values
    assert head[:3] == ("type", "text", "predicted_type")
    wanted = {row[1] for row in rows if row[head.index("decision")] == "review"}
    assert wanted
    assert done["queued"] == len(wanted)
    assert {item["text"] for item in client.get("/v1/console/queue").json()["items"]} == wanted


def test_what_is_no_table_is_refused_and_leaves_nothing_behind(client: TestClient, shared: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"\0" * (4 << 20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console_inspect, "UNPACKED", 1 << 20)
        assert refused(client, bomb.getvalue(), "a.xlsx") == (422, "format")
    assert refused(client, b"no workbook", "a.xlsx") == (422, "format")
    assert refused(client, b"", "a.csv") == (422, "format")
    assert refused(client, "诉求内容\r\n".encode(), "a.csv") == (422, "empty")
    assert refused(client, ROWS, "a.parquet") == (422, "name")
    assert refused(client, ROWS, "../../etc/passwd") == (422, "name")
    assert client.post(FILES, content=ROWS).status_code == 422
    assert (
        client.post(
            FILES, params={"name": "a.csv"}, content=ROWS, headers={"Content-Type": "text/plain"}
        ).status_code
        == 415
    )
    assert list((shared / "files").iterdir()) == []


def test_a_name_from_outside_never_becomes_a_path(client: TestClient, shared: Path) -> None:
    job = upload(client, name="..\\..\\一/../../<b>.CSV")
    assert job["name"] == "<b>.CSV"
    assert sorted(path.name for path in (shared / "files" / job["id"]).iterdir()) == ["input.csv", "job.json"]
    for number in ("..", "%2e%2e", job["id"][:-1], job["id"].upper(), "x" * 32):
        assert client.get(f"{FILES}/{number}").status_code in (404, 405)


def test_a_file_over_the_limit_is_refused_while_it_arrives(
    client: TestClient, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_files, "MAX_UPLOAD", 1000)
    sent = []

    def body() -> Iterator[bytes]:
        for _ in range(3):
            sent.append(1)
            yield b"x" * 600

    answer = client.post(FILES, params={"name": "a.csv"}, content=body())
    assert answer.status_code == 413
    assert list((shared / "files").iterdir()) == []


def test_files_are_their_senders_alone(client: TestClient) -> None:
    job, stranger = upload(client), other(client)
    address = f"{FILES}/{job['id']}"
    assert client.get(FILES, headers=stranger).json() == {"jobs": []}
    for answer in (
        client.get(address, headers=stranger),
        client.get(f"{address}/result", headers=stranger),
        client.post(f"{address}/start", headers=stranger, json={"column": "诉求内容", "format": "csv"}),
        client.delete(address, headers=stranger),
    ):
        assert answer.status_code == 404
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_a_wrong_column_or_a_missing_one_is_refused(client: TestClient) -> None:
    job = upload(client)
    answer = client.post(f"{FILES}/{job['id']}/start", json={"column": "没有", "format": "csv"})
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (422, "column")
    assert (
        client.post(f"{FILES}/{job['id']}/start", json={"column": "诉求内容", "format": "pdf"}).status_code
        == 422
    )
    assert client.get(f"{FILES}/{job['id']}").json()["state"] == "waiting"
    double = upload(client, "内容,内容\r\n路灯坏了,路灯坏了\r\n".encode())
    failed = finished(client, double, column="内容")
    assert (failed["state"], failed["fault"]) == ("failed", "column")
    assert "工单.csv" in failed["detail"]
    assert "/files/" not in failed["detail"]


def test_a_running_file_stops_when_it_is_removed(client: TestClient, shared: Path) -> None:
    body = "内容\r\n" + "昭山路的路灯坏了三天，晚上黑漆漆的\r\n" * 30000
    job = upload(client, body.encode())
    assert (
        client.post(f"{FILES}/{job['id']}/start", json={"column": "内容", "format": "csv"}).status_code == 202
    )
    assert client.delete(f"{FILES}/{job['id']}").status_code == 204
    end = time.monotonic() + 30
    while client.app.state.service.jobs or list((shared / "files").iterdir()):
        assert time.monotonic() < end
        client.get(FILES)
        time.sleep(0.05)


def test_the_oldest_makes_room_and_all_running_is_busy(client: TestClient, shared: Path) -> None:
    jobs = [upload(client) for _ in range(console_jobs.PER_KEY + 1)]
    listed = {job["id"] for job in client.get(FILES).json()["jobs"]}
    assert listed == {job["id"] for job in jobs[1:]}
    store = JobStore(shared / "files")
    for number in listed:
        store.save(replace(store._read(number), state="running"))  # type: ignore[type-var]
    assert refused(client, ROWS, "a.csv") == (503, "busy")


def test_old_files_go_and_a_silent_job_counts_as_stopped(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "files")
    old, young = store.create(1, "a.csv", ".csv"), store.create(1, "b.csv", ".csv")
    for job in (old, young):
        store.save(replace(job, state="running"))
    note = store.folder(old.id) / "job.json"
    plain = json.loads(note.read_text("utf-8"))
    note.write_text(json.dumps({**plain, "touched": time.time() - console_jobs.STALE - 1}), "utf-8")
    assert (store.load(old.id, 1).state, store.load(old.id, 1).fault) == ("failed", "stopped")
    assert store.load(young.id, 1).state == "running"
    note.write_text(json.dumps({**plain, "touched": time.time() - console_jobs.KEPT - 1}), "utf-8")
    (tmp_path / "files" / f".{'0' * 32}").mkdir()
    store.sweep()
    assert [path.name for path in (tmp_path / "files").iterdir()] == [young.id]
    assert (store.root.stat().st_mode & 0o077) == 0


def test_a_workbook_is_shown_as_its_cells_read(client: TestClient) -> None:
    book = openpyxl.Workbook()
    for row in (["编号", "内容", "急"], [7, "路灯坏了，晚上看不见路", True], [8.5, None, "是"]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    job = upload(client, stream.getvalue(), "值班.xlsx")
    assert job["sample"] == [["7", "路灯坏了，晚上看不见路", "true"], ["8.5", "", "是"]]
    assert (job["guess"], job["format"]) == ("内容", "xlsx")


def test_the_preview_masks_numbers_and_finds_the_longest_column(client: TestClient) -> None:
    body = "甲,乙\r\n13912345678,超市卖过期牛奶还不肯退钱，我的电话是13912345678\r\n"
    job = upload(client, body.encode())
    assert job["guess"] == "乙"
    assert "13912345678" not in json.dumps(job)
