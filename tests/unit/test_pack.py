from __future__ import annotations

from collections import Counter
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.errors import InputError, PackError
from hotline_nlp.pack import CityPack, init_pack, load_pack
from hotline_nlp.taxonomy import load_taxonomy

FUNCTIONS = [label.label for label in load_taxonomy().unit_functions]
BULLETIN = {
    "岳塘区": 1537,
    "雨湖区": 1489,
    "湘潭县": 1345,
    "湘乡市": 1195,
    "市公安局": 489,
    "市市场监管局": 463,
    "韶山市": 343,
    "湘潭城发集团": 316,
    "中环水务": 245,
    "市人社局": 240,
}


@pytest.fixture(scope="module")
def pack() -> CityPack:
    return load_pack()


def test_places_are_complete_and_levels_nest(pack: CityPack) -> None:
    assert Counter(place.level for place in pack.places) == {"area": 8, "town": 70, "village": 957}
    above = {"town": "area", "village": "town"}
    for place in pack.places:
        parent = pack.place(place.parent)
        assert (parent.level if parent else None) == above.get(place.level)


def test_short_names_drop_the_committee(pack: CityPack) -> None:
    villages = [place for place in pack.places if place.level == "village"]
    assert not [p.short for p in villages if p.short.endswith(("委会", "委员会", "村村")) or "镇" in p.short]
    shorts = {p.short for p in villages if p.parent == "430302100"}
    assert {"红星村", "响塘村"} <= shorts
    assert [p.short for p in pack.places if p.code == "430302001001"] == ["雨湖路社区"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_unit_and_three_duties(pack: CityPack, function: str) -> None:
    assert pack.units_for(function)
    assert len(pack.duties_of(function)) >= 3


def test_each_topic_is_some_units_duty(pack: CityPack) -> None:
    covered = {topic for duty in pack.duties for topic in duty.topics}
    assert covered == {label.label for label in load_taxonomy().topics}


def test_duties_are_sentences_with_stable_ids(pack: CityPack) -> None:
    assert {"XT-GAJ-01", "XT-SD-01", "XT-YC-01"} <= {duty.id for duty in pack.duties}
    clauses = [duty.clause for duty in pack.duties]
    assert len(set(clauses)) == len(clauses)
    assert all(len(c) >= 10 and c.endswith("。") for c in clauses)
    assert all(duty.topics for duty in pack.duties)


def test_the_bulletin_can_be_told_from_the_shares(pack: CityPack) -> None:
    shares = pack.shares
    units = {}
    for name in BULLETIN:
        unit = pack.find_unit(name)
        assert unit is not None, name
        units[name] = shares["units"][unit.id]
    assert units == BULLETIN
    assert sum(shares["types"].values()) == shares["requests"] == 30044
    assert shares["answered_on_the_spot"] + shares["dispatched"] == 30044
    assert round(100 * sum(shares["units"].values()) / shares["dispatched"], 2) == 81.79
    assert len(shares["topics"]) == 10
    assert set(shares["topics"]) <= {label.label for label in load_taxonomy().topics}


def test_every_area_has_its_local_unit(pack: CityPack) -> None:
    for place in pack.places:
        if place.level == "area":
            unit = pack.local_unit(place.code)
            assert unit is not None and unit.function == "属地"
    assert pack.local_unit("999999") is None
    nine = pack.find_unit("九华")
    assert nine is not None and nine.area == "430373"


def test_operators_and_desks(pack: CityPack) -> None:
    names = " ".join(unit.name for unit in pack.units_for("市通信运营企业"))
    assert all(word in names for word in ("电信", "移动", "联", "广电"))
    desks = Counter(tag.desk for tag in pack.tags)
    assert desks["文明创建-便民利民"] == 5 and desks["文明创建-环境卫生"] == 3 and desks["政企通"] == 5
    assert {"人大代表反映", "紧急程度"} <= set(desks)


def test_lead_unit(pack: CityPack) -> None:
    assert pack.lead_unit("市供水公司").name == "湘潭中环水务有限公司"
    assert pack.lead_unit("市公安局").id == "gaj"
    with pytest.raises(InputError, match="local_unit"):
        pack.lead_unit("属地")
    with pytest.raises(PackError, match="has no unit for '市铁路局'"):
        pack.lead_unit("市铁路局")


def test_county_bureaus_follow_the_level_rule(pack: CityPack) -> None:
    assert pack.county_unit("430321", "市公安局") == "湘潭县公安局"
    assert pack.county_unit("430302", "市教育局") == "雨湖区教育局"
    assert pack.county_unit("430302", "市公安局") is None
    assert pack.county_unit("430371", "市教育局") is None
    assert pack.county_unit("", "市教育局") is None


@given(st.sampled_from(load_pack().places))
def test_area_of_follows_the_code(place) -> None:
    area = load_pack().area_of(place.code)
    assert area is not None and area.code == place.code[:6]


def test_known_places(pack: CityPack) -> None:
    known = {place.name: place for place in pack.known_places}
    assert 60 <= len(known) <= 150
    assert known["天元美居乐四期珑庭"].area == "430371"
    assert all(place.town[:6] in ("", place.area) for place in known.values())
    assert {"小区", "学校", "医院", "道路", "公园广场", "市场商圈"} <= {p.kind for p in known.values()}


def test_pack_is_cached_and_frozen(pack: CityPack) -> None:
    assert load_pack("xiangtan") is pack
    with pytest.raises(FrozenInstanceError):
        pack.city = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        pack.shares["calls"] = 1  # type: ignore[index]


def test_unknown_city_names_the_packaged_ones() -> None:
    with pytest.raises(PackError, match=r"no city pack named 'atlantis'.*packaged: .*xiangtan"):
        load_pack("atlantis")
    with pytest.raises(PackError, match="no city pack named"):
        load_pack("../taxonomy")


@pytest.mark.parametrize("template", ["empty", "xiangtan"])
def test_init_pack_round_trips(tmp_path: Path, template: str, pack: CityPack) -> None:
    folder = init_pack(tmp_path / "zhuzhou", city="株洲市", template=template)
    made = load_pack(folder)
    assert (made.id, made.city) == ("zhuzhou", "株洲市")
    assert (folder / "units.csv").read_text(encoding="utf-8").startswith("# ")
    assert made.units == (pack.units if template == "xiangtan" else ())
    assert made.places == (pack.places if template == "xiangtan" else ())
    assert dict(made.shares) == {}


def test_init_pack_refuses_what_it_would_spoil(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder"):
        init_pack(tmp_path, city="株洲市")
    with pytest.raises(InputError, match="not an empty folder"):
        init_pack(tmp_path / "note.txt", city="株洲市")
    with pytest.raises(InputError, match="unknown template 'full'"):
        init_pack(tmp_path / "new", city="株洲市", template="full")
    with pytest.raises(InputError, match="city name is empty"):
        init_pack(tmp_path / "new", city=" ")
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
