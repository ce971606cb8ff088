"""City packs on the command line: `pack check` and `learn-returns` as a data clerk runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hotline_nlp.pack import init_pack

ROOT = Path(__file__).resolve().parents[2]
HEADER = "事项,首派单位,改派单位\n"
MOVED = "市政设施,市城管局,市住建局\n"


def run(*args: str | Path, code: int = 0) -> str:
    """Run the real command; return what it printed (its errors where it should fail)."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "hotline_nlp", *map(str, args)]
    done = subprocess.run(command, capture_output=True, env=env, check=False)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    assert done.returncode == code, err
    return err if code else out


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return init_pack(tmp_path / "mine", city="湘潭市", template="xiangtan")


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def line_of(path: Path, part: str) -> int:
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if part in line)


def test_a_sound_pack_is_counted(pack: Path) -> None:
    printed = run("pack", "check", pack)
    assert "is a valid pack of 湘潭市: 62 units, 1035 places" in printed
    assert "25 rules, 0 learnt corrections" in printed and "note:" not in printed


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("rules.csv", ",yczmj,,", ",nobody,,", "unknown unit 'nobody'"),
        ("rules.csv", "XT-R02,市供水公司", "XT-R01,市供水公司", "duplicate id 'XT-R01', first used on line"),
        ("rules.csv", "any,属地,市燃气供暖公司", "999,属地,市燃气供暖公司", "unknown value '999' in 'areas'"),
        ("duties.csv", "XT-SD-02,属地", "XT-SD-02,某处", "unknown unit '某处'"),
        ("distractors.csv", ",weak", ",soft", "unknown kind 'soft'"),
        ("pack.json", '"公安局"', '""', "the bureau of '市公安局' must be a non-empty text"),
        ("pack.json", '"430302",', '"430321",', "has two bureaus in area '430321'"),
        (
            "units.csv",
            "市公安局|市公安,",
            "市公安局|市教育局,",
            "duplicate alias '市教育局', first used on line",
        ),
        ("places.csv", "code,name", "code,title", "column 'name' is missing"),
    ],
)
def test_a_fault_is_named_with_file_and_line(pack: Path, name: str, old: str, new: str, message: str) -> None:
    rewrite(pack / name, old, new)
    said = run("pack", "check", pack, code=2)
    assert re.match(rf"error: {re.escape(str(pack / name))}, line \d+: .*{re.escape(message)}", said), said


def test_the_line_is_the_fault_s_own(pack: Path) -> None:
    rewrite(pack / "rules.csv", ",yczmj,,", ",nobody,,")
    line = line_of(pack / "rules.csv", ",nobody,,")
    assert f"rules.csv, line {line}: " in run("pack", "check", pack, code=2)


def test_a_cycle_of_places_is_named(pack: Path) -> None:
    with (pack / "places.csv").open("a", encoding="utf-8") as stream:
        stream.write("990001,甲村,甲村,village,990002,\n990002,乙村,乙村,village,990001,\n")
    assert "form a cycle" in run("pack", "check", pack, code=2)


def test_a_places_file_of_200_mb_is_refused_unread(pack: Path) -> None:
    with (pack / "places.csv").open("r+b") as stream:
        stream.truncate(200 * 1024 * 1024)
    said = run("pack", "check", pack, code=2)
    assert "places.csv, line 1: the file has 209715200 bytes, more than the 52428800 allowed" in said


def test_what_a_valid_pack_leaves_open_is_noted(pack: Path) -> None:
    rewrite(pack / "units.csv", "\nzhaoshan,", "\n#zhaoshan,")
    rewrite(pack / "units.csv", "\nslj,", "\n#slj,")
    with (pack / "rules.csv").open("a", encoding="utf-8") as stream:
        stream.write("Z-1,属地,环境保护,油烟,430302,属地,,已有上一条\n")
    printed = run("pack", "check", pack)
    area = line_of(pack / "places.csv", "昭山")
    assert re.search(rf"note: .*places.csv, line {area}: .* has no unit of 属地", printed)
    assert "units.csv: no unit has the function 市水利局" in printed
    assert "rule Z-1 never decides, since XT-R21 on line" in printed


def test_returns_are_learnt_into_the_pack_and_used(pack: Path, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["热点", "首派单位", "改派单位", "件数"])
    book.active.append(["市政设施", "市城管局", "市住建局", 40.0])
    book.active.append([None, None, None, None])
    book.active.append(["市政设施", "市城管局", None, 2])
    book.save(tmp_path / "returns.xlsx")
    text = "市民广场的路灯不亮，路灯杆也歪了"
    before = json.loads(run("classify", text, "--city", pack, "--json"))["dispatch"]["lead"]
    printed = run("learn-returns", tmp_path / "returns.xlsx", "--pack", pack, "--topic", "热点")
    assert "42 orders, 40 of them returned (95.2%)" in printed
    rows = (pack / "returns.csv").read_text("utf-8").splitlines()
    assert rows[1:] == [
        "topic,from,to,count",
        "市政设施,湘潭市城市管理和综合执法局,湘潭市住房和城乡建设局,40",
        "市政设施,湘潭市城市管理和综合执法局,湘潭市城市管理和综合执法局,2",
    ]
    after = run("explain", text, "--city", pack)
    assert before == "湘潭市城市管理和综合执法局"
    assert "历史改派：市政设施事项由湘潭市城市管理和综合执法局改派湘潭市住房和城乡建设局共40件。" in after
    assert "1 learnt corrections" in run("pack", "check", pack)


def test_bad_rows_are_named_and_may_be_left_out(pack: Path, tmp_path: Path) -> None:
    table = tmp_path / "r.csv"
    rows = MOVED + "市政,市城管局,市住建局\n\n物业管理,甲局,雨湖区\n"
    table.write_bytes((HEADER + rows).encode("gb18030"))
    said = run("learn-returns", table, "--city", pack, code=2)
    assert "r.csv, line 3: unknown topic '市政'" in said and "line 5: unknown unit '甲局'" in said
    assert not (pack / "returns.csv").exists()
    learned = json.loads(run("learn-returns", table, "--city", pack, "--skip-bad", "--json"))
    assert (learned["orders"], learned["returned"], learned["skipped"]) == (1, 1, 2)
    assert learned["faults"][1].startswith("line 5: ")


def test_a_table_is_learnt_once(pack: Path, tmp_path: Path) -> None:
    table = tmp_path / "r.csv"
    table.write_text(HEADER + MOVED, "utf-8")
    run("learn-returns", table, "--city", pack)
    assert "was learnt into" in run("learn-returns", table, "--city", pack, code=2)
    assert json.loads(run("learn-returns", table, "--city", pack, "--replace", "--json"))["orders"] == 1
    assert (pack / "returns.csv").read_text("utf-8").count("市政设施") == 1


@pytest.mark.parametrize(
    ("content", "args", "message"),
    [
        ("topic,from\n市政设施,市城管局\n", (), "has no column 'to' (or 改派单位"),
        (
            HEADER + MOVED,
            ("--count", "数量"),
            "columns are 事项, 首派单位, 改派单位: add it or name another one with --count",
        ),
        ("事项;首派单位;改派单位\n", (), "parted by semicolons, save it with commas."),
        ("2024年退单,,\n事项,首派单位,改派单位\n", (), "delete any title above them"),
        ("事项,首派单位,改派单位,改派单位\n", (), "has the column '改派单位' twice"),
        (HEADER, (), "holds no order that can be learnt"),
        ("", (), "is empty; give a table with a header"),
        (HEADER + '市政设施,"市城管局"x,市住建局\n', (), "line 2: the CSV is broken"),
    ],
)
def test_an_unfit_table_is_refused(
    pack: Path, tmp_path: Path, content: str, args: tuple[str, ...], message: str
) -> None:
    table = tmp_path / "r.csv"
    table.write_text(content, "utf-8")
    assert message in run("learn-returns", table, "--city", pack, *args, code=2)
    assert not (pack / "returns.csv").exists()


def test_a_file_that_is_missing_or_no_workbook_is_named(pack: Path, tmp_path: Path) -> None:
    assert "there is no file" in run("learn-returns", tmp_path / "none.xlsx", "--city", pack, code=2)
    (tmp_path / "fake.xlsx").write_bytes(b"no zip")
    assert "is no whole XLSX workbook" in run("learn-returns", tmp_path / "fake.xlsx", "--city", pack, code=2)
