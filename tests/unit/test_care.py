from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from hotline_nlp.artefact import write_model
from hotline_nlp.cli import care, train  # noqa: F401 - registers the commands
from hotline_nlp.cli.app import app
from hotline_nlp.errors import ColumnError, InputError
from hotline_nlp.features import HashSpec
from hotline_nlp.learn.linear import FitConfig, HeadData, fit_linear
from hotline_nlp.learn.worklist import read_worklist
from hotline_nlp.learn.worksheet import write_worksheet

WORDS = {"供水服务": ("水管", "停水", "水压", "水表"), "市政设施": ("路灯", "灯杆", "照明", "井盖")}
SEED = np.random.default_rng(0)
FILLER = [chr(0x4E00 + i) for i in range(400, 1400)]


def made(count):
    """Return (text, label) rows."""
    labels = [list(WORDS)[i % 2] for i in range(count)]
    return [("".join(SEED.choice(WORDS[x], 3)) + "".join(SEED.choice(FILLER, 10)), x) for x in labels]


def table(path, rows, header=("诉求内容", "热点事项")):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "tiny"
    rows = made(120)
    names = tuple(WORDS)
    targets = np.eye(2, dtype=np.float32)[[names.index(label) for _, label in rows]]
    head = HeadData("topic", "softmax", names, targets, np.ones(len(rows), np.float32))
    config = FitConfig(spec=HashSpec(order=2, bits=12), max_iterations=20)
    fitted = fit_linear([text for text, _ in rows], [head], np.arange(len(rows)) % 3, config)
    write_model(folder, fitted.manifest(name="tiny", version="1"), fitted.tensors, "# tiny\n")
    return folder


def run(*argv):
    return CliRunner().invoke(app, [str(arg) for arg in argv])


def sheet(path):
    book = pytest.importorskip("openpyxl").load_workbook(path)
    return list(book.active.iter_rows(values_only=True))


def test_audit_writes_a_sheet_with_line_numbers(tmp_path):
    pytest.importorskip("cleanlab")
    rows = made(80)
    rows[10] = (rows[10][0], "市政设施")
    path = table(tmp_path / "tickets.csv", rows)
    out = tmp_path / "a.xlsx"
    done = run("audit", path, "--text", "诉求内容", "--topic", "热点事项", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["findings"]["label"] >= 1
    found = {row[0]: row for row in sheet(out)[1:]}
    assert found[12][1:5] == ("热点事项", "标签存疑", "市政设施", "供水服务")
    assert found[12][8] == rows[10][0]


def test_audit_needs_a_label_column(tmp_path):
    done = run("audit", table(tmp_path / "t.csv", made(4)), "--text", "诉求内容")
    assert done.exit_code == 2
    assert "--topic" in done.stderr


def test_pick_writes_the_rows_to_label(tmp_path, model):
    path = table(tmp_path / "pool.csv", made(30))
    out = tmp_path / "p.xlsx"
    done = run("pick", path, "--text", "诉求内容", "--count", 5, "--out", out, "--model", model)
    assert done.exit_code == 0, done.output
    rows = sheet(out)
    assert [row[0] for row in rows[1:]] == [1, 2, 3, 4, 5]
    assert all(row[4] in WORDS for row in rows[1:])
    assert "5 of 30 rows" in done.stdout


def test_neither_list_replaces_its_input_or_a_sheet_that_was_filled_in(tmp_path, model):
    pytest.importorskip("cleanlab")
    out = tmp_path / "a.xlsx"
    path = table(tmp_path / "t.csv", made(60))
    audited = ("audit", path, "--text", "诉求内容", "--topic", "热点事项")
    picked = ("pick", path, "--text", "诉求内容", "--model", model)
    assert run(*audited, "--out", out).exit_code == 0
    before = out.read_bytes()
    for argv in (audited, picked):
        done = run(*argv, "--out", out)
        assert (done.exit_code, out.read_bytes()) == (2, before)
        assert "--force" in done.stderr
    again = ("audit", out, "--text", "诉求", "--topic", "原标签", "--out", out, "--force")
    assert "a file to read" in run(*again).stderr
    assert out.read_bytes() == before
    assert run(*picked, "--out", out, "--force").exit_code == 0


def audited(tmp_path, suffix=".csv"):
    """Return a table with a wrong label in line 12, its audit's sheet, and the rows as they should be."""
    pytest.importorskip("cleanlab")
    rows = [(f"T{i:03}", text, label, "") for i, (text, label) in enumerate(made(80))]
    wrong = list(rows)
    wrong[10] = (*rows[10][:2], "市政设施", "")
    path, out = tmp_path / f"t{suffix}", tmp_path / "a.xlsx"
    heading = ("工单号", "诉求内容", "热点事项", "备注")
    if suffix == ".csv":
        table(path, wrong, heading)
    else:
        write_worksheet(path, [(name, 9) for name in heading], wrong)
    named = ("--text", "诉求内容", "--topic", "热点事项", "--id", "工单号", "--out", out)
    assert run("audit", path, *named).exit_code == 0
    return path, out, rows


def fill_in(path, label, row=12):
    """Put a label into the column 改为 of one row of the table."""
    book = pytest.importorskip("openpyxl").load_workbook(path)
    names = [cell.value for cell in book.active[1]]
    for cells in book.active.iter_rows(min_row=2):
        if cells[0].value == row:
            cells[names.index("改为")].value = label
    book.save(path)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_corrections_come_back_into_the_table(tmp_path, suffix):
    path, filled, rows = audited(tmp_path, suffix)
    fill_in(filled, "供水服务")
    out = tmp_path / "mended.xlsx"
    done = run("correct", path, filled, "--text", "诉求内容", "--out", out)
    assert done.exit_code == 0, done.output
    assert "1 label changed" in done.stdout
    assert [tuple(value or "" for value in row) for row in sheet(out)[1:]] == rows
    assert "a file to read" in run("correct", path, filled, "--text", "诉求内容", "--out", path).stderr


def test_corrections_of_another_table_are_refused(tmp_path):
    path, filled, rows = audited(tmp_path)
    argv = ("correct", path, filled, "--text", "诉求内容", "--out", tmp_path / "m.csv")
    assert "nothing in its column 改为" in run(*argv).stderr
    fill_in(filled, "供水服务")
    heading = ("工单号", "诉求内容", "热点事项", "备注")
    table(path, rows[::-1], heading)
    assert "row 12 of t.csv has another text" in run(*argv).stderr
    table(path, rows, heading)
    assert "row 12 of t.csv has the label '供水服务'" in run(*argv).stderr
    table(path, rows[:5], heading)
    assert "no row 12" in run(*argv).stderr
    assert "no sheet of audit" in run("correct", path, path, "--out", tmp_path / "m.csv").stderr
    assert not (tmp_path / "m.csv").exists()


def test_lists_carry_the_ticket_number(tmp_path, model):
    pytest.importorskip("cleanlab")
    rows = made(80)
    rows[10] = (rows[10][0], "市政设施")
    rows = [(*row, f"T{i:03}") for i, row in enumerate(rows)]
    path = table(tmp_path / "t.csv", rows, ("诉求内容", "热点事项", "工单号"))
    named = (path, "--text", "诉求内容", "--topic", "热点事项", "--id", "工单号", "--out")
    assert run("audit", *named, tmp_path / "a.xlsx").exit_code == 0
    heading, *found = sheet(tmp_path / "a.xlsx")
    assert heading[:2] == ("行号", "工单号")
    assert "T010" in [row[1] for row in found]
    assert run("pick", *named, tmp_path / "p.xlsx", "--model", model, "--count", 3).exit_code == 0
    heading, *found = sheet(tmp_path / "p.xlsx")
    assert heading[2:] == ("工单号", "诉求内容", "热点事项（建议）", "存疑度", "热点事项")
    assert all(row[2] == f"T{row[1] - 2:03}" for row in found)


def test_a_filled_in_pick_sheet_trains_beside_the_table(tmp_path, model):
    path, out = table(tmp_path / "t.csv", made(80)), tmp_path / "p.xlsx"
    names = ("--text", "诉求内容", "--topic", "热点事项", "--out")
    assert run("pick", path, *names, out, "--model", model, "--count", 10).exit_code == 0
    heading, *found = sheet(out)
    filled = [dict(zip(heading, row, strict=True)) for row in found]
    for row in filled:
        row["热点事项"] = row["热点事项（建议）"]
    write_worksheet(tmp_path / "f.xlsx", [(n, 9) for n in heading], [list(row.values()) for row in filled])
    done = run("train", path, tmp_path / "f.xlsx", *names, tmp_path / "m", "--json")
    assert done.exit_code == 0, done.output


def test_a_pick_sheet_never_has_one_name_twice(tmp_path, model):
    path = table(tmp_path / "t.csv", made(4), ("行号", "热点事项"))
    done = run("pick", path, "--text", "行号", "--model", model, "--out", tmp_path / "p.xlsx")
    assert done.exit_code == 2
    assert "'行号'" in done.stderr


def test_an_audit_s_sheet_never_has_one_name_twice(tmp_path):
    path = table(tmp_path / "t.csv", made(4), ("诉求", "热点事项"))
    named = ("--text", "诉求", "--topic", "热点事项", "--id", "诉求")
    done = run("audit", path, *named, "--out", tmp_path / "a.xlsx")
    assert done.exit_code == 2
    assert "called '诉求': rename yours" in done.stderr


def test_rows_without_a_text_are_named_and_left_out(tmp_path, model):
    pytest.importorskip("cleanlab")
    blank = [(("", "--", "   ")[i % 3], list(WORDS)[i % 2]) for i in range(12)]
    path = table(tmp_path / "t.csv", made(120) + blank)
    done = run(
        "audit", path, "--text", "诉求内容", "--topic", "热点事项", "--out", tmp_path / "a.xlsx", "--json"
    )
    told = json.loads(done.stdout)
    assert told["rows"] == 120
    assert "contradiction" not in told["findings"]
    assert any("without a usable text, left out: 12 (line 122" in note for note in told["notes"])
    moved = run("drift", path, path, "--text", "诉求内容", "--model", model, "--json")
    told = json.loads(moved.stdout)
    assert told["rows"] == [120, 120]
    assert sum("t.csv: rows without a usable text" in note for note in told["notes"]) == 2


def test_a_period_without_any_text_is_refused(tmp_path, model):
    path, none = table(tmp_path / "a.csv", made(120)), table(tmp_path / "b.csv", [("", "供水服务")] * 120)
    done = run("drift", path, none, "--text", "诉求内容", "--model", model)
    assert done.exit_code == 2
    assert "b.csv has no row with a usable text" in done.stderr


def test_drift_does_not_ask_to_retrain_since_a_model_knows_what_it_was_fitted_to(tmp_path):
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(FILLER, 2)) for _ in range(200)]
    own = rng.choice(200, (8, 8))

    def period():
        units = rng.integers(0, 8, 300)
        told = [
            [rng.choice(own[k]) if rng.random() < 0.2 else rng.integers(200) for _ in range(10)]
            for k in units
        ]
        return [("".join(words[w] for w in row), f"单位{k}") for row, k in zip(told, units, strict=True)]

    paths = [table(tmp_path / f"{name}.csv", period()) for name in "ab"]
    trained = run("train", paths[0], "--text", "诉求内容", "--unit", "热点事项", "--out", tmp_path / "m")
    assert trained.exit_code == 0, trained.output
    done = run("drift", *paths, "--text", "诉求内容", "--model", tmp_path / "m", "--json")
    told = json.loads(done.stdout)
    before, after = told["confidence"]["unit"]
    assert before - after > 0.1
    assert told["advice"] in ("keep", "watch")
    assert any("may have been fitted to the reference" in note for note in told["notes"])


def test_drift_says_the_verdict_first(tmp_path, model):
    before, after = table(tmp_path / "a.csv", made(200)), table(tmp_path / "b.csv", made(200))
    done = run("drift", before, after, "--text", "诉求内容", "--model", model)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("暂不需要重新训练")
    told = run("drift", before, after, "--text", "诉求内容", "--model", model, "--json")
    assert json.loads(told.stdout)["advice"] == "keep"


def test_drift_reads_the_label_column_where_one_is_named(tmp_path, model):
    before = table(tmp_path / "a.csv", made(200))
    after = table(tmp_path / "b.csv", [(text, "供水服务") for text, _ in made(200)])
    options = ("--text", "诉求内容", "--topic", "热点事项", "--model", model, "--json")
    told = json.loads(run("drift", before, after, *options).stdout)
    assert told["labels"]["topic"]["band"] == "large"
    assert told["advice"] == "reweight"


def test_drift_refuses_labels_of_two_kinds(tmp_path, model):
    before = table(tmp_path / "a.csv", made(200))
    after = table(tmp_path / "b.csv", [(text, str(i % 2)) for i, (text, _) in enumerate(made(200))])
    done = run("drift", before, after, "--text", "诉求内容", "--topic", "热点事项", "--model", model)
    assert done.exit_code == 2
    assert (
        "'热点事项' of the two files has no label in common (the most frequent are '供水服务' and '0')"
        in (done.stderr)
    )


def test_a_missing_column_is_one_sentence(tmp_path, model):
    path = table(tmp_path / "a.csv", made(4))
    done = run("drift", path, path, "--text", "诉求", "--model", model)
    assert done.exit_code == 2
    assert "诉求内容" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_worklist_keeps_lines_and_blank_cells(tmp_path):
    path = table(tmp_path / "a.csv", [("路灯不亮", " 市政设施 "), ("", "供水服务"), ("停水", "")])
    found = read_worklist(path, "诉求内容", {"topic": "热点事项"})
    assert found.texts == ["路灯不亮", "", "停水"]
    assert found.labels["topic"] == ["市政设施", "供水服务", ""]
    assert found.lines == [2, 3, 4]


def test_whole_numbers_are_the_same_label_however_a_file_holds_them(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    rows = {"诉求内容": ["路灯不亮", "停水了"], "类型": [1.0, None]}
    pq.write_table(pa.table(rows), tmp_path / "a.parquet")
    assert read_worklist(tmp_path / "a.parquet", "诉求内容", {"type": "类型"}).labels["type"] == ["1", ""]


def test_worklists_that_can_t_be_read_are_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_worklist(tmp_path / "none.csv", "text", {})
    with pytest.raises(InputError, match="no rows"):
        read_worklist(table(tmp_path / "a.csv", []), "诉求内容", {})
    with pytest.raises(ColumnError, match="热点"):
        read_worklist(table(tmp_path / "b.csv", made(2)), "诉求内容", {"topic": "热点"})
