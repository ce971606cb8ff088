from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from hotline_nlp import Classifier
from hotline_nlp.batch import score_batch, workers
from hotline_nlp.batch.workers import score_in_order
from hotline_nlp.errors import InputError

TEXTS = [f"{i}号楼{what}" for i in range(10) for what in ("停水两天了", "公司欠薪", "……", "路灯坏了")]


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load("linear")


def test_processes_give_the_answers_of_one_in_order(clf: Classifier, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\n" + "\n".join(TEXTS) + "\n", "utf-8")
    found = [tmp_path / f"{n}.csv" for n in (1, 2)]
    for n, out in enumerate(found, 1):
        report = clf.score_batch(tmp_path / "in.csv", out=out, batch_size=3, workers=n)
        assert (report.rows, report.rejected) == (40, 0 if "……" not in TEXTS else 10)
    assert found[0].read_bytes() == found[1].read_bytes()


def test_a_job_goes_on_with_another_number_of_workers(clf: Classifier, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\n" + "\n".join(TEXTS) + "\n", "utf-8")
    seen: list[int] = []

    def stop(progress: Any) -> None:
        seen.append(progress.rows)
        if len(seen) == 5:
            raise KeyboardInterrupt

    options: dict[str, Any] = {"out": tmp_path / "out.csv", "batch_size": 4}
    with pytest.raises(KeyboardInterrupt):
        clf.score_batch(tmp_path / "in.csv", workers=2, progress=stop, **options)
    report = clf.score_batch(tmp_path / "in.csv", **options)
    assert (report.rows, report.resumed) == (40, 20)
    whole = clf.score_batch(tmp_path / "in.csv", out=tmp_path / "whole.csv").path
    assert (tmp_path / "out.csv").read_bytes() == whole.read_bytes()


def test_tables_too(clf: Classifier) -> None:
    table = pa.table({"text": TEXTS})
    one, two = (clf.score_batch(table, batch_size=7, workers=n) for n in (1, 2))
    assert one.to_pylist() == two.to_pylist()
    frame = clf.score_batch(pd.DataFrame({"text": TEXTS}, index=range(100, 140)), workers=2, batch_size=16)
    assert list(frame.index) == list(range(100, 140))
    assert frame["topic"].where(frame["topic"].notna(), None).tolist() == one.column("topic").to_pylist()


@pytest.mark.parametrize("count", [1, 2])
def test_only_a_few_chunks_are_read_ahead(clf: Classifier, count: int) -> None:
    taken = 0

    def chunks() -> Any:
        nonlocal taken
        for _ in range(40):
            taken += 1
            yield ["停水了"]

    found = score_in_order(clf, chunks(), lambda chunk: chunk, count)
    for n in range(1, 4):
        next(found)
        assert taken <= n + workers.AHEAD * count
    found.close()


def test_a_slice_is_sent_alone() -> None:
    texts = pa.array(TEXTS * 100)
    part = workers._alone(texts.slice(7, 10))
    assert part.equals(texts.slice(7, 10)) and len(pickle.dumps(part)) < 2000 < len(pickle.dumps(texts))
    assert workers._alone(TEXTS) is TEXTS


def test_what_other_processes_cannot_load_is_refused(clf: Classifier) -> None:
    bare = Classifier(clf.engine, clf.pack)
    with pytest.raises(InputError, match=r"made by Classifier\.load"):
        score_batch(bare, pa.table({"text": TEXTS}), workers=2)
    with pytest.raises(InputError, match="workers must be 1 or more, not 0"):
        score_batch(clf, pa.table({"text": TEXTS}), workers=0)


def test_a_lost_process_is_told(clf: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import signal

    monkeypatch.setattr(workers, "_score", lambda source, texts: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(InputError, match="a worker process was lost"):
        score_batch(clf, pa.table({"text": TEXTS}), workers=2)
