"""A month made up to have exactly the counts of a city's printed bulletin, and the months to compare it with.

Every sentence here was written for this test. What is drawn by the seed (which ticket has which label, the
hour, the caller) has no bearing on the counts.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from functools import lru_cache

CALLS, REQUESTS, ON_THE_SPOT, DISPATCHED = 29_847, 30_044, 20_676, 9_368
TYPES = {"咨询": 12_447, "求助": 11_450, "投诉": 5_813, "其他": 227, "建议": 107}
TOPICS = {
    "消费维权": 2_442, "社会保险": 2_348, "医疗保险": 1_184, "劳动维权": 935, "工商管理": 894,
    "社保卡": 790, "通信管理": 748, "退休服务": 638, "物业管理": 576, "农村管理": 543,
}  # fmt: skip
UNITS = {
    "岳塘区": 1_537, "雨湖区": 1_489, "湘潭县": 1_345, "湘乡市": 1_195, "市公安局": 489,
    "市市场监管局": 463, "韶山市": 343, "湘潭城发集团": 316, "中环水务": 245, "市人社局": 240,
}  # fmt: skip
CHANNELS = {
    "12345热线电话": 27_310, "微信": 1_020, "湘易办": 702, "市长信箱": 431, "省级转派": 287,
    "中国政府网": 176, "省长信箱": 118,
}  # fmt: skip
DISTRICTS = {
    "岳塘区": 7_911, "雨湖区": 7_680, "湘潭县": 5_402, "湘乡市": 4_366, "湘潭经开区": 1_633,
    "湘潭高新区": 1_290, "韶山市": 1_187, "昭山示范区": 575,
}  # fmt: skip
DESKS = {"文明创建-便民利民": 412, "文明创建-环境卫生": 288, "政企通": 96, "人大代表反映": 7}
FATES = {"done": 9_101, "late": 188, "open": 79}
GRADES = {"非常满意": 2_903, "满意": 2_511, "基本满意": 466, "一般": 97, "不满意": 214, "非常不满意": 59}
OTHER_TOPICS = (
    "食品药品安全", "价格收费", "商务流通", "就业创业", "医疗卫生", "住房保障", "房产管理", "住房公积金",
    "征地拆迁", "规划建设", "市容环境", "违法建设", "噪音扰民", "市政设施", "停车管理", "供水服务",
    "供电服务", "燃气供暖", "邮政快递", "公共交通", "交通管理", "公路运输", "治安管理", "户政出入境",
    "消防应急", "环境保护", "国土资源", "教育服务", "文体旅游", "民政服务", "税务服务", "金融服务",
    "政务服务", "纪检作风", "法律服务", "其他",
)  # fmt: skip
OTHER_UNITS = (
    "市医保局", "市住建局", "市城管执法局", "市教育局", "市卫健委", "市交通运输局", "湘潭高新区",
    "湘潭经开区", "昭山示范区", "市税务局",
)  # fmt: skip
SENTENCES = (
    "想问{topic}方面要带哪些材料去窗口", "{topic}的事上周说过一次还没有人联系我",
    "家里老人为{topic}跑了两趟没办成",
    "请帮忙看看{topic}怎么办理最快", "对{topic}有一点意见希望改进", "{topic}这块能不能在手机上办",
)  # fmt: skip


def spread(total: int, names: Sequence[str], most: int) -> dict[str, int]:
    """Return counts for names that sum to a total, none of them `most` or more, in falling order."""
    base, rest = divmod(total, len(names))
    counts = {name: base + (i < rest) for i, name in enumerate(names)}
    assert max(counts.values()) < most
    return counts


def drawn(rng: random.Random, counts: Mapping[str, int]) -> list[str]:
    """Return every label as often as it counts, in a random order."""
    found = [name for name, count in counts.items() for _ in range(count)]
    rng.shuffle(found)
    return found


def all_topics() -> dict[str, int]:
    """Return the counts of all topics, the ten named ones first."""
    return TOPICS | spread(REQUESTS - sum(TOPICS.values()), OTHER_TOPICS, min(TOPICS.values()))


def all_units() -> dict[str, int]:
    """Return the counts of all units that got orders."""
    return UNITS | spread(DISPATCHED - sum(UNITS.values()), OTHER_UNITS, min(UNITS.values()))


@lru_cache(maxsize=2)
def november(seed: int = 0) -> dict[str, list[str]]:
    """Return the month as columns named and written as a hotline exports them."""
    rng = random.Random(seed)
    topics = drawn(rng, all_topics())
    spot = drawn(rng, {"当场答复": ON_THE_SPOT, "转办": DISPATCHED})
    orders = iter(zip(drawn(rng, all_units()), drawn(rng, FATES), _grades(rng), strict=True))
    given = [next(orders) if way == "转办" else ("", "", "") for way in spot]
    dates = [_moment(rng, 2024, 11) for _ in range(REQUESTS)]
    ends = [_end(date, fate) for date, (_, fate, _) in zip(dates, given, strict=True)]
    numbers = [f"H{i:06d}" for i in range(CALLS)]
    return {
        "工单编号": [f"XT202411{i:06d}" for i in range(REQUESTS)],
        "受理时间": [date.strftime("%Y-%m-%d %H:%M:%S") for date in dates],
        "受理渠道": drawn(rng, CHANNELS),
        "来电号码": [f"139****{rng.randrange(10_000):04d}" for _ in range(REQUESTS)],
        "通话编号": numbers + rng.sample(numbers, REQUESTS - CALLS),
        "诉求内容": [rng.choice(SENTENCES).format(topic=topic) for topic in topics],
        "诉求类型": drawn(rng, TYPES),
        "热点事项": topics,
        "所属区域": drawn(rng, DISTRICTS),
        "办理方式": spot,
        "承办单位": [unit for unit, _, _ in given],
        "办理时限": [due for due, _ in ends],
        "办结时间": [closed for _, closed in ends],
        "是否回访": ["" if not unit else "是" if grade else "否" for unit, _, grade in given],
        "满意度": [grade for _, _, grade in given],
        "专席": drawn(rng, DESKS | {"": REQUESTS - sum(DESKS.values())}),
    }


def past(year: int, month: int, total: int, seed: int = 1) -> dict[str, list[str]]:
    """Return a month to compare with: the shares of November, another total, the same columns."""
    rng = random.Random(seed * 10_000 + year * 12 + month)
    made = november(seed)
    rows = rng.choices(range(REQUESTS), k=total)
    found = {name: [values[i] for i in rows] for name, values in made.items()}
    dates = [_moment(rng, year, month) for _ in rows]
    found["受理时间"] = [date.strftime("%Y年%m月%d日 %H:%M") for date in dates]
    found["工单编号"] = [f"XT{year}{month:02d}{i:06d}" for i in range(total)]
    found["通话编号"] = [f"H{year}{month:02d}{max(i, 150):06d}" for i in range(total)]
    slow = [rng.random() < 0.04 for _ in rows]
    fates = [
        "" if not unit else "late" if late else "done"
        for unit, late in zip(found["承办单位"], slow, strict=True)
    ]
    ends = [_end(date, fate) for date, fate in zip(dates, fates, strict=True)]
    found["办理时限"], found["办结时间"] = [due for due, _ in ends], [closed for _, closed in ends]
    return found


def _grades(rng: random.Random) -> list[str]:
    return drawn(rng, GRADES | {"": DISPATCHED - sum(GRADES.values())})


def _end(date: dt.datetime, fate: str) -> tuple[str, str]:
    """Return when an order was due and when it was closed."""
    if not fate:
        return "", ""
    due = date + dt.timedelta(days=0 if fate == "open" else 7)
    closed = {"done": 5, "late": 9, "open": None}[fate]
    done = "" if closed is None else (date + dt.timedelta(days=closed)).strftime("%Y-%m-%d %H:%M:%S")
    return due.strftime("%Y-%m-%d"), done


def _moment(rng: random.Random, year: int, month: int) -> dt.datetime:
    """Return a moment of a month, fewer of them on weekends."""
    days = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.date(year, month, 1)).days
    while True:
        day = dt.datetime(year, month, rng.randint(1, days))
        if day.weekday() < 5 or rng.random() < 0.55:
            return day + dt.timedelta(seconds=rng.randrange(8 * 3600, 20 * 3600))
