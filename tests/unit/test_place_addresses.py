"""Composed addresses with known answers: precision and recall of district, town and village."""

from __future__ import annotations

import random
from collections import Counter

from hotline_nlp.pack import CityPack, load_pack
from hotline_nlp.pack import Place as Division
from hotline_nlp.route import PlaceResolver
from hotline_nlp.route.extras import read_distractors
from hotline_nlp.taxonomy import corpora_root

Answer = tuple[str, str, str]
SEED, COMPOSED = 430300, 400
FRAMES = (
    "{}的路灯连着三晚没亮，晚上走路看不清。",
    "我家住{}，楼上装修的灰落得满阳台都是。",
    "来电人称{}附近有人占着人行道卖西瓜。",
    "麻烦看一下{}这边的下水道，一下雨就往外冒。",
    "{}，快递放在驿站三天没人通知我，驿站电话也打不通。",
    "昨天晚上路过{}，看到一根电线杆歪了，随时会倒。",
    "请问{}的医保缴费点几点上班？我打了两次没人接。",
    "{}门口的音响从早放到晚，放的还是东方红那样的老歌，吵得孩子写不了作业。",
    "反映问题：{}垃圾桶满了没人拖，工作人员说建设路那边的车坏了。",
    "我们都想和平解决，可是{}的施工队就是不肯停工。",
    "孩子在{}读书，想问问转学要带什么材料。",
    "前年在{}买的房，花园里的树死了一半，物业说等新村改造完再补。",
    "从湘潭坐车到{}要多久，末班车几点？",
    "{}那口池塘里的荷花被人挖了，村民意见很大。",
)
NEGATIVES = (
    "公交卡充值以后余额没有到账，客服一直占线。",
    "听说国家在搞新农村建设，补贴怎么申请？",
    "我在长沙高新区上班，社保转回湘潭要什么手续？",
    "株洲市荷塘区的亲戚寄来的包裹丢了。",
    "去九华山旅游，导游强迫购物，要求退费。",
    "湘潭市今年的高温补贴标准是多少？",
    "韶山西路的地砖翘起来绊倒人。",
    "想在自己田里挖个荷塘养藕，要不要审批？",
    "小区里的花园没有人打理，社区也不管。",
    "湘潭什么时候开通到广州的直达车？",
    "市民来电询问退休年龄的最新政策。",
    "网上买的双马尾假发掉色，商家不给退。",
    "老人把东方红拖拉机停在楼道口。",
    "社保卡密码忘了，去哪里重置？",
    "岳阳市的朋友想把户口迁过来，需要哪些证明？",
    "工地打桩打到半夜，墙都在抖，没人来管。",
    "雕花石材厂欠我两个月工资。",
    "我要表扬出租车司机，把手机送回来了。",
)
CURATED: tuple[tuple[str, Answer], ...] = (
    ("雨湖区鹤岭镇红星村旁边建水厂，渣土车一过全是灰", ("雨湖区", "鹤岭镇", "红星村")),
    ("鹤岭的老矿区道路坑坑洼洼", ("雨湖区", "鹤岭镇", "")),
    ("天元美居乐四期珑庭的暖气停了", ("湘潭高新区", "", "")),
    ("九华的厂里欠薪", ("湘潭经开区", "", "")),
    ("高新区管委会旁边的工地", ("湘潭高新区", "", "")),
    ("易俗河凤凰路的夜市太吵", ("湘潭县", "易俗河镇", "")),
    ("湘潭县城关中学旁边", ("湘潭县", "", "")),
    ("湘乡市山枣镇政府对面", ("湘乡市", "山枣镇", "")),
    ("韶山市清溪镇狮山村六组停水", ("韶山市", "清溪镇", "狮山村")),
    ("九华狮山村的水渠", ("湘潭经开区", "响水乡", "狮山村")),
    ("云湖桥狮山村的桥", ("湘潭县", "云湖桥镇", "狮山村")),
    ("响塘乡早就并了，现在村里的事找谁", ("雨湖区", "鹤岭镇", "")),
    ("昭山乡的山塘漏水", ("昭山示范区", "昭山镇", "")),
    ("梅林桥镇那条路", ("湘潭县", "易俗河镇", "")),
    ("我是湘乡人，在岳塘区打工被拖欠工资", ("岳塘区", "", "")),
    ("老家在韶山市，如今住雨湖区姜畲镇", ("雨湖区", "姜畲镇", "")),
    ("岳塘区板塘街道的菜市场", ("湘潭高新区", "板塘街道", "")),
    ("湘潭九华大道限高杆坏了", ("湘潭经开区", "", "")),
    ("湘潭县人民医院急诊排队太久", ("湘潭县", "易俗河镇", "")),
    ("湘乡市民之家窗口没人", ("湘乡市", "", "")),
    ("湘大北门的流动摊贩", ("雨湖区", "", "")),
    ("下摄司的老房子漏雨", ("岳塘区", "下摄司街道", "")),
    ("楠竹山那边的厂区家属楼停水", ("雨湖区", "楠竹山镇", "")),
    ("中沙镇和白田镇交界的路段", ("湘乡市", "中沙镇", "")),
    ("书院路街道办事处态度好", ("岳塘区", "书院路街道", "")),
    ("荷塘派出所说不归他们管", ("岳塘区", "荷塘街道", "")),
)


HARD: tuple[tuple[str, Answer], ...] = (
    ("花石那个镇上的街道没人扫", ("湘潭县", "花石镇", "")),
    ("在花石赶集，菜贩把路占了", ("湘潭县", "花石镇", "")),
    ("长沙县黄花镇和平村的亲戚问补贴", ("", "", "")),
    ("我从湘乡坐车到韶山，司机拒载", ("湘乡市", "", "")),
    ("茶恩寺往中路铺方向的国道塌了一块", ("湘潭县", "茶恩寺镇", "")),
    ("雨湖公园里面有人电鱼", ("雨湖区", "", "")),
    ("白石公园旁边的白石镇土菜馆油烟大", ("雨湖区", "", "")),
    ("岳塘国际商贸城的商户反映停电", ("岳塘区", "", "")),
    ("湘潭县河口镇古塘桥村的路", ("湘潭县", "河口镇", "古塘桥村")),
    ("河口的渡船停了，镇上没通知", ("", "", "")),
    ("排头乡政府办事要跑三趟", ("湘潭县", "排头乡", "")),
    ("我排头一个，凭什么让我等", ("", "", "")),
    ("石潭坝水库放水淹了田", ("", "", "")),
    ("石潭镇上的药店卖过期药", ("湘潭县", "石潭镇", "")),
    ("双马街道办的电话多少", ("湘潭高新区", "双马街道", "")),
    ("双马路口红绿灯太短", ("", "", "")),
    ("万楼街道江边有人烧烤", ("雨湖区", "万楼街道", "")),
    ("东坪有家幼儿园没证", ("岳塘区", "东坪街道", "")),
    ("宝塔岭的公交站牌被撞倒", ("岳塘区", "", "")),
    ("宝塔街道云盘社区", ("岳塘区", "宝塔街道", "云盘社区")),
    ("湘钢生活区的水管爆了", ("岳塘区", "", "")),
    ("九华湖公园厕所脏", ("湘潭经开区", "", "")),
    ("经开区和平街道富洲社区", ("湘潭经开区", "和平街道", "")),
    ("和平小学门口堵得厉害", ("雨湖区", "", "")),
    ("和平里小区的电梯", ("", "", "")),
    ("先锋乡那边的鱼塘污染", ("", "", "")),
    ("雨湖区先锋街道的夜宵摊", ("雨湖区", "先锋街道", "")),
    ("昭山脚下的农家乐没有执照", ("昭山示范区", "", "")),
    ("虞唐的煤矿复工没有", ("湘乡市", "虞唐镇", "")),
    ("虞塘镇的煤矿", ("", "", "")),
    ("湘乡棋梓镇水府庙", ("湘乡市", "棋梓镇", "")),
    ("水府庙水库养鱼网箱", ("湘乡市", "", "")),
    ("金石镇的人说是金石村，其实是湘乡的", ("湘乡市", "金石镇", "金石村")),
    ("韶山冲那边停车收费乱", ("韶山市", "", "")),
    ("韶山乡韶山村的民宿", ("韶山市", "韶山乡", "韶山村")),
    ("韶山高新区的企业排污", ("韶山市", "", "")),
    ("雨湖高新区的企业排污", ("雨湖区", "", "")),
    ("岳塘经开区招商政策", ("岳塘区", "", "")),
    ("天易示范区的路灯", ("湘潭县", "易俗河镇", "")),
    ("湘乡经开区的厂子招工", ("湘乡市", "", "")),
    ("易俗河大桥限载吗", ("湘潭县", "易俗河镇", "")),
    ("在县城易俗河开店，执照去哪办", ("湘潭县", "易俗河镇", "")),
    ("我户口在湘潭县，人在深圳，医保怎么交", ("湘潭县", "", "")),
    ("鹤岭派出所不给上户口", ("雨湖区", "鹤岭镇", "")),
    ("姜畲到响水的班车取消了", ("雨湖区", "姜畲镇", "")),
    ("湘潭市一医院的停车费太贵", ("岳塘区", "", "")),
    ("市中心医院不给退押金", ("雨湖区", "", "")),
    ("建设路街道的社区不开证明", ("岳塘区", "建设路街道", "")),
    ("建设路上的梧桐树掉毛", ("", "", "")),
    ("东方红广场的喷泉坏了", ("岳塘区", "", "")),
    ("东方红小区三栋漏水", ("", "", "")),
    ("长城乡羊牯村", ("雨湖区", "长城乡", "羊牯村")),
    ("爬长城乡里人也买得起票", ("", "", "")),
    ("射埠的卫生院没有狂犬疫苗", ("湘潭县", "射埠镇", "")),
    ("青山桥集镇天天停电", ("湘潭县", "青山桥镇", "")),
    ("乌石彭总故居怎么预约", ("湘潭县", "乌石镇", "")),
    ("杨嘉桥镇与姜畲交界处的砂石厂", ("湘潭县", "杨嘉桥镇", "")),
    ("泉塘镇中学食堂", ("湘乡市", "泉塘镇", "")),
    ("湘乡翻江镇的客车不打票", ("湘乡市", "翻江镇", "")),
    ("杨林的白杨树倒了压断电线", ("", "", "")),
)


def compose(pack: CityPack) -> list[tuple[str, Answer]]:
    """Compose addresses of every shape that callers use, in frames full of distracting words."""
    draw = random.Random(SEED)
    towns = [place for place in pack.places if place.level == "town"]
    villages = [place for place in pack.places if place.level == "village"]
    areas = [place for place in pack.places if place.level == "area"]
    weak = {item.name for item in read_distractors(pack.folder / "distractors.csv")}
    count = Counter(form for place in pack.places for form in {place.short, place.name, *place.aliases})
    spots = [spot for spot in pack.known_places if spot.name not in weak and not count[spot.name]]

    def up(place: Division) -> Division:
        parent = pack.place(place.parent)
        assert parent is not None
        return parent

    def one() -> tuple[str, Answer]:
        shape = draw.randrange(9)
        village = draw.choice(villages)
        town, area = up(village), up(up(village))
        full = (area.short, town.short, village.short)
        if shape == 0:
            return f"湘潭市{area.short}{town.short}{village.short}", full
        if shape == 1:
            return f"{town.short}{village.short}{draw.randint(1, 20)}组", full
        if shape == 2:
            kin = [v for v in villages if v.short == village.short and up(up(v)) is area]
            name = area.aliases[0] if area.aliases else area.short
            return f"{name}{village.short}", full if len(kin) == 1 else (area.short, "", village.short)
        if shape == 3:
            shared = count[village.short] > 1
            areas_of = {up(up(v)).short for v in villages if v.short == village.short}
            if shared:
                return village.short, (areas_of.pop() if len(areas_of) == 1 else "", "", village.short)
            return village.short, full if village.short not in weak else ("", "", "")
        if shape == 4:
            town = draw.choice(towns)
            form = draw.choice([town.short, *(alias for alias in town.aliases if alias not in weak)])
            return form, (up(town).short, town.short, "")
        if shape == 5:
            spot = draw.choice(spots)
            here, above = pack.place(spot.area), pack.place(spot.town)
            assert here is not None
            prefix = draw.choice(("", here.short, "湘潭市"))
            return prefix + draw.choice((spot.name, *spot.aliases)), (
                here.short,
                above.short if above else "",
                "",
            )
        if shape == 6:
            area = draw.choice(areas)
            return draw.choice((area.short, area.name, *area.aliases)), (area.short, "", "")
        if shape == 7:
            host = draw.choice([place for place in areas if place is not area])
            return f"老家{host.short}，现在{area.short}{town.short}", (area.short, town.short, "")
        return f"{town.short}{draw.choice(('政府', '卫生院', '中心小学', '老街'))}", (
            area.short,
            town.short,
            "",
        )

    return [(draw.choice(FRAMES).format(text), answer) for text, answer in (one() for _ in range(COMPOSED))]


def measure(resolver: PlaceResolver, cases: list[tuple[str, Answer]]) -> tuple[float, float, list[str]]:
    """Return micro precision and recall over the filled fields, and what went wrong."""
    right = found = wanted = 0
    faults = []
    for text, answer in cases:
        place = resolver.resolve(text).place
        got = (place.district, place.town, place.village)
        right += sum(a == b != "" for a, b in zip(got, answer, strict=True))
        found += sum(bool(part) for part in got)
        wanted += sum(bool(part) for part in answer)
        if got != answer:
            faults.append(f"{text}: {got} for {answer}")
    return right / found, right / wanted, faults


def test_composed_addresses_are_resolved() -> None:
    pack = load_pack("xiangtan")
    resolver = PlaceResolver(pack, read_distractors(corpora_root() / "xiangtan" / "distractors.csv"))
    cases = [*compose(pack), *CURATED, *HARD, *((text, ("", "", "")) for text in NEGATIVES)]
    assert len({text for text, _ in cases}) >= 400
    precision, recall, faults = measure(resolver, cases)
    print(f"{len(cases)} addresses: precision {precision:.4f}, recall {recall:.4f}, {len(faults)} faults")
    assert precision >= 0.97 and recall >= 0.97, "\n".join(faults)


def test_nothing_is_read_into_texts_without_a_place() -> None:
    pack = load_pack("xiangtan")
    resolver = PlaceResolver(pack, read_distractors(pack.folder / "distractors.csv"))
    for text in NEGATIVES:
        assert resolver.resolve(text).place.district == "", text
