from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.errors import PackError
from hotline_nlp.pack import load_pack
from hotline_nlp.route import PlaceResolver
from hotline_nlp.route.extras import Distractor, read_distractors
from hotline_nlp.route.place import MAX_MENTIONS
from hotline_nlp.taxonomy import corpora_root

PACK = load_pack("xiangtan")
RESOLVER = PlaceResolver(PACK, read_distractors(corpora_root() / "xiangtan" / "distractors.csv"))
NAMES = [name.surface for name in RESOLVER.names if name.senses]


def read(text: str) -> tuple[str, str, str]:
    place = RESOLVER.resolve(text).place
    return place.district, place.town, place.village


def test_the_chain_of_divisions_is_found() -> None:
    assert read("雨湖区鹤岭镇红星村旁边的水厂在施工") == ("雨湖区", "鹤岭镇", "红星村")


def test_a_shortened_town_gives_its_district() -> None:
    assert read("我在易俗河买的房子") == ("湘潭县", "易俗河镇", "")


def test_a_shared_village_keeps_its_candidates() -> None:
    reading = RESOLVER.resolve("红星村的路灯坏了")
    assert reading.place.district == "" and reading.place.village == "红星村"
    assert len(reading.candidates) == 4
    assert {path.split("/")[0] for path in reading.candidates} == {"雨湖区", "湘潭县", "湘潭经开区"}
    assert sum(share for _, share in reading.areas) == pytest.approx(1.0)


def test_any_other_place_narrows_a_shared_village() -> None:
    assert read("湘潭县那个红星村") == ("湘潭县", "谭家山镇", "红星村")
    assert read("九华，红星村这边") == ("湘潭经开区", "响水乡", "红星村")


def test_villages_of_one_name_in_one_area_stay_candidates_with_the_district() -> None:
    reading = RESOLVER.resolve("雨湖区红星村的水渠堵了")
    assert reading.place.district == "雨湖区" and reading.place.town == ""
    assert set(reading.candidates) == {"雨湖区/万楼街道/红星村", "雨湖区/鹤岭镇/红星村"}


@pytest.mark.parametrize(
    "text",
    [
        "湘潭的天气真好",
        "湘潭市的公交太少",
        "韶山西路有个坑",
        "岳塘路口堵车",
        "去九华山旅游跟团退费",
        "长沙高新区的公司拖欠我的钱",
        "株洲市荷塘区的房子",
        "家里池塘改荷塘要不要审批",
        "翻江倒海地疼，医院却不收",
        "听到东方红的音乐，在和平年代",
        "",
    ],
)
def test_what_is_no_place_of_ours_is_none(text: str) -> None:
    assert read(text) == ("", "", "")


def test_a_spot_in_a_park_outweighs_the_district_around_it() -> None:
    assert read("岳塘区板塘街道的工地") == ("湘潭高新区", "板塘街道", "")
    assert read("岳塘区天元美居乐四期珑庭") == ("湘潭高新区", "", "")


def test_an_origin_counts_less_than_the_scene() -> None:
    assert read("我是湘乡人，现在岳塘区打工没拿到工钱")[0] == "岳塘区"
    assert read("老家在韶山市，住雨湖区姜畲镇") == ("雨湖区", "姜畲镇", "")
    assert RESOLVER.resolve("我是湘乡人").place.confidence < 0.5


def test_a_former_name_is_read_as_today_s() -> None:
    assert read("响塘乡的村道坏了") == ("雨湖区", "鹤岭镇", "")
    assert read("昭山乡那边的厂子") == ("昭山示范区", "昭山镇", "")


def test_a_shorter_name_counts_where_a_longer_one_is_ruled_out() -> None:
    assert RESOLVER.resolve("湘潭九华大道的路灯").spot == "九华大道"


def test_a_weak_name_needs_a_locator_or_a_neighbour() -> None:
    assert read("荷塘里的水臭了") == ("", "", "")
    assert read("荷塘派出所旁边")[0] == "岳塘区"
    assert read("岳塘区荷塘修路")[1] == "荷塘街道"


def test_fifty_places_give_one_bounded_answer() -> None:
    text = "、".join(NAMES[i * 37 % len(NAMES)] for i in range(50))
    assert len(RESOLVER.mentions(text)) <= MAX_MENTIONS
    assert 0.0 <= RESOLVER.resolve(text).place.confidence <= 1.0


def test_renamed_areas_move_with_all_that_lies_in_them() -> None:
    from dataclasses import replace

    from hotline_nlp.pack import Renamed

    merged = replace(PACK, renamed=(Renamed("昭山示范区", "430304", "并入"),))
    resolver = PlaceResolver(merged)
    for text in ("昭山示范区的厂", "昭山镇七星村", "昭山风景名胜区"):
        assert resolver.resolve(text).place.district == "岳塘区", text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(NAMES), st.text(max_size=6)), max_size=12).map("".join))
def test_any_text_gives_mentions_that_stand_in_it_and_a_probability(text: str) -> None:
    last = 0
    for mention in RESOLVER.mentions(text):
        assert last <= mention.start < mention.end
        assert text[mention.start : mention.end] == RESOLVER.names[mention.name].surface
        last = mention.end
    reading = RESOLVER.resolve(text)
    assert 0.0 <= reading.place.confidence <= 1.0
    assert reading == RESOLVER.resolve(text)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("荷塘,soft", r"line 2: unknown kind 'soft'"),
        ("荷,weak", r"line 2: 'name' needs at least two"),
        ("荷塘,weak\n荷塘,ignore", r"line 3: duplicate name '荷塘', first used on line 2"),
    ],
)
def test_a_faulty_distractor_is_named_with_its_line(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "distractors.csv"
    path.write_text(f"name,kind\n{rows}\n", encoding="utf-8")
    with pytest.raises(PackError, match=message):
        read_distractors(path)


def test_a_pack_without_distractors_has_none(tmp_path: Path) -> None:
    assert read_distractors(tmp_path / "distractors.csv") == ()


def test_a_distractor_may_name_no_place_of_the_pack() -> None:
    resolver = PlaceResolver(PACK, [Distractor("不存在的词", "weak"), Distractor("岳塘区运会", "ignore")])
    assert resolver.resolve("岳塘区运会开幕").place.district == ""
