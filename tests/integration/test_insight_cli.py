"""The commands repeats, emerging and replies as a user runs them, on files."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from openpyxl import load_workbook

from benchmarks.insight_emerging import _own
from benchmarks.insight_texts import labelled, month, places


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hotline_nlp", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_repeats_of_files(tmp_path: Path) -> None:
    rows = labelled(list(places())[:40], seed=1).table()
    files = [write(tmp_path / "a.csv", rows[::2]), write(tmp_path / "b.csv", rows[1::2])]
    out = tmp_path / "repeats.xlsx"
    done = run("repeats", *files, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rows"] == len(rows)
    sheet = load_workbook(out).active
    assert sheet is not None
    assert sheet.max_row > 1
    shown = run("repeats", *files)
    assert "多人一诉" in shown.stdout
    assert "near-copies" in shown.stdout


def test_emerging_against_earlier_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    past = [write(tmp_path / f"{m}.csv", month(600, rng, year_month=f"2024-{m}")) for m in (10, 9, 8)]
    new = [{"text": _own(rng), "topic": "其他", "unit": "市发改委", "date": "2024-11-04"} for _ in range(12)]
    now = write(tmp_path / "now.csv", month(600, rng) + new)
    done = run("emerging", now, *(x for path in past for x in ("--past", path)))
    assert done.returncode == 0, done.stderr
    assert "1. " in done.stdout
    assert "市发改委" in done.stdout


def test_replies_of_a_file(tmp_path: Path) -> None:
    rows = [
        {
            "诉求": "金桂路口的路灯坏了",
            "答复": "您好，您反映的问题已收悉，已转交办理。",
        },
        {
            "诉求": "金桂路口的路灯坏了",
            "答复": "经核实，金桂路口路灯已于11月5日修复。",
        },
    ]
    path, out = write(tmp_path / "replies.csv", rows), tmp_path / "out.xlsx"
    done = run("replies", path, "--request", "诉求", "--reply", "答复", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "套话回复" in done.stdout
    sheet = load_workbook(out).active
    assert sheet is not None
    assert sheet.max_row == 2


def test_a_missing_column_is_told_without_a_traceback(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [{"content": "路灯坏了"}])
    done = run("repeats", path)
    assert done.returncode == 2
    assert "no column 'text'" in done.stderr
    assert "Traceback" not in done.stderr
