"""Tickets from files: blank and broken rows, lines, sheets, and what the commands say of them."""

import csv
import json
from importlib import import_module
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from hotline_nlp.cli.app import app
from hotline_nlp.insight.table import join, read
from hotline_nlp.insight.usable import usable

LAMP = "金桂路口的路灯坏了半个月一直没有人来修"
REPLY = "经核实，金桂路口路灯已于11月5日修复。"
ROWS = [
    ["编号", "诉求", "答复", "日期"],
    ["", "", "", ""],
    ["A1", LAMP, REPLY, "2024/11/3"],
    ["A2", "多了一个", "单元格", "2024/11/4", "的行"],
    ["A3", LAMP, "", "昨天"],
]


@pytest.fixture(autouse=True)
def commands() -> None:
    pytest.importorskip("jieba")
    pytest.importorskip("rensa")
    for name in ("repeats", "emerging", "replies"):
        import_module(f"hotline_nlp.cli.{name}")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(ROWS)
    return path


def run(*argv: object) -> str:
    done = CliRunner().invoke(app, [str(arg) for arg in argv])
    assert done.exit_code == 0, done.output
    return done.output


NOTES = [
    "in.csv: rows without a usable text, left out: 1 (line 2)",
    "in.csv: rows that can't be read, left out: 1 (line 4)",
    "in.csv: dates that can't be read: 1 (line 5)",
]


def test_what_is_no_ticket_is_left_out_and_named(table: Path) -> None:
    found = read(table, {"text": "诉求", "date": "日期"})
    assert found.texts == ["", LAMP, "", LAMP]
    kept, notes = usable(found)
    assert kept.texts == [LAMP, LAMP] and kept.lines.tolist() == [3, 5]
    assert notes == NOTES
    assert join([kept, kept]).lines.tolist() == [3, 5, 3, 5]


def test_rows_of_other_tables_are_numbered_from_one() -> None:
    found, notes = usable(read([{"text": LAMP}, {"text": None}, {"text": LAMP}]))
    assert found.lines.tolist() == [1, 3]
    assert notes == ["rows without a usable text, left out: 1 (line 2)"]


def test_repeats_say_where_each_ticket_stands(table: Path, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(table.read_bytes())
    argv = ("repeats", table, tmp_path / "b.csv", "--text", "诉求", "--date", "日期", "--id", "编号")
    told = json.loads(run(*argv, "--json"))
    assert told["rows"] == 4 and told["notes"][:3] == NOTES
    assert {"file": "b.csv", "line": 5, "id": "A3"} in told["groups"][0]["rows"]
    assert "note: b.csv: rows that can't be read" in run(*argv, "--out", tmp_path / "out.xlsx")
    heading, *rows = load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True)
    assert heading[:4] == ("事项编号", "文件", "行号", "工单编号")
    assert sorted(row[1:4] for row in rows) == [
        (name, line, number) for name in ("b.csv", "in.csv") for line, number in ((3, "A1"), (5, "A3"))
    ]


def test_a_blank_or_broken_row_is_no_blank_reply(table: Path, tmp_path: Path) -> None:
    argv = ("replies", table, "--request", "诉求", "--reply", "答复", "--id", "编号", "--date", "日期")
    told = json.loads(run(*argv, "--json"))
    assert [(reply["line"], reply["id"]) for reply in told["replies"]] == [(3, "A1"), (5, "A3")]
    assert told["notes"] == NOTES
    said = run(*argv, "--out", tmp_path / "out.xlsx")
    assert (
        "2 replies, 1 with something to look at" in said and "空白回复         1   50.0%            5" in said
    )
    rows = list(load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True))
    assert [row[:3] for row in rows] == [("行号", "工单编号", "问题"), (5, "A3", "空白回复")]


def test_another_sheet_is_read(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["说明"])
    sheet = book.create_sheet("工单")
    for row in ROWS[:1] + [ROWS[2]] * 2:
        sheet.append(row)
    book.save(tmp_path / "in.xlsx")
    named = ("--text", "诉求", "--date", "日期", "--sheet", "工单")
    assert run("repeats", tmp_path / "in.xlsx", *named).startswith("2 tickets: 1 near-copies")
    said = run("emerging", tmp_path / "in.xlsx", "--past", tmp_path / "in.xlsx", *named)
    assert said.startswith("2 tickets against 2 earlier ones")
    argv = ("--request", "诉求", "--reply", "答复", "--sheet", "工单")
    assert run("replies", tmp_path / "in.xlsx", *argv).startswith("2 replies")
