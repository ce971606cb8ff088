from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.errors import ColumnError, FileFormatError, InputError, PackError
from hotline_nlp.pack import load_pack
from hotline_nlp.route import Return, Router
from hotline_nlp.route.corrections import Corrections, read_corrections
from hotline_nlp.route.learning import learn_returns
from hotline_nlp.route.returns import Bounce, apply_history, read_history, stated_target

ROUTER = Router(load_pack("xiangtan"))
UNITS = ROUTER.units
CITY, HOUSING = "湘潭市城市管理和综合执法局", "湘潭市住房和城乡建设局"
GUESS = [("市城管执法局", 0.6), ("市住建局", 0.3), ("属地", 0.1)]


@pytest.mark.parametrize(
    ("reason", "target"),
    [
        ("不属于我局职责，应由市住建局处理", HOUSING),
        ("建议转市水利局", "湘潭市水利局"),
        ("该路段归岳塘区管", "岳塘区人民政府"),
        ("不属于市住建局的职责", ""),
        ("请核实地点后重派", ""),
        ("", ""),
    ],
)
def test_the_target_that_a_reason_states(reason: str, target: str) -> None:
    assert stated_target(reason, UNITS) == target


def test_a_unit_that_returned_falls_and_its_target_rises() -> None:
    before = ROUTER.trace("路边的树倒了", GUESS, "市政设施")
    after = ROUTER.trace("路边的树倒了", GUESS, "市政设施", [Return(CITY, "应由市园林部门处理")])
    assert before.dispatch.lead == CITY and after.dispatch.lead == HOUSING
    named = ROUTER.trace("路边的树倒了", GUESS, "市政设施", [Return(CITY, "应由岳塘区处理")])
    assert named.dispatch.lead == "岳塘区人民政府" and named.dispatch.procedure == "direct"
    assert sum(p for _, p in named.dispatch.candidates) == pytest.approx(1.0, abs=0.01)


def test_a_county_s_bureau_takes_what_the_city_s_was_named_for() -> None:
    history = [Return("湘潭县", "属于市水利局职责", "2024-11-05T09:30")]
    routing = ROUTER.trace("湘潭县石潭镇的水渠断了", [("属地", 0.8)], "农村管理", history)
    assert routing.dispatch.lead == "湘潭县水利局"


def test_two_returns_make_a_joint_investigation_that_names_the_units() -> None:
    history = [Return(CITY, "应由市住建局办理"), Return("市住建局", "应由市城管局办理")]
    dispatch = ROUTER.trace("桥下的栏杆断了", GUESS, "市政设施", history).dispatch
    assert dispatch.procedure == "joint_investigation"
    assert {dispatch.lead, *dispatch.co_units} == {CITY, HOUSING}
    assert "联合会商" in dispatch.reasons[-1]


def test_a_return_by_the_only_candidate_leaves_nobody() -> None:
    routing = ROUTER.trace("桥栏杆断了", [("市城管执法局", 1.0)], "市政设施", [Return(CITY, "不归我局")])
    assert (routing.dispatch.lead, routing.dispatch.procedure) == ("", "unclear_duty")
    assert any("退回" in reason for reason in routing.dispatch.reasons)


def test_a_history_may_be_mappings() -> None:
    history = [{"unit": "市城管局", "reason": "应由市住建局办理", "at": "2024-11-05"}]
    assert ROUTER.trace("桥栏杆断了", GUESS, "市政设施", history).dispatch.lead == HOUSING


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Return("市外星局"), "item 1 names the unknown unit '市外星局'"),
        (Return("市城管局", "", "昨天"), "item 1 has the time '昨天'"),
        ({"reason": "x"}, "item 1 needs 'unit'"),
        ({"unit": "市城管局", "when": "x"}, "item 1 needs 'unit'"),
        ("市城管局", "pass Return"),
        (Return(3), "pass Return"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_history_is_refused(item: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ROUTER.route("路灯坏了", GUESS, "市政设施", [item])


@given(
    st.dictionaries(st.sampled_from("甲乙丙丁"), st.floats(0.01, 1.0), min_size=1),
    st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.sampled_from(["", "甲", "乙", "丙"])), min_size=1),
)
@settings(deadline=None)
def test_shares_after_returns_are_shares(scores: dict[str, float], pairs: list[tuple[str, str]]) -> None:
    found = apply_history(scores, [Bounce(a, b if a != b else "", "") for a, b in pairs])
    assert sum(found.values()) == pytest.approx(1.0)
    assert all(0.0 <= p <= 1.0 for p in found.values())


def test_history_is_read_with_official_names() -> None:
    (bounce,) = read_history([Return("市城管局", "归市住建局")], UNITS, "")
    assert (bounce.unit, bounce.target) == (CITY, HOUSING)


ROWS = [{"事项": "市政设施", "首派单位": "市城管局", "改派单位": "市住建局", "件数": 30}]
STAYED = {"topic": "市政设施", "from": "市城管局", "to": "", "count": 10}


def test_learnt_returns_move_the_first_dispatch(tmp_path: Path) -> None:
    learned = learn_returns(ROWS, UNITS, tmp_path / "returns.csv")
    learned = learn_returns([STAYED], UNITS, learned.path)
    assert (learned.orders, learned.returned, learned.pairs) == (10, 0, 1)
    found = read_corrections(learned.path, UNITS).apply("市政设施", {CITY: 0.9, HOUSING: 0.1})
    assert found[HOUSING] == pytest.approx(0.1 + 0.9 * 30 / 50)
    assert sum(found.values()) == pytest.approx(1.0)
    assert read_corrections(learned.path, UNITS).apply("教育服务", {CITY: 1.0}) == {CITY: 1.0}


def test_without_orders_that_stayed_only_doubt_moves() -> None:
    corrections = Corrections([("市政设施", CITY, HOUSING, 990)])
    sure = corrections.apply("市政设施", {CITY: 0.95, HOUSING: 0.05})
    unsure = corrections.apply("市政设施", {CITY: 0.55, HOUSING: 0.45})
    assert sure[CITY] > 0.85 and unsure[HOUSING] > unsure[CITY]


def test_the_router_uses_and_names_what_it_learnt(tmp_path: Path) -> None:
    router = Router(load_pack("xiangtan"))
    router.learn_returns([*ROWS, STAYED], tmp_path / "returns.csv")
    text = "人行道的护栏倒了"
    routing = router.trace(text, GUESS, "市政设施")
    assert routing.dispatch.lead == HOUSING == router.lead(text, GUESS, "市政设施")
    assert any("改派" in reason and "30件" in reason for reason in routing.dispatch.reasons)


def test_tables_are_read_from_csv_and_xlsx(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["事项", "首派单位", "改派单位"])
    book.active.append(["市政设施", "市城管局", "市住建局"])
    book.save(tmp_path / "r.xlsx")
    (tmp_path / "r.csv").write_text("topic,from,to\n市政设施,市城管局,市住建局\n", encoding="utf-8-sig")
    for name in ("r.xlsx", "r.csv"):
        learned = learn_returns(tmp_path / name, UNITS, tmp_path / "out.csv")
        assert learned.returned == 1
    corrections = read_corrections(tmp_path / "out.csv", UNITS)
    assert corrections.seen("市政设施", CITY, HOUSING) == 2


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("topic,from\n市政设施,市城管局\n", ColumnError, "no column 'to'"),
        ("topic,from,to\n市政,市城管局,市住建局\n", InputError, "line 2: unknown topic '市政'"),
        ("topic,from,to\n市政设施,市城管局,甲局\n", InputError, "line 2: unknown unit '甲局'"),
        ("topic,from,to,count\n市政设施,市城管局,市住建局,-3\n", InputError, "line 2: count '-3'"),
    ],
)
def test_a_faulty_table_is_refused_and_nothing_is_written(
    tmp_path: Path, text: str, error: type[Exception], message: str
) -> None:
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        learn_returns(tmp_path / "r.csv", UNITS, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.xlsx").write_bytes(b"no workbook")
    (tmp_path / "r.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("r.xlsx", "r.csv", "missing.csv"):
        with pytest.raises(FileFormatError, match=name):
            learn_returns(tmp_path / name, UNITS, tmp_path / "out.csv")


def test_a_cell_may_hold_what_other_readers_take_for_a_line_s_end(tmp_path: Path) -> None:
    rows = [f"市政设施,市城管局,市住建局,甲{mark}乙" for mark in ("\x0b", "\x85", "\u2028", "\x1c")]
    table = tmp_path / "r.csv"
    table.write_bytes("\r\n".join(["topic,from,to,note", *rows, '市政设施,市城管局,,"甲\n乙"']).encode())
    learned = learn_returns(table, UNITS, tmp_path / "out.csv")
    assert (learned.orders, learned.returned, learned.skipped) == (5, 4, 0)


def test_a_workbook_that_was_cut_or_states_too_few_rows(tmp_path: Path) -> None:
    from zipfile import ZIP_DEFLATED, ZipFile

    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["topic", "from", "to"])
    for _ in range(60):
        book.active.append(["市政设施", "市城管局", "市住建局"])
    book.save(tmp_path / "whole.xlsx")
    sheet = "xl/worksheets/sheet1.xml"
    for name in ("cut", "short"):
        with ZipFile(tmp_path / "whole.xlsx") as old, ZipFile(tmp_path / f"{name}.xlsx", "w") as new:
            for item in old.namelist():
                raw = old.read(item)
                if item == sheet:
                    raw = raw[:-200] if name == "cut" else raw.replace(b'"A1:C61"', b'"A1:C3"')
                    assert raw != old.read(item)
                new.writestr(item, raw, ZIP_DEFLATED)
    with pytest.raises(FileFormatError, match=r"cut\.xlsx is no whole XLSX workbook"):
        learn_returns(tmp_path / "cut.xlsx", UNITS, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
    assert learn_returns(tmp_path / "short.xlsx", UNITS, tmp_path / "out.csv").orders == 60
    with pytest.raises(InputError, match="no sheet '十二月'"):
        learn_returns(tmp_path / "whole.xlsx", UNITS, tmp_path / "out.csv", sheet="十二月", replace=True)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("市政,gaj,zjj,1", "line 2: unknown topic"),
        ("市政设施,gaj,nobody,1", "line 2: unknown unit 'nobody'"),
        ("市政设施,gaj,zjj,x", "line 2: count 'x'"),
    ],
)
def test_a_faulty_returns_file_of_a_pack_is_refused(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "returns.csv").write_text(f"topic,from,to,count\n{row}\n", encoding="utf-8")
    with pytest.raises(PackError, match=message):
        read_corrections(tmp_path / "returns.csv", UNITS)
