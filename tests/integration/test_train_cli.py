"""The commands train and evaluate, on files of every kind that they read."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline_nlp.cli.app import app

NAMES = ("工单号", "诉求内容", "诉求类型", "承办单位", "受理时间")
MATTERS = {
    "热力公司": ["暖气一直不热", "供暖管漏水", "暖气片冰凉", "供热站停了"],
    "园林处": ["树枝挡住窗户", "草坪全枯死了", "行道树要倒", "绿篱没人剪"],
    "客运站": ["班车老晚点", "买不到车票", "候车厅太脏", "检票口排长队"],
}
ASKS = {"咨询": ["请问该找哪里", "想问什么时候能好"], "求助": ["请派人帮忙解决", "求你们来看看"]}
PLACES = [
    "东门口",
    "学府路",
    "百花小区",
    "汽修厂旁",
    "新村三栋",
    "河堤边",
    "老粮库",
    "中学对面",
    "菜场后面",
    "桥头",
]
LIVES = ["老人怕冷", "孩子要上学", "出行很不便", "邻居都有意见", "已经好几天", "打过电话没人理", "天天如此"]


def rows(count: int) -> list[tuple[str, ...]]:
    rng, out = random.Random(7), []
    for n in range(count):
        unit, ask = rng.choice(list(MATTERS)), rng.choice(list(ASKS))
        parts = [rng.choice(PLACES) + rng.choice(MATTERS[unit]), *rng.sample(LIVES, 2), rng.choice(ASKS[ask])]
        out.append(
            (f"A{n}", "，".join(parts), ask, unit, f"2024/{1 + n // 28 % 12}/{1 + n % 28} 9:0{n % 10}")
        )
    return out


def write(path: Path, found: list[tuple[str, ...]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as stream:
            csv.writer(stream).writerows([NAMES, *found])
    elif path.suffix == ".xlsx":
        book = pytest.importorskip("openpyxl").Workbook()
        for row in (NAMES, *found):
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".jsonl":
        lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in found]
        path.write_text("\n".join(lines), "utf-8")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = zip(NAMES, zip(*found, strict=True), strict=True)
        pq.write_table(pa.table({name: list(column) for name, column in columns}), path)
    return path


def invoke(*args: object) -> tuple[int, str]:
    for name in ("train", "evaluate", "adapt"):
        import_module(f"hotline_nlp.cli.{name}")
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    return done.exit_code, done.output


COLUMNS = ("--text", "诉求内容", "--type", "诉求类型", "--unit", "承办单位")
MORE = ("--date", "受理时间", "--id", "工单号")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("train")
    code, out = invoke(
        "train",
        write(folder / "t.xlsx", rows(120)),
        *COLUMNS,
        *MORE,
        "--out",
        folder / "my-model",
        "--few",
        3,
    )
    assert code == 0, out
    return folder, out


def test_train_prints_and_writes(trained: tuple[Path, str]) -> None:
    folder, out = trained
    assert "by time" in out and "unit" in out and "wrote" in out
    assert json.loads((folder / "my-model" / "manifest.json").read_text("utf-8"))["name"] == "my-model"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl", ".parquet"])
def test_evaluate_reads_every_format_alike(trained: tuple[Path, str], suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"t{suffix}", rows(30))
    report = tmp_path / "report.json"
    code, out = invoke("evaluate", trained[0] / "my-model", path, *COLUMNS, "--json", "--report", report)
    assert code == 0, out
    found = json.loads(out)
    assert found["rows"] == 30 and found["metrics"]["unit"]["accuracy"] >= 0.9
    assert json.loads(report.read_text("utf-8"))["metrics"] == found["metrics"]


def test_a_report_never_replaces_what_was_read(tmp_path: Path) -> None:
    path, month = write(tmp_path / "t.csv", rows(30)), tmp_path / "month.json"
    assert invoke("adapt", "--known", "pack", "--out", month)[0] == 0
    before = month.read_bytes()
    code, out = invoke("evaluate", month, path, *COLUMNS, "--report", month)
    assert code == 2 and "is a file to read" in out
    assert month.read_bytes() == before


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, out = invoke("evaluate", "linear", tmp_path / "none.csv")
    assert code == 2 and "there is no file" in out and "none.csv" in out


def test_labels_that_are_all_foreign_are_said_to_be(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", rows(30))
    code, out = invoke("evaluate", "linear", path, "--text", "诉求内容", "--unit", "工单号")
    assert code == 0 and "unit: the model has none of the 30 labels" in out


def test_second_training_compares_and_keeps_the_better(trained: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = trained
    moved = [(*r[:3], list(MATTERS)[i % 2], r[4]) if i < 90 else r for i, r in enumerate(rows(120))]
    path, model = write(tmp_path / "bad.csv", moved), folder / "my-model"
    before = (model / "weights.safetensors").read_bytes()
    code, out = invoke("train", path, *COLUMNS, *MORE, "--out", model)
    assert code == 2 and "is better" in out and "--force" in out and "unit" in out
    assert (model / "weights.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--text", "内容", "--unit", "承办单位"), "no column '内容'; its columns are 工单号"),
        (("--text", "诉求内容"), "no label column"),
        (("--text", "诉求内容", "--unit", "承办单位", "--from", "nowhere"), "no packaged model"),
        (("--text", "诉求内容", "--unit", "承办单位", "--error-rate", "2"), "error rate"),
    ],
)
def test_errors_are_one_sentence(args: tuple[str, ...], words: str, tmp_path: Path) -> None:
    code, out = invoke("train", write(tmp_path / "t.csv", rows(30)), *args, "--out", tmp_path / "m")
    assert code == 2 and out.startswith("error: ") and words in out and out.count("\n") == 1
    assert not (tmp_path / "m").exists()


def test_a_model_that_could_not_be_measured_shows_no_empty_table(tmp_path: Path) -> None:
    same = [(*r[:1], "东门口暖气一直不热，请派人来看看", *r[2:]) for r in rows(40)]
    code, out = invoke("train", write(tmp_path / "t.csv", same), *COLUMNS, "--out", tmp_path / "m")
    assert code == 0 and "the model is not measured" in out
    assert "measured on held-out rows" not in out and "macro-F1" not in out
    assert "macro-F1" not in (tmp_path / "m" / "README.md").read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child there")
def test_interrupt_leaves_nothing(tmp_path: Path) -> None:
    import pty

    path = write(tmp_path / "t.csv", rows(1000))
    command = [sys.executable, "-m", "hotline_nlp", "train", path, *COLUMNS, "--out", tmp_path / "m"]
    screen, terminal = pty.openpty()  # progress is told to terminals alone
    child = subprocess.Popen(list(map(str, command)), stderr=terminal, stdout=subprocess.PIPE)
    os.close(terminal)
    told = b""
    while b"calibration fit 2" not in told:
        told += os.read(screen, 4096)
    child.send_signal(signal.SIGINT)
    child.communicate()
    told += os.read(screen, 4096)
    os.close(screen)
    assert child.returncode == 130 and b"interrupted: nothing was changed" in told
    assert [found.name for found in tmp_path.iterdir()] == ["t.csv"]
