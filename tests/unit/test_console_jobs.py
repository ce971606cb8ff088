"""Jobs of the page under contention: two starts at once, a note that is being read, a long review."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from service_app import running

from hotline_nlp import Classifier
from hotline_nlp.service import console_score
from hotline_nlp.service.console_jobs import STALE, Job, JobStore
from hotline_nlp.service.console_score import score_job
from hotline_nlp.service.database import open_database
from hotline_nlp.service.feedback import FeedbackStore
from hotline_nlp.service.problems import Problem
from hotline_nlp.service.settings import Settings

DOUBTFUL = ("跑了几个部门都说不归自己管，到底该找谁", "这件事拖了很久，请给个说法", "昭山路的路灯坏了三天")
FILES = "/v1/console/files"


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path / "files")


def uploaded(store: JobStore) -> Job:
    job = store.create(1, "a.csv", ".csv")
    store.source(job).write_text("\n".join(("内容", *DOUBTFUL, "")), "utf-8")
    return store.save(replace(job, state="running"))


def scored(store: JobStore, job: Job, queue: FeedbackStore | None = None) -> Job:
    score_job(store, job, "内容", Classifier.load(), queue, lambda: False)
    return store.load(job.id, 1)


def test_of_two_starts_at_once_one_is_refused_and_the_other_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, load = threading.Barrier(2), JobStore.load

    def together(store: JobStore, number: str, owner: int) -> Job:
        job = load(store, number, owner)
        both.wait(20)  # both requests have seen that the file waits
        return job

    with running(Settings(data=tmp_path)) as live:
        body = "\n".join(("内容", *DOUBTFUL)).encode()
        job = live.http.post(FILES, params={"name": "a.csv"}, content=body, headers=live.headers).json()
        address, asked = f"{FILES}/{job['id']}", {"column": "内容", "format": "csv"}
        monkeypatch.setattr(JobStore, "load", together)
        with ThreadPoolExecutor(2) as pool:

            def start(_: int) -> int:
                return live.http.post(f"{address}/start", json=asked, headers=live.headers).status_code

            assert sorted(pool.map(start, range(2))) == [202, 409]
        monkeypatch.setattr(JobStore, "load", load)
        end = time.monotonic() + 60
        while live.state.jobs:  # the refused one has given its place back, or this never ends
            assert time.monotonic() < end
            time.sleep(0.02)
        found = live.http.get(address, headers=live.headers).json()
        assert (found["state"], found["rows"], found["fault"]) == ("done", 3, "")


def test_a_claim_holds_until_it_is_given_back(store: JobStore) -> None:
    job = uploaded(store)
    mark = store.claim(job)
    with pytest.raises(Problem, match="started already") as refused:
        store.claim(job)
    assert refused.value.status_code == 409
    mark.unlink()
    store.claim(job)
    store.remove(job)
    with pytest.raises(Problem, match="no such file") as refused:
        store.claim(job)
    assert refused.value.status_code == 404


def in_use(monkeypatch: pytest.MonkeyPatch, name: str, refuse: Callable[[Path], bool]) -> None:
    """Let a method of Path fail as on Windows where another process has the job's note open."""
    inner = getattr(Path, name)

    def guarded(path: Path, *args: Any, **options: Any) -> Any:
        if path.name.startswith("job.json") and refuse(path):
            raise PermissionError(13, "Access is denied")
        return inner(path, *args, **options)

    monkeypatch.setattr(Path, name, guarded)


def test_a_note_in_use_does_not_end_a_job(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    job = uploaded(store)
    refused: list[str] = []

    def refuse(scratch: Path) -> bool:
        state = json.loads(scratch.read_text("utf-8"))["state"]
        refused.append(state)
        return state == "running" or refused.count("done") < 3

    with monkeypatch.context() as patch:
        patch.setattr(console_score, "_NOTED", 0.0)
        in_use(patch, "replace", refuse)
        found = scored(store, job)
    assert (found.state, found.rows, found.fault) == ("done", 3, "")
    assert refused.count("running") >= 1
    assert refused.count("done") == 3
    assert not list(store.folder(job.id).glob("job.json.*"))


def test_a_note_that_is_being_replaced_is_read_a_moment_later(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, refused = uploaded(store), iter((True, True, False))
    in_use(monkeypatch, "read_text", lambda _: next(refused))
    assert store.load(job.id, 1) == job


def test_a_long_review_keeps_the_job_alive(
    store: JobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, seen = uploaded(store), []
    inner = console_score.column_texts

    def watched(*args: Any) -> Any:
        seen.append(store.load(job.id, 1).state)
        note = store.folder(job.id) / "job.json"
        plain = json.loads(note.read_text("utf-8"))
        plain["touched"] -= STALE * 2  # as long as a chunk of a large workbook may take
        note.write_text(json.dumps(plain), "utf-8")
        return inner(*args)

    monkeypatch.setattr(console_score, "_NOTED", 0.0)
    monkeypatch.setattr(console_score, "BATCH", 1)
    monkeypatch.setattr(console_score, "column_texts", watched)
    found = scored(store, job, FeedbackStore(open_database(tmp_path / "data")))
    assert found.state == "done"
    assert seen[0::3] == ["running"] * 3  # three columns are read of each chunk
