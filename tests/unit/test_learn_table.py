"""Reading labelled tables: dates, labels, faults."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.batch.plan import Options, Plan
from hotline_nlp.errors import ColumnError, InputError, TrainingError
from hotline_nlp.learn.dates import day, seconds
from hotline_nlp.learn.labels import Rare, choose_labels, nearest, rare_notes
from hotline_nlp.learn.sources import Columns
from hotline_nlp.learn.table import read_tickets
from hotline_nlp.learn.worklist import read_worklist

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
NOON = dt.datetime(2024, 5, 3, 12, 30)


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        "2024-05-03 12:30",
        "2024/5/3 12:30:00",
        "2024.5.3 12:30",
        "2024年5月3日12时30分",
        "2024年05月03日 12:30:00",
        "20240503123000",
        20240503123000,
        "2024-05-03T12:30:00Z",
        "2024-05-03T12:30:00.000+08:00",
        "２０２４／５／３　１２：３０",
        45415.520833333336,
        "45415.520833333336",
    ],
)
def test_dates_are_read_however_written(value: object) -> None:
    assert seconds(value) == pytest.approx((NOON - dt.datetime(1970, 1, 1)).total_seconds(), abs=1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "昨天",
        "2024-13-01",
        "2024-02-30",
        "3/5/24",
        "99999",
        7,
        True,
        math.nan,
        pd.NaT,
        "1066-10-14",
    ],
)
def test_other_things_are_no_dates(value: object) -> None:
    assert math.isnan(seconds(value))


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 12, 31)))
def test_a_day_goes_there_and_back(moment: dt.datetime) -> None:
    assert day(seconds(moment.isoformat(" "))) == moment.strftime("%Y-%m-%d")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_a_date_or_nan(text: str) -> None:
    assert isinstance(seconds(text), float)


RECORDS = [
    {"text": "路灯不亮三天了", "unit": " 路灯 所 ", "when": "2024-05-03"},
    {"text": "自来水发黄", "unit": 3.0, "when": None},
    {"text": None, "unit": "路灯所", "when": "2024-05-03"},
    {"text": "公交不停站", "unit": math.nan, "when": "2024-05-03"},
]


@pytest.mark.parametrize("make", [list, pd.DataFrame, lambda r: pa.Table.from_pandas(pd.DataFrame(r)), iter])
def test_tables_and_records_read_alike(make) -> None:
    source = [{**r, "unit": r["unit"] if isinstance(r["unit"], str) else None} for r in RECORDS]
    source[1]["unit"] = "3"
    found = read_tickets(make(source), Columns(unit="unit", date="when"))
    assert found.texts == ["路灯不亮三天了", "自来水发黄"]
    assert found.labels == {"unit": ["路灯 所", "3"]}
    assert found.dates is not None and np.isnan(found.dates[1])
    assert sum("left out: 1 (line" in note for note in found.notes) == 2


def test_polars_and_odd_cells() -> None:
    assert read_tickets(pl.DataFrame(RECORDS[:1]), Columns(unit="unit")).labels == {"unit": ["路灯 所"]}
    assert read_tickets(RECORDS, Columns(unit="unit")).labels == {"unit": ["路灯 所", "3"]}


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2024-13-45", "'2024-13-45'"),
        ("去年冬天", "4 characters"),
        ("王先生家住和平小区三栋，电话未留", "16 characters"),
        ("", "empty"),
        ("3-2-501", "7 characters"),
        ("13812345678", "'***********'"),
    ],
)
def test_a_note_quotes_no_cell_that_is_no_date(cell: str, told: str) -> None:
    rows = [{"text": "路灯坏了三天没人来修", "unit": "路灯所", "date": cell}]
    notes = read_tickets(rows, Columns(unit="unit", date="date")).notes
    assert notes == (f"dates that can't be read: 1 (line 1 ({told}))",)


def test_faults_of_the_source() -> None:
    with pytest.raises(ColumnError, match="did you mean 'unit'"):
        read_tickets(RECORDS, Columns(unit="units"))
    with pytest.raises(TrainingError, match="no row has both"):
        read_tickets([{"text": "！！", "unit": "甲"}], Columns(unit="unit"))
    with pytest.raises(InputError, match="record 1 is a int"):
        read_tickets([1], Columns(unit="unit"))
    with pytest.raises(InputError, match="no file"):
        read_tickets("nothing-here.csv", Columns(unit="unit"))
    with pytest.raises(InputError, match="can't be read"):
        read_tickets(3, Columns(unit="unit"))


def test_labels_are_ordered_and_the_rare_ones_named() -> None:
    values = ["市水务局"] * 12 + ["市民政局"] * 20 + ["市水物局"] + ["街道办"] * 3 + [""]
    fitted = np.ones(len(values), bool)
    found = choose_labels("unit", values, fitted, few=10)
    assert found is not None
    assert found.labels == ("市民政局", "市水务局", "街道办")
    assert found.codes.tolist() == [1] * 12 + [0] * 20 + [-1] + [2] * 3 + [-1]
    assert [(r.label, r.count, r.dropped) for r in found.rare] == [
        ("市水物局", 1, True),
        ("街道办", 3, False),
    ]
    assert found.rare[0].suggestion == "市水务局"
    assert "did it mean '市水务局'" in found.rare[0].sentence()
    fitted[:12] = False
    again = choose_labels("unit", values, fitted, few=10)
    assert again is not None and "市水务局" not in again.labels


def test_many_rare_labels_are_one_sentence_and_typos_one_each() -> None:
    rare = (*tuple(Rare(f"第{k}站", 3, False) for k in range(9)), Rare("噪音扰名", 2, False, "噪音扰民"))
    typo, rest = rare_notes("unit", (*rare, Rare("甲", 1, True)))[::2]
    assert typo == "unit: '噪音扰名' has 2 rows: kept, but hardly learned; did it mean '噪音扰民'?"
    assert rest.startswith("unit: 9 labels have too few rows, kept") and all(
        r.label in rest for r in rare[:9]
    )


def test_a_head_of_one_label_is_none() -> None:
    assert choose_labels("type", ["投诉"] * 9 + ["咨询"], np.ones(10, bool), 5) is None
    assert nearest("市水务局", ["街道办", "公交公司"]) == ""


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("投拆", "投诉"),
        ("求住", "求助"),
        ("咨洵", "咨询"),
        ("诉投", "投诉"),
        ("市水物局", "市水务局"),
        ("水务局", "市水务局"),
        ("市水务局局", "市水务局"),
        ("城关执法大队", "城管执法大队"),
    ],
)
def test_a_typo_is_told_of_its_label(typo: str, meant: str) -> None:
    likely = ["咨询", "求助", "投诉", "建议", "其他", "市水务局", "城管执法大队", "二号站"]
    assert nearest(typo, likely) == meant


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("税务服务", "政务服务"),
        ("供水服务", "供电服务"),
        ("市邮政管理局", "市民政局"),
        ("三号站", "二号站"),
        ("B区所", "A区所"),
        ("甲", "乙"),
        ("园林处", "市水务局"),
    ],
)
def test_a_label_of_its_own_is_no_typo(label: str, other: str) -> None:
    assert nearest(label, [other]) == ""


def test_a_typo_is_much_rarer_than_what_it_meant() -> None:
    values = ["路灯"] * 30 + ["路牌"] * 9 + ["路登"] * 2 + ["水管"] * 30
    found = choose_labels("unit", values, np.ones(len(values), bool), few=10)
    assert found is not None
    assert [(r.label, r.suggestion) for r in found.rare] == [("路登", "路灯"), ("路牌", "")]


def test_labels_left_out_say_how_many_of_their_rows_were_held_out() -> None:
    values = ["甲所"] * 20 + ["乙站"] * 20 + ["临时办"] * 3
    fitted = np.ones(len(values), bool)
    fitted[-2:] = False
    found = choose_labels("unit", values, fitted, few=10)
    assert found is not None
    assert found.rare[0].sentence() == "'临时办' has 3 rows, 1 of them to fit to: left out"
    rare = tuple(Rare(f"第{k}办", 3, True, "", k % 2) for k in range(4))
    assert rare_notes("unit", (*rare, Rare("单", 1, True, "", 1)))[0] == (
        "unit: 5 labels have too few rows to fit to, left out: "
        "'第0办' (0 of 3), '第1办' (1 of 3), '第2办' (0 of 3), '第3办' (1 of 3), '单' (1)"
    )


FIRST_ROWS = [
    ("工单号;诉求内容\n1;路灯不亮\n", "its cells are parted by semicolons, save it with commas."),
    ("工单号，诉求内容\n1，路灯不亮\n", "its cells are parted by full-width commas, save it with commas."),
    ("工单明细,\n工单号,诉求内容\n", "its first row must hold the names of the columns, delete any title"),
    (
        "工单明细,十一月,\n工单号,诉求内容,类型\n",
        "--text (text=...), or delete the first row if it is a title",
    ),
    ("工单号,类型\n1,投诉\n", "name it with --text (text=...)."),
]
READERS = [
    lambda path: read_tickets(path, Columns(text="诉求内容", unit="承办单位")),
    lambda path: read_worklist(path, "诉求内容", {"unit": "承办单位"}),
    lambda path: Plan([path], Options("诉求内容", ("unit",), 8)),
]


@pytest.mark.parametrize("read", READERS, ids=["train", "audit", "score"])
@pytest.mark.parametrize(
    ("content", "hint"), FIRST_ROWS, ids=["semicolons", "wide commas", "title", "two titles", "other"]
)
def test_a_file_without_names_in_its_first_row_is_told_of_alike(read, content, hint, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content, "utf-8")
    with pytest.raises(ColumnError) as caught:
        read(tmp_path / "t.csv")
    assert str(caught.value).startswith("t.csv has no column '诉求内容'; its columns are ")
    assert hint in str(caught.value)


@pytest.mark.parametrize("read", READERS[:2], ids=["train", "audit"])
def test_a_missing_label_column_is_told_by_its_own_option(read, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("诉求内容,备注,备注\n路灯不亮,,\n", "utf-8")
    with pytest.raises(ColumnError, match=r"name it with --unit \(unit=\.\.\.\)\."):
        read(tmp_path / "t.csv")


def test_lines_of_several_files_are_told_with_their_file(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("text,unit\n路灯不亮,甲\n……,甲\n", "utf-8")
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    (note,) = read_tickets(files, Columns(unit="unit")).notes
    assert note == "rows without a usable text, left out: 2 (line 3 of a.csv, line 3 of b.csv)"
    (note,) = read_tickets(files[:1], Columns(unit="unit")).notes
    assert note == "rows without a usable text, left out: 1 (line 3)"


def test_columns_that_are_not_read_may_stand_twice(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("诉求内容,承办单位,备注,备注\n路灯不亮,甲,,\n", "utf-8")
    assert READERS[0](tmp_path / "t.csv").texts == READERS[1](tmp_path / "t.csv").texts == ["路灯不亮"]
    with pytest.raises(ColumnError, match="'备注' twice"):
        READERS[2](tmp_path / "t.csv")
