"""Plant a new topic in ordinary months of real requests and see whether it is named, and what else is.

Months are drawn at random from the pool of real requests, so that nothing but the planted topic is new: what
else is listed is a false alarm. Planted once in wordings of our own, once as a fine topic of Haikou's work
orders that the other months were cleared of.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from hotline_nlp.insight import emerging
from training import data

from . import machine
from .insight_texts import places

SHARE, PAST, FIRST = 0.003, 4, 5
OWN = (
    "{p}的充电桩充不进电，扫码扣了钱不启动",
    "{p}新装的汽车充电桩有一半是坏的，屏幕黑着",
    "电动汽车在{p}充电，桩子老跳枪，客服电话打不通",
    "反映{p}新能源车充电桩故障多日无人维修",
    "{p}充电站价格乱，同一个桩晚上比白天贵一倍",
    "燃油车天天占着{p}的充电车位，新能源车没处充",
)
FINE = ("拖欠工资", "省际轮渡", "非法采砂", "车辆过户上牌", "引进人才落户", "遗落物品")
"""Fine topics of Haikou that are planted in turn."""


def run(seeds: int = 10, size: int = 5_000) -> dict[str, Any]:
    """Measure and write results/insight_emerging.json: counts alone, no text."""
    work = data.read("haikou_units.csv")
    pool = [(r["text"], r["topic4"]) for r in work]
    pool += [(data.request(r), "") for r in data.read("unlabelled.csv")]
    clear = [(text, fine) for text, fine in pool if "充电" not in text]
    result: dict[str, Any] = {
        "benchmark": "insight_emerging",
        **machine.context(("haikou_units.csv", "unlabelled.csv")),
        "month": size,
        "past_months": PAST,
        "planted": round(size * SHARE),
        "runs": {"own": [], "fine": [], "none": []},
    }
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        own = [_own(rng) for _ in range(round(size * SHARE))]
        result["runs"]["own"].append(_once(clear, own, size, rng))
        fine = FINE[seed % len(FINE)]
        held = [text for text, label in pool if label == fine]
        rest = [(r["text"], "") for r in work if r["topic4"] != fine]
        chosen = [held[i] for i in rng.choice(len(held), round(size * SHARE), replace=False)]
        result["runs"]["fine"].append({"topic": fine, **_once(rest, chosen, size, rng)})
        result["runs"]["none"].append(_once(clear, [], size, rng))
        result["summary"] = {name: summary(runs) for name, runs in result["runs"].items()}
        machine.write("insight_emerging", result)
        print(seed, result["summary"], flush=True)
    return result


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return in how many runs the planted topic was in the first five, and the false alarms."""
    return {
        "runs": len(runs),
        "found": sum(0 < run["rank"] <= FIRST for run in runs),
        "most_false_alarms": max(run["false_alarms"] for run in runs),
        "false_alarms": sum(run["false_alarms"] for run in runs),
    }


def _own(rng: np.random.Generator) -> str:
    site = places()[int(rng.integers(len(places())))]
    return OWN[int(rng.integers(len(OWN)))].replace("{p}", site)


def _once(
    pool: list[tuple[str, str]], planted: list[str], size: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Return the planted topic's rank (0: not found), its share of its theme, false alarms and seconds."""

    def month(count: int) -> list[dict[str, str]]:
        rows = rng.integers(0, len(pool), count)
        return [{"text": pool[i][0], "topic": "其他", "unit": "其他单位"} for i in rows]

    past = [month(size) for _ in range(PAST)]
    now = month(size - len(planted))
    now += [{"text": text, "topic": "其他", "unit": "其他单位"} for text in planted]
    began = time.perf_counter()
    found = emerging(now, past)
    seconds = time.perf_counter() - began
    first = size - len(planted)
    hits = [sum(row >= first for row in item.rows) for item in found]
    right = [n >= 0.5 * item.count for n, item in zip(hits, found, strict=True)]
    rank = right.index(True) + 1 if True in right else 0
    return {
        "rank": rank,
        "caught": hits[rank - 1] if rank else 0,
        "listed": len(found),
        "false_alarms": right.count(False),
        "seconds": round(seconds, 2),
    }


if __name__ == "__main__":
    run()
