"""Another city works: the packaged Haikou pack, and the pack that the page on city packs builds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotline_nlp.errors import PackError
from hotline_nlp.pack import init_pack, load_pack
from hotline_nlp.route import Router

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "city-pack.md").read_text(encoding="utf-8")
HAIKOU = Router(load_pack("haikou"))


@pytest.mark.parametrize(
    ("text", "function", "topic", "district", "lead"),
    [
        ("龙华区金贸街道有人占道卖椰子", "属地", "市容环境", "龙华区", "龙华区人民政府"),
        ("海甸岛的红绿灯不亮", "市公安局", "交通管理", "美兰区", "海口市公安局交通警察支队"),
        ("桂林洋的工地太吵", "属地", "噪音扰民", "桂林洋经济开发区", "海口桂林洋经济开发区管理委员会"),
        ("琼山市那边的老房子", "属地", "征地拆迁", "琼山区", "海口市房屋征收局"),
        ("美兰区灵山镇的学校食堂", "市教育局", "教育服务", "美兰区", "美兰区教育局"),
        ("国兴大道路面塌了个坑", "市城管执法局", "市政设施", "美兰区", "海口市市政维修管理中心"),
        ("医保卡怎么补缴", "市医保局", "医疗保险", "", "海口市社会保险事业局"),
        ("联通的网速慢", "市通信运营企业", "通信管理", "", "中国联通海南分公司"),
        ("秀英港的船票退不了", "市交通运输局", "公路运输", "秀英区", "海南港航控股有限公司"),
        ("公积金怎么提", "市住房公积金管理中心", "住房公积金", "", "市住房公积金管理中心"),
        ("三亚美兰区那个店", "市市场监管局", "消费维权", "", "海口市工商行政管理局"),
    ],
)
def test_haikou_routes(text: str, function: str, topic: str, district: str, lead: str) -> None:
    place, dispatch = HAIKOU.route(text, [(function, 0.9)], topic)
    assert (place.district, dispatch.lead) == (district, lead)


def test_haikou_has_its_units_and_towns() -> None:
    pack = HAIKOU.pack
    assert sum(place.level == "town" for place in pack.places) >= 43
    assert len(pack.units) >= 50
    assert not [unit.name for unit in pack.units if "湘潭" in unit.name]


def written(folder: Path) -> Path:
    """Write a pack from the page's blocks, each named by the file name in bold before it."""
    init_pack(folder, city="株洲市")
    blocks = re.findall(r"\*\*(\w+\.(?:csv|json))\*\*.*?```(?:csv|json)\n(.*?)```", PAGE, re.DOTALL)
    assert {name for name, _ in blocks} == {path.name for path in folder.iterdir()} - {"shares.json"}
    for name, body in blocks:
        (folder / name).write_text(body, encoding="utf-8")
    return folder


def test_the_page_s_pack_loads_and_routes(tmp_path: Path) -> None:
    router = Router(load_pack(written(tmp_path / "zhuzhou")))
    place, dispatch = router.route("醴陵市白兔潭镇金牛村有人打架", [("市公安局", 0.9)], "治安管理")
    assert (place.district, place.town, place.village) == ("醴陵市", "白兔潭镇", "金牛村")
    assert dispatch.lead == "醴陵市公安局"
    place, dispatch = router.route("富里镇的烧烤油烟大", [("属地", 0.9)], "市容环境")
    assert dispatch.lead == "醴陵市人民政府" and dispatch.co_units == ("醴陵市公安局",)
    assert router.lead("移动的网断了", [("市通信运营企业", 0.9)], "通信管理").startswith("中国移动")


def test_a_fault_in_an_own_pack_is_named(tmp_path: Path) -> None:
    folder = written(tmp_path / "zhuzhou")
    with (folder / "rules.csv").open("a", encoding="utf-8") as stream:
        stream.write("ZZ-R02,,教育服务,,,nobody,,\n")
    with pytest.raises(PackError, match=r"rules\.csv, line 3: unknown unit 'nobody'"):
        Router(load_pack(folder))
