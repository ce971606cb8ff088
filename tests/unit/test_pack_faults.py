from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline_nlp.errors import PackError
from hotline_nlp.pack import load_pack, read

META = {"format": 1, "id": "t", "city": "测试市", "province": "湖南省", "schema_version": "1.0"}
FILES = {
    "places.csv": "code,name,short,level,parent,aliases\n1,甲区,甲区,area,,\n11,乙镇,乙镇,town,1,乙\n",
    "units.csv": (
        "id,name,aliases,kind,function,area,level\n"
        "jia,甲区人民政府,甲区,县市区,属地,1,县\n"
        "gaj,测试市公安局,市公安局,市直,市公安局,,市\n"
    ),
    "known_places.csv": "name,aliases,area,town,kind\n一中,,1,11,学校\n",
    "renamed.csv": "old,code,note\n老甲区,1,更名\n",
    "duties.csv": "id,unit,clause,topics\nT-1,市公安局,维护治安。,治安管理\n",
    "tags.csv": "desk,tag,triggers,topics\n紧急程度,一般,,\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pack.json").write_text(json.dumps(META, ensure_ascii=False, indent=1), encoding="utf-8")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def refused(folder: Path, name: str, line: int, message: str) -> None:
    where = re.escape(f"{folder.resolve() / name}, line {line}: ")
    with pytest.raises(PackError, match=where + ".*" + message):
        load_pack(folder)


def test_the_sound_pack_loads(folder: Path) -> None:
    pack = load_pack(folder)
    assert [unit.id for unit in pack.units] == ["jia", "gaj"]
    assert pack.duties_of("市公安局")[0].topics == ("治安管理",)


@pytest.mark.parametrize("name", ["pack.json", "shares.json", *FILES])
def test_a_file_changed_since_is_read_again(folder: Path, name: str) -> None:
    assert load_pack(folder) is load_pack(folder)
    (folder / name).write_text("{", "utf-8")
    with pytest.raises(PackError, match=re.escape(name)):
        load_pack(folder)


@pytest.mark.parametrize("name", [*FILES, "pack.json"])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refused(folder, name, 1, "missing")


@pytest.mark.parametrize("name", list(FILES))
def test_missing_column(folder: Path, name: str) -> None:
    first, rest = FILES[name].split(",", 1)
    (folder / name).write_text("# 说明\nx" + first + "," + rest, encoding="utf-8")
    refused(folder, name, 2, f"column '{first}' is missing")


BAD_ROWS: list[tuple[str, str, str]] = [
    ("units.csv", "x,某局,,市直,市火星局,,市", "unknown function '市火星局'"),
    ("units.csv", "x,某局,,部属,市公安局,,市", "unknown kind '部属'"),
    ("units.csv", "x,某局,,市直,市公安局,,省", "unknown level '省'"),
    ("units.csv", "gaj,某局,,市直,市公安局,,市", "duplicate id 'gaj', first used on line 3"),
    ("units.csv", "x,某局,市公安局,市直,市公安局,,市", "duplicate alias '市公安局', first used on line 3"),
    ("units.csv", "x,某局,某|某,市直,市公安局,,市", "duplicate alias within the row"),
    ("units.csv", "x,某局,,市直,市公安局,99,市", "area '99' is not the code of a known area"),
    ("units.csv", "x,某区,,县市区,属地,,县", "needs its area code"),
    ("units.csv", ",某局,,市直,市公安局,,市", "'id' is empty"),
    ("units.csv", "x,某局,市直,市公安局,,市", "the row has 6 cells where the header has 7"),
    ("places.csv", "12,丙镇,丙镇,town,9,", "unknown parent '9'"),
    ("places.csv", "12,丙镇,丙镇,town,12,", "parents of '12' form a cycle"),
    ("places.csv", "12,丙镇,丙镇,town,,", "has no parent"),
    ("places.csv", "11,丙镇,丙镇,town,1,", "duplicate code '11', first used on line 3"),
    ("places.csv", "12,丙镇,丙镇,town,1,乙", "duplicate alias '乙', first used on line 3"),
    ("places.csv", "1２,丙镇,丙镇,town,1,", "code '1２' is not a number"),
    ("places.csv", "12,丙镇,丙镇,street,1,", "unknown level 'street'"),
    ("known_places.csv", "二中,,1,1,学校", "town '1' is not the code of a known town"),
    ("known_places.csv", "一中,,1,,学校", "duplicate alias '一中', first used on line 2"),
    ("renamed.csv", "旧村,77,", "code '77' is not the code of a known"),
    ("duties.csv", "T-1,市公安局,再来一次。,", "duplicate id 'T-1', first used on line 2"),
    ("duties.csv", "T-2,某处,做事。,", "unknown unit '某处'"),
    ("duties.csv", "T-2,gaj,做事。,天气", "unknown topic '天气'"),
    ("tags.csv", "紧急程度,一般,,", "duplicate tag '一般', first used on line 2"),
]


@pytest.mark.parametrize(("name", "row", "message"), BAD_ROWS)
def test_bad_row(folder: Path, name: str, row: str, message: str) -> None:
    text = FILES[name] + "# 注释\n\n" + row + "\n"
    (folder / name).write_text(text, encoding="utf-8")
    refused(folder, name, text.count("\n"), message)


def test_cycle_of_two_is_found(folder: Path) -> None:
    text = FILES["places.csv"] + "12,丙村,丙村,village,13,\n13,丁村,丁村,village,12,\n"
    (folder / "places.csv").write_text(text, encoding="utf-8")
    refused(folder, "places.csv", 4, "form a cycle")


def test_known_place_lies_in_its_town(folder: Path) -> None:
    (folder / "places.csv").write_text(FILES["places.csv"] + "2,戊区,戊区,area,,\n", encoding="utf-8")
    (folder / "known_places.csv").write_text(
        FILES["known_places.csv"] + "湖,,2,11,公园广场\n", encoding="utf-8"
    )
    refused(folder, "known_places.csv", 3, "does not lie in area '2'")


def test_text_that_is_not_utf8(folder: Path) -> None:
    (folder / "tags.csv").write_bytes(b"desk,tag,triggers,topics\n" + "专席,标签,,\n".encode("gbk"))
    refused(folder, "tags.csv", 2, "not UTF-8")


def test_byte_order_mark_is_allowed(folder: Path) -> None:
    (folder / "units.csv").write_text(FILES["units.csv"], encoding="utf-8-sig")
    assert len(load_pack(folder).units) == 2


def test_file_that_is_too_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read.MAX_BYTES == 50 * 1024 * 1024
    monkeypatch.setattr(read, "MAX_BYTES", 20)
    refused(folder, "places.csv", 1, "more than the 20 allowed")


def test_broken_quotes(folder: Path) -> None:
    (folder / "duties.csv").write_text(FILES["duties.csv"] + 'T-2,"gaj"x,做事。,\n', encoding="utf-8")
    refused(folder, "duties.csv", 3, "the CSV is broken")


def test_empty_file_has_no_header(folder: Path) -> None:
    (folder / "renamed.csv").write_text("# 只有注释\n", encoding="utf-8")
    refused(folder, "renamed.csv", 1, "the header is missing")


def test_repeated_column(folder: Path) -> None:
    (folder / "renamed.csv").write_text("old,code,note,old\n", encoding="utf-8")
    refused(folder, "renamed.csv", 1, "stands twice")


META_FAULTS: list[tuple[Callable[[dict[str, object]], object], int, str]] = [
    (lambda m: m.update(format="one"), 2, "format must be a whole number"),
    (lambda m: m.update(format=True), 2, "format must be a whole number"),
    (lambda m: m.update(format=2), 2, "newer than 1"),
    (lambda m: m.update(city=" "), 4, "'city' must be a non-empty text"),
    (lambda m: m.pop("id"), 1, "'id' must be a non-empty text"),
    (lambda m: m.update(short_names="测"), 7, "'short_names' must be a list"),
    (lambda m: m.update(level_rules={}), 7, "'level_rules' must be a list"),
    (lambda m: m.update(level_rules=[{"areas": "1"}]), 7, "needs 'areas'"),
    (
        lambda m: m.update(level_rules=[{"areas": ["1"], "bureaus": {"某": "局"}}]),
        13,
        "unknown unit function '某'",
    ),
]


@pytest.mark.parametrize(("change", "line", "message"), META_FAULTS)
def test_bad_meta(
    folder: Path, change: Callable[[dict[str, object]], object], line: int, message: str
) -> None:
    meta: dict[str, object] = dict(META)
    change(meta)
    (folder / "pack.json").write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")
    refused(folder, "pack.json", line, message)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"format": 1,\n "calls": -1}', 2, "'calls' must be a whole number from 0 up"),
        ('{"format": 1,\n "types": {\n "咨询": 1.5}}', 3, "'咨询' must be a whole number from 0 up"),
        ('{"format": 1,\n oops}', 2, "the JSON is broken"),
        ("[1]", 1, "one JSON object"),
        ("[" * 100_000, 1, "nested too deeply|the JSON is broken"),
    ],
)
def test_bad_shares(folder: Path, text: str, line: int, message: str) -> None:
    (folder / "shares.json").write_text(text, encoding="utf-8")
    refused(folder, "shares.json", line, message)
