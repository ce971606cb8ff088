from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hotline_nlp import Classifier
from hotline_nlp.batch import BatchReport, write_sheet
from hotline_nlp.batch.lock import locked
from hotline_nlp.errors import InputError

WHAT = ["路灯坏了", "停水两天", "公司欠薪", "油烟太大", "", "想问医保怎么报销", "要表扬公交司机"]
LINES = "编号,text\n" + "".join(
    f"{i},{i}栋：{WHAT[i % 7]}\n" if i % 7 != 4 else f"{i},\n" for i in range(400)
)
OPTIONS: dict[str, Any] = {"batch_size": 4}


class Breaking:
    """The real classifier that lets something happen at its n-th batch."""

    def __init__(self, clf: Classifier, at: int, happen: Callable[[], None]) -> None:
        self._clf, self._left, self._happen = clf, at, happen

    def score_columns(self, texts: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            self._happen()
        return self._clf.score_columns(texts)

    def score_batch(self, source: Any, **options: Any) -> Any:
        return Classifier.score_batch(self, source, **options)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clf, name)


def interrupt() -> None:
    raise KeyboardInterrupt


def crash() -> None:
    raise MemoryError


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return Classifier.load("linear")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(LINES, "utf-8")
    return path


def halted(clf: Classifier, source: Path, out: Path, at: int = 70, **options: Any) -> None:
    """Leave an unfinished job behind."""
    with pytest.raises(MemoryError):
        Breaking(clf, at, crash).score_batch(source, out=out, **{**OPTIONS, **options})
    assert not out.exists()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_an_interrupted_job_ends_with_the_same_bytes(
    clf: Classifier, source: Path, tmp_path: Path, kind: str
) -> None:
    whole, out = tmp_path / f"whole.{kind}", tmp_path / f"out.{kind}"
    clf.score_batch(source, out=whole, **OPTIONS)
    for at in (1, 40, 30):
        halted(clf, source, out, at)
    report = clf.score_batch(source, out=out, **OPTIONS)
    assert out.read_bytes() == whole.read_bytes()
    assert (tmp_path / f"out.{kind}.rejects.csv").read_bytes() == Path(f"{whole}.rejects.csv").read_bytes()
    assert report.rows == 400 and report.resumed == 192 and report.rejected == 57
    assert names(tmp_path) == sorted(
        ["in.csv", f"out.{kind}", f"out.{kind}.rejects.csv", f"whole.{kind}", f"whole.{kind}.rejects.csv"]
    )


def test_an_interrupt_keeps_every_scored_batch(clf: Classifier, source: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Breaking(clf, 22, interrupt).score_batch(source, out=tmp_path / "out.csv", **OPTIONS)
    assert clf.score_batch(source, out=tmp_path / "out.csv", **OPTIONS).resumed == 84


def test_several_files_go_on_in_the_right_one(clf: Classifier, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(4):
        (folder / f"{i}.csv").write_text("text\n" + f"第{i}片停水了\n" * (33 + i), "utf-8")
    clf.score_batch(folder, out=tmp_path / "whole.csv", **OPTIONS)
    halted(clf, folder, tmp_path / "out.csv", 34)
    report = clf.score_batch(folder, out=tmp_path / "out.csv", **OPTIONS)
    assert report.resumed > 60 and report.rows == 138
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": "编号"}, r"another text column \('text', now '编号'\)"),
        ({"columns": ["unit"]}, "another added columns"),
        ({"batch_size": 5}, r"another batch size \(4, now 5\)"),
    ],
)
def test_other_options_do_not_go_on(
    clf: Classifier, source: Path, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    out = tmp_path / "out.csv"
    halted(clf, source, out)
    with pytest.raises(InputError, match=message + ".*--restart"):
        clf.score_batch(source, out=out, **{**OPTIONS, **options})
    assert clf.score_batch(source, out=out, resume=False, **{**OPTIONS, **options}).resumed == 0


def test_a_changed_input_does_not_go_on(clf: Classifier, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    halted(clf, source, out)
    source.write_text(LINES + "400,停气\n", "utf-8")
    with pytest.raises(InputError, match=r"another input, or its input has changed since.*--restart"):
        clf.score_batch(source, out=out, **OPTIONS)
    assert clf.score_batch(source, out=out, resume=False, **OPTIONS).rows == 401


def test_an_input_that_was_copied_back_goes_on(clf: Classifier, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    halted(clf, source, out)
    raw = source.read_bytes()
    source.unlink()
    with pytest.raises(InputError, match=r"no file or folder .*in\.csv: .*bring it back to go on from .*out"):
        clf.score_batch(source, out=out, **OPTIONS)
    (tmp_path / "share").mkdir()
    copied = tmp_path / "share" / "in.csv"
    copied.write_bytes(raw)
    os.utime(copied, (1, 1))
    assert clf.score_batch(copied, out=out, **OPTIONS).resumed > 0


def test_another_model_does_not_go_on(clf: Classifier, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    halted(clf, source, out)
    other = Classifier.load("linear")
    other.engine.name = "linear@9.9.9"
    with pytest.raises(InputError, match=r"another model \('linear@0.*now 'linear@9\.9\.9"):
        other.score_batch(source, out=out, **OPTIONS)


def test_another_calibration_of_the_same_weights_does_not_go_on(
    clf: Classifier, source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    halted(clf, source, out)
    other = Classifier.load("linear")
    other.engine.manifest["decision"]["threshold"] += 0.1
    with pytest.raises(InputError, match=r"another model \('linear@.*--restart"):
        other.score_batch(source, out=out, **OPTIONS)


def test_a_changed_city_pack_does_not_go_on(clf: Classifier, source: Path, tmp_path: Path) -> None:
    pack, out = tmp_path / "pack", tmp_path / "out.csv"
    shutil.copytree(clf.pack.folder, pack)
    halted(Classifier.load("linear", city=pack), source, out)
    (pack / ".returns.csv.swp").write_bytes(b"of an editor")
    halted(Classifier.load("linear", city=pack), source, out, 20)
    orders = [{"topic": "市政设施", "from": "市城管局", "to": "市住建局"}]
    other = Classifier.load("linear", city=pack)
    other.router.learn_returns(orders)
    with pytest.raises(InputError, match=r"another city pack \('xiangtan .*, now 'xiangtan .*--restart"):
        other.score_batch(source, out=out, **OPTIONS)
    assert other.score_batch(source, out=out, resume=False, **OPTIONS).resumed == 0


def test_an_input_that_changes_underway_is_told(clf: Classifier, source: Path, tmp_path: Path) -> None:
    other = Breaking(clf, 50, lambda: os.utime(source, (1, 1)))
    with pytest.raises(InputError, match=r"in\.csv was changed while it was read"):
        other.score_batch(source, out=tmp_path / "out.csv", **OPTIONS)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can't be removed there")
def test_a_vanished_input_can_come_back(clf: Classifier, source: Path, tmp_path: Path) -> None:
    out, away = tmp_path / "out.csv", tmp_path / "away.csv"
    with pytest.raises(InputError, match=r"in\.csv: .*bring the file back.*kept in .*out\.csv\.parts"):
        Breaking(clf, 50, lambda: source.rename(away) and None).score_batch(source, out=out, **OPTIONS)
    with pytest.raises(InputError, match="no file or folder"):
        clf.score_batch(source, out=out, **OPTIONS)
    away.rename(source)
    report = clf.score_batch(source, out=out, **OPTIONS)
    assert (report.rows, report.resumed) == (400, 384)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
@pytest.mark.parametrize("limit", [2_000, 12_000])
def test_a_full_disk_can_be_gone_on_from(clf: Classifier, source: Path, tmp_path: Path, limit: int) -> None:
    import resource
    import signal

    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    clf.score_batch(source, out=whole, **OPTIONS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(InputError, match=r"the disk of .*out\.csv is full: free some space.*again"):
            clf.score_batch(source, out=out, **OPTIONS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert not out.exists()
    clf.score_batch(source, out=out, **OPTIONS)
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}'])
def test_a_damaged_journal_is_told(clf: Classifier, source: Path, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out.csv"
    halted(clf, source, out)
    (tmp_path / "out.csv.parts" / "journal.json").write_text(text)
    with pytest.raises(InputError, match=r"journal\.json can't be read: .*--restart"):
        clf.score_batch(source, out=out, **OPTIONS)


def test_a_journal_of_another_version_is_told(clf: Classifier, source: Path, tmp_path: Path) -> None:
    halted(clf, source, tmp_path / "out.csv")
    path = tmp_path / "out.csv.parts" / "journal.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "format": 99}))
    with pytest.raises(InputError, match="another version"):
        clf.score_batch(source, out=tmp_path / "out.csv", **OPTIONS)


def test_a_lost_part_is_told(clf: Classifier, source: Path, tmp_path: Path) -> None:
    halted(clf, source, tmp_path / "out.csv")
    (tmp_path / "out.csv.parts" / "part-00001.parquet").unlink()
    with pytest.raises(InputError, match=r"part-00001\.parquet of the unfinished job is missing"):
        clf.score_batch(source, out=tmp_path / "out.csv", **OPTIONS)


def test_files_of_others_are_left_alone(clf: Classifier, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out.csv.parts"
    folder.mkdir()
    (folder / "thesis.docx").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"holds thesis\.docx, which is no part of a job"):
        clf.score_batch(source, out=tmp_path / "out.csv", **OPTIONS)
    assert (folder / "thesis.docx").read_bytes() == b"mine"


def test_what_a_killed_write_left_is_removed(clf: Classifier, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out.csv.parts"
    folder.mkdir()
    for name in (".journal.json.part", ".part-00000.parquet.part", ".output.part", ".rejects.part"):
        (folder / name).write_bytes(b"half")
    assert clf.score_batch(source, out=tmp_path / "out.csv", **OPTIONS).rows == 400
    assert not folder.exists()


def test_one_process_at_a_time(clf: Classifier, source: Path, tmp_path: Path) -> None:
    with locked(tmp_path / "out.csv.parts"), pytest.raises(InputError, match="another process is writing"):
        clf.score_batch(source, out=tmp_path / "out.csv", **OPTIONS)
    assert clf.score_batch(source, out=tmp_path / "out.csv", **OPTIONS).rows == 400


def test_an_output_is_replaced_and_stale_rejects_go(clf: Classifier, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    clf.score_batch(source, out=out, **OPTIONS)
    source.write_text("text\n停水了\n", "utf-8")
    report = clf.score_batch(source, out=out, **OPTIONS)
    assert isinstance(report, BatchReport) and report.rejects_path is None
    assert names(tmp_path) == ["in.csv", "out.csv"] and out.read_bytes().count(b"\n") == 2


def test_a_sheet_that_would_overflow_is_refused_early(
    clf: Classifier, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_sheet, "MAX_ROWS", 100)
    with pytest.raises(InputError, match="at most 100 rows"):
        clf.score_batch(source, out=tmp_path / "out.xlsx", **OPTIONS)


@pytest.mark.parametrize(
    ("given", "out", "message"),
    [
        ("in.csv", "in.csv", "is the input too"),
        ("in.csv", "none/out.csv", "a folder that exists"),
        ("in.csv", "out.doc", "suffix that is not known"),
        ("in.csv", Path("/"), "^/ has a suffix that is not known"),
        ("*.parquet", "out.csv", "holds no file to score"),
        ("gone.csv", "out.csv", "no file or folder"),
        ([], "out.csv", "no input file was given"),
        ([3], "out.csv", "must be paths, not int"),
    ],
)
def test_paths_that_do_not_fit(
    clf: Classifier, source: Path, tmp_path: Path, given: Any, out: str | Path, message: str
) -> None:
    where = str(tmp_path / given) if isinstance(given, str) else given
    with pytest.raises(InputError, match=message):
        clf.score_batch(where, out=tmp_path / out)
    assert names(tmp_path) == ["in.csv"]
