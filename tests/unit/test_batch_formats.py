from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hotline_nlp import Classifier
from hotline_nlp.batch import BatchReport
from hotline_nlp.batch.choose import valid_columns
from hotline_nlp.errors import ColumnError, FileFormatError, InputError

TEXTS = ["雨湖区有段路灯坏了", "", "公司欠我两个月工资", '店家说"不退"，\n请处理', "=1+1 停水了", "@ 12345"]
ROWS = [{"编号": f"{i:03d}", "text": text} for i, text in enumerate(TEXTS)]
FORMATS = ["csv", "xlsx", "jsonl", "parquet"]


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load("linear")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(rows[0])
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as stream:
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for y, values in enumerate([dict(zip(names, names, strict=True)), *rows], 1):
            for x, name in enumerate(names, 1):
                book.worksheets[0].cell(y, x, values[name])
                if isinstance(values[name], str):
                    book.worksheets[0].cell(y, x).data_type = "s"
        book.save(path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    """Read a file without the library's own readers."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    if path.suffix == ".xlsx":
        header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        return [dict(zip(map(str, header), row, strict=True)) for row in rows]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return list(pq.read_table(path).to_pylist())


def job(clf: Classifier, source: Any, out: Path, **options: Any) -> BatchReport:
    report = clf.score_batch(source, out=out, **options)
    assert isinstance(report, BatchReport) and not out.with_name(out.name + ".parts").exists()
    return report


@pytest.mark.parametrize("before", FORMATS)
@pytest.mark.parametrize("after", FORMATS)
def test_every_format_into_every_other(clf: Classifier, tmp_path: Path, before: str, after: str) -> None:
    source, out = write(tmp_path / f"in.{before}", ROWS), tmp_path / f"out.{after}"
    report = job(clf, source, out, batch_size=4)
    found = read(out)
    expected = clf.score_columns(TEXTS).to_pylist()
    assert list(found[0]) == ["编号", "text", *valid_columns()]
    assert [row["编号"] for row in found] == [row["编号"] for row in ROWS]
    assert [row["text"] or "" for row in found] == TEXTS
    for name in ("type", "topic", "unit", "decision", "lead_unit", "reason"):
        assert [row[name] or "" for row in found] == [row[name] or "" for row in expected], name
    for row, right in zip(found, expected, strict=True):
        if right["unit_probability"] is not None:
            assert float(row["unit_probability"]) == pytest.approx(right["unit_probability"], rel=1e-6)
    assert (report.rows, report.rejected, report.path) == (6, 2, out)
    assert sum(report.counts["decision"].values()) == 6 and sum(report.counts["unit"].values()) == 4
    assert [reject.file for reject in report.rejects] == [source.name] * 2
    assert json.loads(json.dumps(report.to_dict()))["rows"] == 6


@pytest.mark.parametrize(
    ("kind", "lines"), [("csv", [3, 8]), ("xlsx", [3, 7]), ("jsonl", [2, 6]), ("parquet", [2, 6])]
)
def test_rejects_name_the_line(clf: Classifier, tmp_path: Path, kind: str, lines: list[int]) -> None:
    report = job(clf, write(tmp_path / f"in.{kind}", ROWS), tmp_path / "out.parquet")
    assert [reject.line for reject in report.rejects] == lines
    assert report.rejects_path == tmp_path / "out.parquet.rejects.csv"
    listed = read(report.rejects_path)
    assert [int(row["line"]) for row in listed] == lines
    assert [row["reason"] for row in listed] == [reject.reason for reject in report.rejects]


def test_a_sheet_keeps_types_and_has_no_formulas(clf: Classifier, tmp_path: Path) -> None:
    day = dt.datetime(2024, 11, 1, 8, 30)
    rows = [
        {"text": "=HYPERLINK(1)", "件数": 3, "时间": day, "空": None},
        {"text": "+停水", "件数": 2.5, "时间": "不详", "空": None},
        {"text": "#N/A", "件数": True, "时间": dt.time(8, 30), "空": None},
        {"text": "-停电", "件数": None, "时间": None, "空": None},
    ]
    job(clf, write(tmp_path / "in.xlsx", rows), tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    found = read(tmp_path / "out.xlsx")
    for name in ("text", "件数", "时间", "空"):
        assert [row[name] for row in found] == [row[name] for row in rows]


def test_a_sheet_keeps_all_digits_of_a_long_number(clf: Classifier, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"text": "停水", "号": 1234567890123456789, "件数": 12}])
    job(clf, source, tmp_path / "out.xlsx")
    found = read(tmp_path / "out.xlsx")[0]
    assert (found["号"], found["件数"]) == ("1234567890123456789", 12)


def test_a_sheet_says_what_it_can_not_hold(clf: Classifier, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"text": "水" * 40_000}, {"text": "停水\x01\ud800了"}])
    report = job(clf, source, tmp_path / "out.xlsx", columns=["decision"])
    found = read(tmp_path / "out.xlsx")
    assert len(found[0]["text"]) == 32_767 and found[1]["text"] == "停水\ufffd\ufffd了"
    assert report.notes == ("1 texts were cut to the 32,767 characters that an XLSX cell holds",)


def test_the_bytes_of_a_sheet_do_not_depend_on_the_clock(clf: Classifier, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ROWS)
    for name in ("a.xlsx", "b.xlsx"):
        job(clf, source, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_json_lines_keep_what_they_hold(clf: Classifier, tmp_path: Path) -> None:
    lines = [
        '{"text": "停水", "n": {"a": [1]}}',
        "",
        '{"text": null, "x": 1.5}',
        "{broken",
        "[1]",
        '{"text": "断\\ud800"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), "utf-8-sig")
    report = job(clf, tmp_path / "in.jsonl", tmp_path / "out.jsonl", columns=["decision"])
    found = read(tmp_path / "out.jsonl")
    assert found[0] == {"text": "停水", "n": {"a": [1]}, "decision": found[0]["decision"]}
    assert found[1] == {"text": None, "x": 1.5, "decision": "reject"}
    assert found[2] == found[3] == {"decision": "reject"}
    assert found[4]["text"] == "断\ud800"
    assert [(r.line, r.reason) for r in report.rejects][1:3] == [
        (4, "此行不是有效的 JSON（第 2 个字符处）。"),
        (5, "此行不是 JSON 对象。"),
    ]
    assert read(tmp_path / "out.jsonl.rejects.csv")[1]["content"] == "{broken"


def test_parquet_keeps_types(clf: Classifier, tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": ["停水", None],
            "n": pa.array([1, None], pa.int16()),
            "l": [["a"], []],
            "f": [0.1, float("nan")],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    job(clf, tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.field("n").type == pa.int16() and found.select(["text", "n", "l"]).equals(
        table.select(["text", "n", "l"])
    )
    assert found.schema.field("urgent").type == pa.bool_()
    job(clf, tmp_path / "in.parquet", tmp_path / "out.csv", columns=["decision"])
    assert [row["l"] for row in read(tmp_path / "out.csv")] == ['["a"]', "[]"]
    job(clf, tmp_path / "in.parquet", tmp_path / "out.jsonl", columns=["decision"])
    assert [row["f"] for row in read(tmp_path / "out.jsonl")] == [0.1, None]


def test_cells_get_the_type_that_fits_in_parquet(clf: Classifier, tmp_path: Path) -> None:
    rows = [{"text": "停水", "n": 1, "m": 1, "d": None}, {"text": "停电", "n": 2, "m": "二", "d": [1]}]
    job(clf, write(tmp_path / "in.jsonl", rows), tmp_path / "out.parquet", columns=["type"])
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.select(["n", "m", "d"]).to_pylist() == [
        {"n": 1, "m": "1", "d": None},
        {"n": 2, "m": "二", "d": "[1]"},
    ]


def test_several_files_become_one(clf: Classifier, tmp_path: Path) -> None:
    folder = tmp_path / "月报"
    folder.mkdir()
    write(folder / "b.csv", [{"text": "停水", "n": "01"}])
    write(folder / "a.parquet", [{"n": 2, "text": "停电", "区": "岳塘区"}])
    write(folder / "c.jsonl", [{"text": "停气"}])
    (folder / "~$b.xlsx").write_bytes(b"lock")
    (folder / "notes.txt").write_text("no data")
    for source in (
        folder,
        str(folder / "*"),
        [folder / "a.parquet", folder / "b.csv", str(folder / "*.jsonl")],
    ):
        out = folder / "out.jsonl"
        assert job(clf, source, out, columns=["decision"]).rows == 3
        assert [(r["text"], r.get("n")) for r in read(out)] == [("停电", 2), ("停水", "01"), ("停气", None)]


def test_an_added_name_gives_way(clf: Classifier, tmp_path: Path) -> None:
    rows = [{"type": "咨询", "predicted_type": "x", "text": "停水"}]
    job(clf, write(tmp_path / "in.csv", rows), tmp_path / "out.csv", columns=["type", "unit"])
    found = read(tmp_path / "out.csv")[0]
    assert list(found) == ["type", "predicted_type", "text", "predicted_predicted_type", "unit"]
    assert found["type"] == "咨询" and found["predicted_predicted_type"] == "求助"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_header_alone_gives_a_header(clf: Classifier, tmp_path: Path, kind: str) -> None:
    (tmp_path / "in.csv").write_text("编号,text\n", "utf-8")
    report = job(clf, tmp_path / "in.csv", tmp_path / f"out.{kind}", columns=["decision"])
    assert report.rows == 0 and report.rejects_path is None and read(tmp_path / f"out.{kind}") == []
    if kind == "csv":
        assert (tmp_path / "out.csv").read_text("utf-8-sig") == "编号,text,decision\n"


def test_sheets_by_name(clf: Classifier, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, text in (("一月", "停水"), ("二月", "停电")):
        sheet = book.create_sheet(title)
        sheet.append([None, None])
        sheet.append(["text", "n", None])
        sheet.append([text, 1, None])
        sheet.append([None, None])
        sheet.append([text, 2, "多余"])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "in.xlsx")
    report = job(clf, tmp_path / "in.xlsx", tmp_path / "out.csv", sheet="二月")
    assert [row["text"] for row in read(tmp_path / "out.csv")] == ["停电", "", "停电"]
    assert [(r.line, r.reason) for r in report.rejects][1:] == [(5, "此行有 3 个单元格，而表头有 2 个。")]
    with pytest.raises(InputError, match="no sheet '三月': choose from 一月, 二月"):
        job(clf, tmp_path / "in.xlsx", tmp_path / "out.csv", sheet="三月")


BROKEN: list[tuple[str, bytes, type[Exception], str]] = [
    ("a.xlsx", b"", FileFormatError, "empty"),
    ("a.xlsx", b"PK\x03\x04 half", FileFormatError, "no whole XLSX workbook"),
    ("a.parquet", b"", FileFormatError, "no whole Parquet file"),
    ("a.parquet", b"PAR1 half", FileFormatError, "no whole Parquet file"),
    ("a.jsonl", b"[1]\n[2]\n", FileFormatError, "no line of a.jsonl is a JSON object"),
    ("a.jsonl", b'{"texts": 1}\n', ColumnError, "did you mean 'texts'"),
    ("a.csv", b"text,text\n1,2\n", ColumnError, "'text' twice"),
    ("a.csv", b"text;type\n1;2\n", ColumnError, "parted by semicolons, save it with commas"),
    ("a.csv", b"text\ttype\n1\t2\n", ColumnError, "parted by tabs, save it with commas"),
    ("a.csv", b"2024,,\ntext,type,unit\n1,2,3\n", ColumnError, "delete any title above them"),
    ("a.csv", b"2024\ntext,type\n1,2\n", ColumnError, "delete the first row if it is a title"),
    ("a.xls", b"x", FileFormatError, r"\.xls as \.xlsx"),
    ("a.txt", b"x", FileFormatError, "suffix that is not known"),
]


@pytest.mark.parametrize(("name", "raw", "kind", "message"), BROKEN)
def test_broken_inputs(
    clf: Classifier, tmp_path: Path, name: str, raw: bytes, kind: type[Exception], message: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(kind, match=message):
        clf.score_batch(tmp_path / name, out=tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_written_files(clf: Classifier, tmp_path: Path, kind: str, share: float) -> None:
    path = write(tmp_path / f"in.{kind}", ROWS * 50)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(FileFormatError, match=rf"in\.{kind} is no whole"):
        clf.score_batch(path, out=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
