"""Commands that write a file: never over one that they read, nor unasked over one that is there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hotline_nlp.cli import COMMANDS
from hotline_nlp.cli.app import app
from hotline_nlp.cli.target import check_target
from hotline_nlp.errors import InputError
from hotline_nlp.route.learning import learn_returns
from hotline_nlp.samples import load_samples

MINE = b"what a person wrote"
OTHER_RULES = {"score", "train", "bundle"}
"""score goes on where it stopped, train keeps the better model, bundle wants a new folder."""


@pytest.fixture(autouse=True)
def commands() -> None:
    for name in COMMANDS:
        if name not in ("serve", "key", "feedback"):
            import_module(f"hotline_nlp.cli.{name}")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = ["date,text,request,reply,type"]
    for i, row in enumerate(load_samples()[:40]):
        lines.append(f"2024-11-{i % 28 + 1:02d},{row['text']},{row['text']},已于11月5日修复,{row['type']}")
    (tmp_path / "in.csv").write_text("\n".join(lines), "utf-8")
    (tmp_path / "shares.json").write_text('{"type": {"求助": 0.5}}', "utf-8")
    return tmp_path


def run(*argv: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(argv))
    return done.exit_code, done.output


WRITERS = {
    "repeats": (("repeats", "in.csv"), "out.xlsx"),
    "replies": (("replies", "in.csv"), "out.xlsx"),
    "bulletin": (("bulletin", "in.csv", "--month", "2024-11"), "out.md"),
    "adapt": (("adapt", "--known", "shares.json"), "out.json"),
    "evaluate": (("evaluate", "linear", "in.csv", "--type", "type"), "out.md"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_there_is_kept_without_force_and_replaced_with_it(name: str, folder: Path) -> None:
    if name in ("repeats", "replies"):
        pytest.importorskip("jieba")
        pytest.importorskip("rensa")
    argv, out = WRITERS[name]
    to = "--report" if name == "evaluate" else "--out"
    (folder / out).write_bytes(MINE)
    code, said = run(*argv, to, out)
    assert (code, (folder / out).read_bytes()) == (2, MINE), said
    assert f"{out} is there already" in said and "--force" in said and said.count("\n") == 1
    code, said = run(*argv, to, out, "--force")
    assert code == 0, said
    assert (folder / out).read_bytes() != MINE


@pytest.mark.parametrize(
    "argv",
    [
        ("repeats", "none.csv", "in.xlsx", "--out", "in.xlsx"),
        ("replies", "in.xlsx", "--out", "in.xlsx"),
        ("bulletin", "none.csv", "in.xlsx", "--month", "2024-11", "--out", "in.xlsx"),
        ("adapt", "--known", "in.json", "--out", "in.json"),
        ("adapt", "--known", "pack", "--model", "in.json", "--out", "in.json"),
        ("evaluate", "in.json", "in.csv", "--report", "in.json"),
        ("correct", "in.xlsx", "none.xlsx", "--out", "in.xlsx"),
        ("pick", "in.csv", "--labelled", "in.xlsx", "--out", "in.xlsx"),
    ],
)
def test_no_file_that_is_read_is_replaced_even_with_force(argv: tuple[str, ...], folder: Path) -> None:
    for name in ("in.xlsx", "in.json"):
        (folder / name).write_bytes(MINE)
    code, said = run(*argv, "--force")
    assert code == 2 and f"{argv[-1]} is a file to read" in said
    assert (folder / argv[-1]).read_bytes() == MINE


def test_a_folder_is_made_for_a_report(folder: Path) -> None:
    code, said = run(*WRITERS["evaluate"][0], "--report", "new/er/out.md")
    assert code == 0 and (folder / "new" / "er" / "out.md").is_file(), said


def test_feedback_is_not_exported_over_a_file(folder: Path) -> None:
    pytest.importorskip("sqlalchemy")
    import_module("hotline_nlp.cli.feedback")
    (folder / "out.csv").write_bytes(MINE)
    argv = ("feedback", "export", "out.csv", "--data", "data")
    code, said = run(*argv)
    assert code == 2 and "--force" in said and (folder / "out.csv").read_bytes() == MINE
    code, said = run(*argv, "--force")
    assert code == 0 and "wrote 0 requests" in said, said
    assert (folder / "out.csv").read_bytes() != MINE


def test_what_a_pack_learnt_is_no_table_to_learn_from(folder: Path) -> None:
    (folder / "returns.csv").write_text("topic,from,to,count\n市政设施,甲,乙,3\n", "utf-8")
    with pytest.raises(InputError, match="keeps what it learnt"):
        learn_returns(folder / "returns.csv", None, folder / "returns.csv", replace=True)  # type: ignore[arg-type]


def test_every_command_that_writes_a_file_has_force(folder: Path) -> None:
    group = typer.main.get_command(app)
    found = {
        name: {param.name for param in command.params}
        for name, command in group.commands.items()  # type: ignore[attr-defined]
    }
    writing = {name for name, params in found.items() if params & {"out", "report", "folder"}}
    assert writing >= {"audit", "correct", "pick", *WRITERS, *OTHER_RULES}
    assert {name for name in writing if "force" not in found[name]} == OTHER_RULES - {"train"}


def test_one_file_by_two_names_is_the_same_and_a_folder_is_none(tmp_path: Path) -> None:
    table, done = tmp_path / "in.xlsx", tmp_path / "done.xlsx"
    for path in (table, done):
        path.write_bytes(MINE)
    (tmp_path / "link.xlsx").symlink_to(table)
    for name in ("in.xlsx", "link.xlsx"):
        with pytest.raises(InputError, match="a file to read"):
            check_target(tmp_path / name, [None, "linear", table], force=True)
    with pytest.raises(InputError, match="--force"):
        check_target(done, [table])
    with pytest.raises(InputError, match="is a folder"):
        check_target(tmp_path, [table], force=True)
    with pytest.raises(InputError, match=r"in\.xlsx is no folder"):
        check_target(table / "a" / "out.xlsx", [])
    check_target(done, [table], force=True)
    check_target(tmp_path / "new.xlsx", [table])
