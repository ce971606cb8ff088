from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from hotline_nlp import Classifier
from hotline_nlp.batch.choose import valid_columns

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["路灯坏了三天没人修", "……", "公司拖欠工资两个月", "公交司机捡到包还给我，要表扬"]


def score(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `score` in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "hotline_nlp", "score", *map(str, args)],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def refused(message: str, *args: str | Path) -> None:
    done = score(*args)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and message in done.stderr


def write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = "".join(f"{i},{text}\r\n" for i, text in enumerate(TEXTS))
    return write(tmp_path / "诉求.csv", ("编号,诉求内容\r\n" + lines).encode("gb18030"))


def test_summary(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = score(source, "--out", out, "--text", "诉求内容")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("4 rows in ") and f"rows/s) -> {out}\n" in done.stdout
    for head in ("type", "topic", "unit", "decision"):
        assert f"\n {head} " in done.stdout
    assert f"1 rows got no answer: {out}.rejects.csv\n  诉求.csv, line 3: " in done.stdout
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["诉求内容"] for row in rows] == TEXTS
    assert [row["topic"] for row in rows] == [
        label or "" for label in Classifier.load("linear").score_columns(TEXTS).column("topic").to_pylist()
    ]


def test_json_report_and_chosen_columns(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = score(source, "--out", out, "--text", "诉求内容", "--columns", "unit, decision", "--json")
    report = json.loads(done.stdout)
    assert (report["rows"], report["rejected"]) == (4, 1)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [list(line) for line in lines] == [["编号", "诉求内容", "unit", "decision"]] * 4


def test_several_inputs_and_a_sheet(source: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("十一月").append(["诉求内容"])
    book["十一月"].append(["小区停水"])
    book.save(tmp_path / "b.xlsx")
    out = tmp_path / "out.parquet"
    done = score(source, tmp_path / "b.xlsx", "--sheet", "十一月", "--out", out, "--text", "诉求内容")
    assert done.returncode == 0
    assert pq.read_table(out).column("诉求内容").to_pylist() == [*TEXTS, "小区停水"]


def test_restart(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    (tmp_path / "out.csv.parts").mkdir()
    write(tmp_path / "out.csv.parts" / "journal.json", b"{}")
    refused("--restart", source, "--out", out, "--text", "诉求内容")
    assert score(source, "--out", out, "--text", "诉求内容", "--restart").returncode == 0


def test_missing_text_column(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    refused("its columns are 编号, 诉求内容", source, "--out", out)
    refused("did you mean '诉求内容'?", source, "--out", out, "--text", "诉求的内容")
    assert not out.exists()


def test_unknown_columns(source: Path, tmp_path: Path) -> None:
    refused(
        f"unknown column 'units': choose from {', '.join(valid_columns())}.",
        *(source, "--out", tmp_path / "o.csv", "--text", "诉求内容", "--columns", "units"),
    )


def test_duplicate_header(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "text,地区,地区\n停水,甲,乙\n".encode())
    refused("in.csv has the column '地区' twice", source, "--out", tmp_path / "out.csv")


@pytest.mark.parametrize("raw", ["text\n停水\n".encode("utf-16"), b"text\n\xff\xff\xff\xfe\xff\n"])
def test_csv_in_the_wrong_encoding(tmp_path: Path, raw: bytes) -> None:
    refused("save it as", write(tmp_path / "in.csv", raw), "--out", tmp_path / "out.csv")


def test_half_written_workbook(source: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.xlsx"
    assert score(source, "--out", whole, "--text", "诉求内容").returncode == 0
    half = write(tmp_path / "half.xlsx", whole.read_bytes()[: whole.stat().st_size // 2])
    refused("half.xlsx is no whole XLSX workbook", half, "--out", tmp_path / "out.csv", "--text", "诉求内容")


@pytest.mark.parametrize(
    ("name", "message"), [("in.csv", "in.csv is empty"), ("in.docx", "suffix that is not known")]
)
def test_empty_and_unknown_files(tmp_path: Path, name: str, message: str) -> None:
    refused(message, write(tmp_path / name, b""), "--out", tmp_path / "out.csv")


def test_every_odd_text_has_its_outcome(tmp_path: Path) -> None:
    odd = {
        "": "reject",
        "   ": "reject",
        "？！……": "reject",
        "😀👍": "reject",
        "12345": "reject",
        "The street lamp is broken": "reject",
        "路燈壞了三天沒人修": "",
        "停\x00水\x07了": "",
        "断\ud800字停水": "",
        "水" * 200_000: "",
    }
    lines = [json.dumps({"text": text}) for text in odd] + [
        '{"text": 7}',
        '{"text": null}',
        '{"text": ["停水"]}',
    ]
    source = write(tmp_path / "in.jsonl", "\n".join(lines).encode())
    assert score(source, "--out", tmp_path / "out.jsonl").returncode == 0
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    expected = [*odd.values(), "reject", "reject", "reject"]
    assert [row["decision"] == "reject" for row in found] == [want == "reject" for want in expected]
    assert [row["text"] for row in found][: len(odd)] == list(odd)
    assert all(row["reason"] for row in found if row["decision"] == "reject")


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_terminal_sees_how_far_it_is(source: Path, tmp_path: Path) -> None:
    master, slave = os.openpty()
    command = [sys.executable, "-m", "hotline_nlp", "score", str(source), "--text", "诉求内容"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out.csv"), "--batch-size", "1"],
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(slave)
    shown = os.read(master, 1 << 16).decode()
    os.close(master)
    assert done.returncode == 0 and b"\x1b" not in done.stdout
    assert "score" in shown and "4 rows" in shown and "/s" in shown
