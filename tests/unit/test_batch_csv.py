from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.batch.encoding import Encoding, detect
from hotline_nlp.batch.read_csv import CsvSource, name_columns, records
from hotline_nlp.batch.rows import Fault, Row
from hotline_nlp.errors import FileFormatError

LINES = "编号,text\n1,路灯坏了三天\n2,楼上半夜装修\n"


def write(folder: Path, raw: bytes | str) -> Path:
    path = folder / "in.csv"
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return path


def rows(folder: Path, raw: bytes | str) -> list[Row]:
    return list(CsvSource(write(folder, raw)).rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_read_alike(tmp_path: Path, encoding: str) -> None:
    found = rows(tmp_path, LINES.encode(encoding))
    assert found == [Row(2, ["1", "路灯坏了三天"]), Row(3, ["2", "楼上半夜装修"])]


def test_one_damaged_line_does_not_change_the_encoding(tmp_path: Path) -> None:
    raw = LINES.encode() + b"3,\xff\xfe\xe8\n" + "4,水管爆了\n".encode()
    assert detect(write(tmp_path, raw)) == Encoding("utf-8", "surrogateescape")
    found = rows(tmp_path, raw)
    assert [row.fault is None for row in found] == [True, True, False, True]
    assert found[2].line == 4 and found[2].fault is not None and "UTF-8" in found[2].fault.reason
    assert found[3].values == ["4", "水管爆了"]


def test_han_that_passes_for_two_byte_utf8(tmp_path: Path) -> None:
    raw = "text\n停水\n".encode("gb18030")
    assert raw.decode() != "text\n停水\n"
    assert rows(tmp_path, raw) == [Row(2, ["停水"])]


def test_a_damaged_line_of_gb18030(tmp_path: Path) -> None:
    raw = (LINES * 6).encode("gb18030") + b"3,\xff\xff\n"
    assert detect(write(tmp_path, raw)) == Encoding("gb18030", "surrogateescape")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (LINES.encode("utf-16"), "UTF-16"),
        (b"text\n" + bytes(range(1, 256)) * 3, "neither UTF-8 nor GB18030"),
        (b'"text\n1\n', "no readable header"),
    ],
)
def test_files_that_are_no_csv(tmp_path: Path, raw: bytes, message: str) -> None:
    with pytest.raises(FileFormatError, match=rf"in\.csv.*{message}"):
        CsvSource(write(tmp_path, raw))


def test_ragged_lines_keep_their_place(tmp_path: Path) -> None:
    found = rows(tmp_path, "a,text\n1\n2,停水,多,余\n\n3,停电\n")
    assert [(row.line, list(row.values)) for row in found] == [
        (2, ["1", None]),
        (3, ["2", "停水"]),
        (5, ["3", "停电"]),
    ]
    assert found[1].fault == Fault("此行有 4 个单元格，而表头有 2 个。", "2,停水,多,余")
    assert found[2].fault is None


def test_a_stray_quote_costs_one_line(tmp_path: Path) -> None:
    found = rows(tmp_path, 'a,text\n1,"没有收尾\n2,停水\n3,"有引号,也有逗号"\n4,停电\n')
    assert [row.line for row in found if row.fault] == [2]
    assert [row.values[1] for row in found if not row.fault] == ["停水", "有引号,也有逗号", "停电"]
    assert found[0].fault is not None and found[0].fault.content == '1,"没有收尾'


def test_a_quote_closed_far_below_costs_one_line(tmp_path: Path) -> None:
    found = rows(tmp_path, 'a,text\n"1,停水\n2,停电"\n3,停气\n')
    assert [(row.line, row.fault is None) for row in found] == [(2, False), (3, True), (4, True)]
    assert found[1].values == ["2", '停电"']


def test_cells_over_several_lines(tmp_path: Path) -> None:
    found = rows(tmp_path, 'a,text\r\n1,"第一行\r\n第二行"\r\n2,停水\r\n')
    assert found == [Row(2, ["1", "第一行\r\n第二行"]), Row(4, ["2", "停水"])]


def test_very_long_cells(tmp_path: Path) -> None:
    text = "水" * 200_000
    assert rows(tmp_path, f"text\n{text}\n")[0].values == [text]


def test_header_names() -> None:
    assert name_columns(["\ta ", "", None, 3]) == ["a", "column_2", "column_3", "3"]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), max_size=8)))
def test_what_a_writer_wrote_is_read_back(table: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(table)
    lines = iter(io.StringIO(buffer.getvalue(), newline=""))
    assert [cells for _, cells in records(lines)] == table


@given(st.text(st.sampled_from('a,"\n\r水'), max_size=60))
def test_any_text_is_read_to_its_end(text: str) -> None:
    lines = list(io.StringIO(text, newline=""))
    found = list(records(iter(lines), 2))
    starts = [line for line, _ in found]
    assert starts == sorted(set(starts)) and all(1 <= line <= len(lines) for line in starts)
    assert bool(found) == bool(lines)


def test_names_lose_the_line_breaks_of_narrow_cells() -> None:
    header = ["诉求\n内容", " a \r\n b ", "\n", None, 0]
    assert name_columns(header) == ["诉求内容", "a b", "column_3", "column_4", "0"]
