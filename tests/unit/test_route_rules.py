from __future__ import annotations

from pathlib import Path

import pytest

from hotline_nlp.errors import PackError
from hotline_nlp.pack import load_pack
from hotline_nlp.route.rules import COLUMNS, RuleBook, read_rules

PACK = load_pack("xiangtan")


def write(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "rules.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return path


def test_the_first_rule_that_holds_wins(tmp_path: Path) -> None:
    rules = read_rules(
        write(tmp_path, "A,,物业管理,电梯,430302,scjgj,,a", "B,,物业管理,,,zjj,yuhu|市教育局,b"), PACK
    )
    book = RuleBook(rules)
    first = book.match("属地", "物业管理", "电梯坏了", "430302")
    assert first is not None and first.id == "A" and first.word_in("电梯坏了") == "电梯"
    second = book.match("属地", "物业管理", "电梯坏了", "430304")
    assert second is not None and second.id == "B" and second.co_units == ("yuhu", "市教育局")
    assert second.word_in("电梯坏了") == ""
    assert book.match("属地", "教育服务", "电梯坏了", "430302") is None


def test_any_area_means_a_known_one(tmp_path: Path) -> None:
    book = RuleBook(read_rules(write(tmp_path, "A,属地,,,any,zjj,,"), PACK))
    assert book.match("属地", "", "", "") is None
    assert book.match("属地", "", "", "430304") is not None
    assert book.match("市公安局", "", "", "430304") is None


def test_a_pack_without_rules_has_none(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "rules.csv", PACK) == ()
    assert RuleBook().match("属地", "物业管理", "电梯", "") is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,市飞碟局,,,,zjj,,", "line 2: unknown value '市飞碟局' in 'functions'"),
        ("A,,飞碟,,,zjj,,", "line 2: unknown value '飞碟' in 'topics'"),
        ("A,,物业管理,,430399,zjj,,", "line 2: unknown value '430399' in 'areas'"),
        ("A,,物业管理,,,nobody,,", "line 2: unknown unit 'nobody'"),
        ("A,,物业管理,,,zjj,nobody,", "line 2: unknown value 'nobody' in 'co_units'"),
        ("A,,,,any,zjj,,", "line 2: the rule has no function, topic or word"),
        ("A,,物业管理,,,zjj,,\nA,,教育服务,,,jyj,,", "line 3: duplicate id 'A', first used on line 2"),
        ("A,,物业管理,,zjj", "line 2: the row has 5 cells"),
    ],
)
def test_a_faulty_rule_is_named_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(PackError, match=message):
        read_rules(write(tmp_path, row), PACK)


def test_the_packaged_rules_load() -> None:
    rules = read_rules(PACK.folder / "rules.csv", PACK)
    assert len(rules) >= 20 and all(rule.note for rule in rules)
