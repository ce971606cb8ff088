"""The bulletin's benchmark runs, on few tickets, and says what it measured."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from benchmarks import bulletin, machine


def test_tickets_are_raw_and_dated_within_the_span(tmp_path: Path) -> None:
    path, first, last = tmp_path / "t.csv", dt.date(2023, 12, 1), dt.date(2024, 11, 30)
    bulletin.write_tickets(path, 50, first=first, last=last)
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert len({row["工单编号"] for row in rows}) == len(rows) == 50
    assert all(first <= dt.datetime.fromisoformat(row["受理时间"]).date() <= last for row in rows)
    assert not {"诉求类型", "热点事项", "承办单位"} & set(rows[0])


def test_a_run_writes_times_memory_and_what_was_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    said: list[str] = []
    found = bulletin.run(40, 200, repeats=1, say=said.append)
    assert found["month"]["requests"] == 40 and found["month"]["labels_by_model"]["type"] == 40
    assert 0 < found["year"]["requests"] < 200
    assert found["year"]["median_seconds"] > 0 and found["year"]["peak_mib"] > 50
    assert json.loads((tmp_path / "bulletin.json").read_text("utf-8"))["month"] == found["month"]
    assert said[-1] == "written: bulletin.json"
