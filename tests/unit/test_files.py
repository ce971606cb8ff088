"""Files that are written whole: a failure leaves the old one and nothing else, and ends in one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hotline_nlp.cli import view_train
from hotline_nlp.engines.shares import write_shares
from hotline_nlp.errors import InputError
from hotline_nlp.files import write_whole
from hotline_nlp.learn.worksheet import write_worksheet
from hotline_nlp.pack import load_pack
from hotline_nlp.report import Bulletin, write_md
from hotline_nlp.route.learning import learn_returns
from hotline_nlp.route.units import UnitTable

OLD = b"what was there before"


def shares(path: Path) -> None:
    write_shares(path, "linear", SimpleNamespace(heads=()), {"method": "known shares"})  # type: ignore[arg-type]


def sheet(path: Path) -> None:
    write_worksheet(path, [("诉求", 20)], [("路灯坏了",)])


def bulletin(path: Path) -> None:
    Bulletin(None, None).save(path)  # type: ignore[arg-type]


def report(path: Path) -> None:
    view_train._write(path, SimpleNamespace(to_markdown=str, to_html=str, to_json=lambda: "{}"))  # type: ignore[arg-type]


def returns(path: Path) -> None:
    order = {"topic": "市政设施", "from": "市城管执法局", "to": "市住建局"}
    learn_returns([order], UnitTable(load_pack("xiangtan")), path, replace=True)


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.json": shares,
    "a.xlsx": sheet,
    "a.md": bulletin,
    "b.json": report,
    "returns.csv": returns,
}


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_md, "write_markdown", lambda document, folder: (b"# page\n", {}))


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_forced_to_the_disk_before_it_takes_the_place_of_the_old_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, forced = tmp_path / name, list[bytes]()
    path.write_bytes(OLD)

    def fsync(handle: int) -> None:
        forced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", fsync)
    WRITERS[name](path)
    new = path.read_bytes()
    assert new != OLD
    assert forced[0] == OLD
    assert forced[1:] in ([new], [])  # the folder's names, where the system can
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_old_file_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(OLD)

    def replace(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InputError, match=r"can't be written \(No space left on device\): "):
        WRITERS[name](path)
    assert path.read_bytes() == OLD
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.json", "a.xlsx", "b.json", "returns.csv"])
def test_a_place_that_can_be_none_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(InputError, match="can't be written"):
        WRITERS[name](tmp_path / "file" / name)
    with pytest.raises(InputError, match="can't be written"):
        WRITERS[name](tmp_path / f"{'n' * 300}{Path(name).suffix}")


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"

    def write(stream: Any) -> None:
        stream.write(b"half of it")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, write)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_lets_no_names_be_forced_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    write_whole(tmp_path / "a.bin", lambda stream: stream.write(b"all"))
    assert (tmp_path / "a.bin").read_bytes() == b"all"
