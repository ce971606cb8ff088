from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import FrozenInstanceError

import pytest

from hotline_nlp.errors import InputError
from hotline_nlp.taxonomy import corpora_root, load_taxonomy

TYPES = ["咨询", "求助", "投诉", "建议", "其他"]
FLAGS = ["举报", "表扬", "催办", "多诉求"]
TOPICS = {
    "市场监管": "消费维权 工商管理 食品药品安全 价格收费 商务流通",
    "人社": "社会保险 社保卡 劳动维权 退休服务 就业创业",
    "医疗": "医疗保险 医疗卫生",
    "住建房产": "物业管理 住房保障 房产管理 住房公积金 征地拆迁 规划建设",
    "城管": "市容环境 违法建设 噪音扰民 市政设施 停车管理",
    "公用事业": "供水服务 供电服务 燃气供暖 通信管理 邮政快递",
    "交通": "公共交通 交通管理 公路运输",
    "公安应急": "治安管理 户政出入境 消防应急",
    "生态自然": "环境保护 国土资源",
    "农业农村": "农村管理",
    "教育文旅": "教育服务 文体旅游",
    "民政": "民政服务",
    "财税金融": "税务服务 金融服务",
    "政务法治": "政务服务 纪检作风 法律服务",
    "其他": "其他",
}
UNITS = [
    "属地",
    "市公安局",
    "市市场监管局",
    "市人社局",
    "市医保局",
    "市卫健委",
    "市教育局",
    "市住建局",
    "市城管执法局",
    "市自然资源和规划局",
    "市生态环境局",
    "市交通运输局",
    "市农业农村局",
    "市水利局",
    "市民政局",
    "市退役军人事务局",
    "市商务局",
    "市文旅广体局",
    "市发改委",
    "市司法局",
    "市税务局",
    "市应急管理局",
    "市消防救援支队",
    "市住房公积金管理中心",
    "市金融监管部门",
    "市通信运营企业",
    "市邮政管理局",
    "市供电公司",
    "市供水公司",
    "市燃气供暖公司",
    "市城发集团",
    "市数据局",
    "市纪委监委",
    "市委组织人事部门",
    "市法院检察院",
    "其他单位",
]
TIPDM = {"城乡建设", "环境保护", "交通运输", "教育文体", "劳动和社会保障", "商贸旅游", "卫生计生"}
BOARD = {
    "城建",
    "交通",
    "环保",
    "三农",
    "教育",
    "医疗",
    "就业",
    "企业",
    "政务",
    "旅游",
    "文娱",
    "治安",
    "金融",
}


def test_label_sets_and_their_order_are_fixed() -> None:
    taxonomy = load_taxonomy()
    assert [x.label for x in taxonomy.types] == TYPES
    assert [x.label for x in taxonomy.flags] == FLAGS
    assert [x.label for x in taxonomy.unit_functions] == UNITS
    assert [x.label for x in taxonomy.domains] == list(TOPICS)
    assert [x.label for x in taxonomy.topics] == " ".join(TOPICS.values()).split()
    assert (len(taxonomy.topics), len(taxonomy.unit_functions)) == (46, 36)


def test_each_topic_stands_in_its_domain() -> None:
    taxonomy = load_taxonomy()
    for domain, labels in TOPICS.items():
        assert {taxonomy.domain_of(label) for label in labels.split()} == {domain}


@pytest.mark.parametrize("kind", ["types", "topics", "unit_functions", "flags", "domains"])
def test_ids_are_unique_snake_case(kind: str) -> None:
    ids = [x.id for x in getattr(load_taxonomy(), kind)]
    assert len(set(ids)) == len(ids)
    assert all(i.isascii() and i.isidentifier() and i == i.lower() for i in ids)


def test_every_label_is_defined_and_bounded_in_one_sentence() -> None:
    taxonomy = load_taxonomy()
    for label in (*taxonomy.types, *taxonomy.topics, *taxonomy.unit_functions):
        assert label.definition.endswith("。") and label.definition.count("。") == 1, label
        assert label.excludes.endswith("。") and label.excludes.count("。") == 1, label
    assert all(flag.definition.endswith("。") for flag in taxonomy.flags)


def test_exclusions_that_name_a_topic_name_a_real_one() -> None:
    taxonomy = load_taxonomy()
    labels = {x.label for x in taxonomy.topics}
    for topic in taxonomy.topics:
        clauses = [clause for clause in re.split("[；，。]", topic.excludes) if "归" in clause]
        assert clauses or topic.label == "其他"
        for clause in clauses:
            target = clause.rsplit("归", 1)[1]
            assert any(label in target for label in labels - {topic.label}), clause


@pytest.mark.parametrize(("name", "classes"), [("tipdm", TIPDM), ("leader_board", BOARD)])
def test_maps_are_total_and_land_in_the_scheme(name: str, classes: set[str]) -> None:
    taxonomy = load_taxonomy()
    mapping = taxonomy.map(name)
    assert list(mapping) == [x.label for x in taxonomy.topics]
    assert set(mapping.values()) <= classes | {""}
    if name == "tipdm":
        assert set(mapping.values()) == classes | {""}
    assert mapping["环境保护"] in {"环境保护", "环保"}


@pytest.mark.parametrize("name", ["tipdm", "leader_board"])
def test_maps_say_how_well_they_match(name: str) -> None:
    with (corpora_root() / "taxonomy" / "maps" / f"{name}.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert all((row["match"] in {"exact", "broad"}) == bool(row["target"]) for row in rows)
    assert Counter(row["match"] for row in rows)["exact"] >= 10


def test_unknown_names_are_refused() -> None:
    taxonomy = load_taxonomy()
    with pytest.raises(InputError, match="unknown topic '天气'"):
        taxonomy.domain_of("天气")
    with pytest.raises(InputError, match="choose one of leader_board, tipdm"):
        taxonomy.map("weibo")


def test_taxonomy_is_cached_and_frozen() -> None:
    taxonomy = load_taxonomy()
    assert load_taxonomy() is taxonomy
    with pytest.raises(FrozenInstanceError):
        taxonomy.types[0].label = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        taxonomy.map("tipdm")["其他"] = "x"  # type: ignore[index]
