"""`hotline-nlp bulletin` as a user runs it: in its own process, on files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from hotline_nlp.cli.view_bulletin import run_bulletin
from hotline_nlp.errors import HotlineError

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "易俗河镇金桂路的路灯坏了三天没人修",
    "公司拖欠工资两个月不给",
    "请问社保卡怎么补办",
    "公交司机捡到包还给我，要表扬",
]


def bulletin(*args: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "hotline_nlp", "bulletin", *map(str, args)],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Write a workbook as a hotline exports it: texts and dates, no label."""
    book = openpyxl.Workbook()
    book.active.append(["工单编号", "来电时间", "来源", "诉求内容"])
    for i in range(40):
        date, text = f"2024-11-{i % 30 + 1:02d} 10:00", TEXTS[i % 4] + "。" * (i // 4)
        book.active.append([f"T{i}", date, "电话", text])
    path = tmp_path / "十一月.xlsx"
    book.save(path)
    return path


def test_raw_tickets_to_a_document(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.docx"
    done = bulletin(raw, "--month", "2024-11", "--out", out, "--date", "2024-12-05", "--issuer", "某市热线办")
    assert done.returncode == 0, done.stderr
    assert "2024年11月：受理诉求40件" in done.stdout and "given by linear@" in done.stdout
    text = [p.text for p in docx.Document(str(out)).paragraphs]
    assert text[-2:] == ["某市热线办", "2024年12月5日"]
    assert any("受理群众诉求40件" in line for line in text)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_figures_as_json(raw: Path, tmp_path: Path) -> None:
    done = bulletin(raw, "--month", "2024-11", "--out", tmp_path / "b.md", "--json")
    found = json.loads(done.stdout)
    assert found["requests"]["count"] == 40 and found["by_model"]["type"] == 40
    assert found["absent"]["on_time"].startswith("输入数据没有办理时限")


def test_a_wrong_month_is_said_in_one_sentence(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.docx"
    for month, message in (
        ("2024-13", "error: '2024-13' is no month: write year and month as 2024-11.\n"),
        (
            "2024-12",
            "error: no ticket is dated in 2024-12: the input's latest months are 2024-11 (40 tickets)",
        ),
    ):
        done = bulletin(raw, "--month", month, "--out", out)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(message) and done.stderr.count("\n") == 1
    assert not out.exists()


def run(raw: Path, out: Path, **options: Any) -> None:
    known = {"pairs": [], "sheet": None, "issuer": "", "date": None, "model": "linear", "city": "xiangtan"}
    run_bulletin([str(raw)], "2024-11", out, force=False, as_json=False, **{**known, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pairs": ["text=诉求内荣"]}, "did you mean '诉求内容'?"),
        ({"pairs": ["txt=诉求内容"]}, "did you mean 'text'?"),
        ({"date": "5.12.2024"}, "write it as 2024-12-05"),
        ({"city": "atlantis"}, "no city pack named 'atlantis'"),
        ({"sheet": "三月"}, "has no sheet '三月'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(raw, tmp_path, options, message) -> None:
    with pytest.raises(HotlineError) as caught:
        run(raw, tmp_path / "b.docx", **options)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("out", "message"),
    [("b.pdf", "use one of .docx, .html, .md, .xlsx"), ("no/such/b.docx", "a folder that exists")],
)
def test_an_output_that_won_t_do_is_said_before_anything_is_read(tmp_path, out, message) -> None:
    with pytest.raises(HotlineError, match=message):
        run(tmp_path / "not there.csv", tmp_path / out)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HotlineError, match="there is no file or folder"):
        run(tmp_path / "none.csv", tmp_path / "b.docx")


def test_without_the_extra_the_message_names_it(raw, tmp_path, monkeypatch) -> None:
    from hotline_nlp.errors import MissingExtra

    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(MissingExtra, match=r"hotline_nlp\[report\]"):
        run(raw, tmp_path / "b.docx")
