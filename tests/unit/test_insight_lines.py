"""行号 is the line of the file, also after an empty line and a line break in a cell; 文件 is the file."""

from __future__ import annotations

import csv
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from hotline_nlp import insight
from hotline_nlp.cli.app import app
from hotline_nlp.insight.novel import Emerging
from hotline_nlp.insight.table import join, read

LAMP = "易俗河镇金桂路口的路灯坏了好几天，晚上黑漆漆的，老人过马路很危险"
GATE = "河东大道丽景花园的电梯三天两头坏，老人被关在里面半个小时，物业不管"
TABLE = f"""text,topic,date

"{LAMP}
请尽快修",市政设施,2024-11-01

{GATE},物业管理,2024-11-02
{LAMP},市政设施,2024-11-03
"""
REPLIES = """request,reply

"路灯坏了
请修理","您好，您反映的问题已收悉，
已转交办理。"
路灯坏了,您好，您反映的问题已收悉，已转交办理。
"""
NEW = Emerging(("路灯",), "上升", 2, 0.1, 4.0, 0.001, 0.01, (0, 2), "市政设施", "", 0.0, (LAMP,))


@pytest.fixture(autouse=True)
def commands() -> None:
    for name in ("repeats", "replies", "emerging"):
        import_module(f"hotline_nlp.cli.{name}")


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    return done.output


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8", newline="")
    return path


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    sheet = load_workbook(path).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_tickets_know_their_lines_whatever_they_are_read_from(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", TABLE)
    tickets = read(path)
    assert tickets.lines.tolist() == [3, 6, 7]
    assert next(csv.reader([TABLE.splitlines()[5]]))[0] == tickets.texts[1]
    assert tickets.column("file") == [str(path)] * 3
    book = Workbook()
    for row in (["text"], [LAMP], [None], [GATE]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx").lines.tolist() == [2, 3, 4]
    lines = [json.dumps({"text": text}) if text else "" for text in (LAMP, "", GATE)]
    assert read(write(tmp_path / "a.jsonl", "\n".join(lines))).lines.tolist() == [1, 3]
    frame = pd.DataFrame({"text": [LAMP, GATE]})
    for table in (frame, frame.to_dict("records")):
        assert read(table).lines.tolist() == [1, 2]
        assert read(table).column("file") == ["", ""]
    both = join([tickets, read(frame)])
    assert both.lines.tolist() == [3, 6, 7, 1, 2]
    assert both.take(tickets.lines[:1]).lines.tolist() == [1]
    assert both.take(tickets.lines[:1]).column("file") == [""]


def test_repeats_of_one_file(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.csv", TABLE), tmp_path / "out.xlsx"
    told = json.loads(run("repeats", path, "--out", out, "--json"))
    assert [group["rows"] for group in told["groups"]] == [[{"line": 3}, {"line": 7}]]
    head, *rows = rows_of(out)
    assert head[:3] == ("事项编号", "行号", "件数")
    assert [row[:3] for row in rows] == [(1, 3, 2), (1, 7, 2)]


def test_repeats_of_several_files(tmp_path: Path) -> None:
    other = f"text,topic,date\n\n{LAMP},市政设施,2024-11-02\n"
    paths, out = [write(tmp_path / "a.csv", TABLE), write(tmp_path / "b.csv", other)], tmp_path / "out.xlsx"
    told = json.loads(run("repeats", *paths, "--out", out, "--json"))["groups"][0]
    assert [(at["file"], at["line"]) for at in told["rows"]] == [("a.csv", 3), ("b.csv", 3), ("a.csv", 7)]
    head, *rows = rows_of(out)
    assert head[:4] == ("事项编号", "文件", "行号", "件数")
    assert [row[:4] for row in rows] == [(1, "a.csv", 3, 3), (1, "b.csv", 3, 3), (1, "a.csv", 7, 3)]


def test_files_of_one_name_are_told_by_their_paths(tmp_path: Path) -> None:
    paths = [write(tmp_path / month / "a.csv", TABLE) for month in ("10", "11")]
    found = json.loads(run("repeats", *paths, "--json"))["groups"][0]
    assert {at["file"] for at in found["rows"]} == set(map(str, paths))


def test_replies(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.csv", REPLIES), tmp_path / "out.xlsx"
    shown = run("replies", path, "--out", out)
    assert "first line" in shown
    assert next(line for line in shown.splitlines() if "套话回复" in line).split()[-1] == "3"
    assert [row[:2] for row in rows_of(out)] == [("行号", "问题"), (3, "套话回复"), (6, "套话回复")]
    told = json.loads(run("replies", path, "--json"))
    assert [check["line"] for check in told["replies"]] == [3, 6]


def test_emerging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insight, "emerging", lambda *_, **__: [NEW])
    path = write(tmp_path / "a.csv", TABLE)
    told = json.loads(run("emerging", path, "--past", path, "--json"))["emerging"]
    assert [one["rows"] for one in told] == [[{"line": 3}, {"line": 7}]]


@pytest.mark.parametrize("command", ["repeats", "replies"])
def test_a_sheet_of_another_suffix_is_refused_before_anything_is_read(command: str, tmp_path: Path) -> None:
    said = run(command, tmp_path / "none.csv", "--out", tmp_path / "r.csv", code=2)
    assert said == "error: r.csv is no .xlsx file: give --out a name that ends in .xlsx.\n"


@pytest.mark.parametrize("command", ["repeats", "replies"])
def test_what_is_read_is_not_written_over(command: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", "no workbook, and nobody looks")
    assert "is a file to read" in run(command, path, "--out", path, code=2)
