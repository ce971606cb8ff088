from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hotline_nlp import Classifier, __version__
from hotline_nlp.samples import load_samples
from hotline_nlp.taxonomy import load_taxonomy

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"pyarrow", "sklearn", "scipy", "torch", "jieba", "pandas", "numpy", "openpyxl"}
TEXT = "雨湖区鹤岭镇的路灯坏了一个星期，我的电话是13900001234"


def run(*args: str, given: bytes = b"", check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "hotline_nlp", *args],
        input=given,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    if check:
        assert done.returncode == 0 and not err, err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def test_version() -> None:
    assert run("--version").stdout == f"hotline-nlp {__version__}\n"


def test_help_names_every_command() -> None:
    printed = run("--help").stdout
    assert all(name in printed for name in ("classify", "explain", "score", "labels", "info", "demo", "pack"))


@pytest.mark.parametrize("args", [["--help"], ["score", "--help"], ["labels"], ["--version"]])
def test_start_up_stays_light(args: list[str]) -> None:
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['hotline-nlp', *{args!r}]\n"
        "try: runpy.run_module('hotline_nlp', run_name='__main__')\n"
        "except SystemExit: pass\n"
        f"heavy = {HEAVY} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env)
    assert done.stdout.decode().splitlines()[-1] == "heavy: []"


def test_classify_as_json_is_the_result() -> None:
    expected = Classifier.load("linear").classify(TEXT).to_dict()
    assert json.loads(run("classify", TEXT, "--json").stdout) == json.loads(json.dumps(expected))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_classify_reads_standard_input(encoding: str) -> None:
    assert run("classify", "-", given=TEXT.encode(encoding)).stdout == run("classify", TEXT).stdout


@pytest.mark.parametrize("command", [("evaluate", "linear"), ("repeats",)])
def test_a_file_that_the_system_refuses_is_one_sentence(command: tuple[str, ...], tmp_path: Path) -> None:
    table = tmp_path / f"{'长' * 90}.csv"  # longer than a name may be, which no check of the path expects
    done = run(*command, str(table), check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and table.name in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and can't be read")
def test_a_file_that_breaks_off_while_it_is_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in.csv").symlink_to("/proc/self/mem")
    done = run("train", str(tmp_path / "in.csv"), "--unit", "u", "--out", str(tmp_path / "m"), check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"error: .* can't be read or written \(.+\): check .* again\.\n", done.stderr)


def test_classify_is_readable() -> None:
    printed = run("classify", TEXT).stdout
    result = Classifier.load("linear").classify(TEXT)
    assert result.type and result.unit
    assert f"type       {result.type.label} {result.type.probability:.2f}" in printed
    assert result.dispatch.lead in printed and f"decision   {result.decision.action}" in printed
    assert "\x1b" not in printed and not re.search(r" $", printed, re.M)


@pytest.mark.parametrize("text", ["", "   ", "？？！！", "😀😀", "12345", "\ufeff"])
def test_nothing_to_classify_is_a_reject(text: str) -> None:
    printed = run("classify", text).stdout
    assert printed.startswith("decision  reject: ") and "type" not in printed
    assert json.loads(run("classify", text, "--json").stdout)["decision"]["action"] == "reject"


def test_square_brackets_are_no_markup() -> None:
    assert "[red]" in run("explain", "[red]路灯坏了[/red]，没人修[bold]").stdout


def test_explain_shows_the_whole_chain() -> None:
    printed = run("explain", TEXT).stdout
    result = Classifier.load("linear").classify(TEXT, explain=True)
    assert "1390" not in printed and "****" in printed
    for head in ("type", "topic", "unit"):
        spans = [item for item in result.evidence if item.head == head]
        words = [item for item in spans if len(item.text) > 1]
        strongest = max(words, key=lambda item: item.contribution)
        assert f"{head}: {strongest.label}\n" in printed and f"【{strongest.text}】" in printed
        total = sum(item.contribution for item in spans)
        assert re.search(rf"the whole text +{re.escape(f'{total:+.3f}')}", printed)
    for reason in result.dispatch.reasons:
        assert reason in re.sub(r"\n +", "", printed)
    assert json.loads(run("explain", TEXT, "--json").stdout)["evidence"]


def test_labels() -> None:
    sets = json.loads(run("labels", "--json").stdout)
    assert {name: len(labels) for name, labels in sets.items()} == {
        "types": 5,
        "topics": 46,
        "unit_functions": 36,
        "flags": 4,
    }
    printed = run("labels").stdout
    assert all(label.label in printed and label.id in printed for label in load_taxonomy().topics)
    heads = json.loads(run("labels", "--model", "linear", "--json").stdout)
    assert heads["type"] == list(Classifier.load("linear").labels["type"])
    assert "市人社局" in run("labels", "--model", "linear").stdout


def test_tables_line_up_with_wide_characters() -> None:
    lines = run("labels").stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("flags")) + 1
    header, *rows = [line for line in lines[start:] if line.strip() and "─" not in line]
    column = header.index("id")
    for row in rows:
        cells = [char for char in row for _ in range(2 if ord(char) > 0x2E7F else 1)]
        assert cells[column - 1] == " " and cells[column].isascii()
    assert rows and max(len(line) for line in lines) <= 120


def test_info() -> None:
    manifest = Classifier.load("linear").manifest
    shown = json.loads(run("info", "--json").stdout)
    assert shown["format"] == manifest["format"] and shown["metrics"] == manifest["metrics"]
    assert shown["labels"] == {name: len(labels) for name, labels in Classifier.load("linear").labels.items()}
    printed = run("info").stdout
    assert manifest["version"] in printed and f"{manifest['weights']['bytes']:,}" in printed


def test_demo_shows_every_sample_and_one_in_full() -> None:
    printed = run("demo").stdout
    clf, samples = Classifier.load("linear"), load_samples()
    results = [clf.classify(sample["text"]) for sample in samples]
    for head in ("type", "topic", "unit"):
        hits = sum(
            getattr(result, head) is not None and getattr(result, head).label == sample[head]
            for result, sample in zip(results, samples, strict=True)
        )
        assert f"{head}: {hits} of {len(samples)} as the samples are labelled" in printed
    table = printed.partition("as the samples")[0]
    assert all(sample["text"][:16] in table for sample in samples)
    assert "One request in full" in printed and "the whole text" in printed


def test_packs_are_made_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "zhuzhou"
    made = run("pack", "init", str(folder), "--city", "株洲市", "--template", "xiangtan").stdout
    assert f"hotline-nlp pack check {folder}" in made
    assert "is a valid pack of 株洲市: " in run("pack", "check", str(folder)).stdout
    again = run("pack", "init", str(folder), "--city", "株洲市", check=False)
    assert again.returncode == 2 and again.stderr.startswith("error: ")
    (folder / "units.csv").write_text("id\nx\n", "utf-8")
    broken = run("pack", "check", str(folder), check=False)
    assert broken.returncode == 2 and "units.csv, line 1" in broken.stderr


def test_another_city(tmp_path: Path) -> None:
    run("pack", "init", str(tmp_path / "t"), "--city", "测试市", "--template", "xiangtan")
    printed = run("classify", TEXT, "--city", str(tmp_path / "t")).stdout
    assert "lead unit" in printed


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["classify", TEXT, "--model", "nowhere"], "no packaged model"),
        (["classify", TEXT, "--city", "atlantis"], "no city pack named 'atlantis'"),
        (["info", "--model", "."], "manifest.json"),
        (["pack", "init", ".", "--city", "株洲市"], "is not an empty folder"),
    ],
)
def test_errors_are_one_sentence(args: list[str], message: str) -> None:
    done = run(*args, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert re.fullmatch(r"error: .+\n", done.stderr) and message in done.stderr


def test_usage_errors() -> None:
    done = run("nonsense", check=False)
    assert done.returncode == 2 and "No such command" in done.stderr


def test_standard_input_in_no_known_encoding() -> None:
    done = run("classify", "-", given=b"\xff\xfe\xff", check=False)
    assert done.returncode == 2 and "neither UTF-8 nor GB18030" in done.stderr


def test_a_foreign_console_still_gets_utf8() -> None:
    printed = run("labels", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C").stdout
    assert "消费维权" in printed


@pytest.mark.skipif(sys.platform == "win32", reason="has no such pipes")
@pytest.mark.parametrize("args", ["labels --json", "demo"])
def test_a_broken_pipe_is_quiet(args: str) -> None:
    line = f"'{sys.executable}' -m hotline_nlp {args} | head -n 1"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", line], capture_output=True, env=env)
    assert done.returncode == 0 and done.stderr == b""
