"""Find likely typos in replies, with no language model: two tests, both of which name what they rest on.

A word of three or four characters that no dictionary knows, cut into single characters by jieba, and that one
confusable character turns into a frequent one (confusion sets; Chang 1995, "A new approach for automatic
Chinese spelling correction"). Words of two characters match by chance too often, so for them only known
misspellings count. Beside it, slips that need no dictionary: doubled marks and particles, days that no
calendar has.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from .lexicon import tokenizer
from .reply_text import Part

_SETS = (
    "部布步怖 署暑薯 即既及极级 在再 做作坐座 象像相向项 按安案岸 须需 度渡 帐账 决绝 历厉励力利立 权劝 "
    "幅副福辐 密蜜秘 "
    "分份纷芬 竞竟境镜 采彩踩 记纪计 核合和 截节捷结 备倍 震振镇 赔陪培 偿尝赏 拨拔 拆折诉 籍藉 揽览 "
    "辨辩辫 戴带 消销宵 "
    "练炼 检捡俭 梁粱 仿访妨防 杆秆竿 功工公攻 协胁 查察 清请情晴青 理里礼 该改 修休 复覆付负 调掉 "
    "治制置致至 施时实事示"
    " 予于与预 现线限 进近尽禁 规归 定订 值执职直植 反返 映应英 解介界 处出除 报保抱 单担但 意义议异 "
    "使始史式 受授手收"
    " 申伸审 请晴 验沿言延 员原源圆 期其齐 望往忘 支只知 持迟 续绪 经竟 营赢盈 盖概该 扬杨 尘陈 噪躁燥澡 "
    "扰绕饶 宣喧 督都"
)
_FREQUENT = 20
_LENGTHS = (3, 4)
_KNOWN = (
    "投拆=投诉 布署=部署 按排=安排 在次=再次 既将=即将 即然=既然 做为=作为 反应的问题=反映的问题 "
    "反应的情况=反映的情况 反应情况=反映情况 截止目前=截至目前 截止今日=截至今日 报消=报销 "
    "拔付=拨付 "
    "拔款=拨款 陪偿=赔偿 理陪=理赔 陪付=赔付 注消=注销 取谛=取缔 噪音扰明=噪音扰民 执发=执法 "
    "拆迁按置=拆迁安置 按置=安置 安制=安置 修善=修缮 修膳=修缮 完膳=完善 清析=清晰 膺品=赝品 "
    "凑和=凑合 松驰=松弛 幅射=辐射 家俱=家具 渡假=度假 迫不急待=迫不及待 再接再励=再接再厉 "
    "一如继往=一如既往 谅介=谅解 敬情=敬请 请凉解=请谅解 协条=协调 勾通=沟通 缴废=缴费 坚督=监督 "
    "调察=调查 核察=核查 "
    "关与=关于 由与=由于 至于今=至今 必竟=毕竟 竭成=竭诚 座落=坐落 帐单=账单 欠帐=欠账"
)
_MARKS = re.compile(
    r"[，；、：][，。；、：]+|。[，；、：]+|。。(?!。)|的的|了了(?!解)|(?<![现正存所就实])在在|和和(?!气|睦|美)"
)
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@lru_cache(maxsize=1)
def _confusable() -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for group in _SETS.split():
        for character in group:
            out.setdefault(character, set()).update(set(group) - {character})
    return {character: frozenset(others) for character, others in out.items()}


def typos(text: str) -> list[tuple[Part, str]]:
    """Return what looks mistyped, each with what may have been meant ("" for a slip of marks)."""
    found = [(Part(m.group(), m.start(), m.end()), "") for m in _MARKS.finditer(text)]
    found += [(part, "") for part in _days(text)]
    pattern, meant = _known()
    found += [(Part(m.group(), m.start(), m.end()), meant[m.group()]) for m in pattern.finditer(text)]
    frequency = tokenizer().FREQ
    for run in _HAN.finditer(text):
        position = run.start()
        singles: list[tuple[str, int]] = []
        for word in [*tokenizer().cut(run.group(), HMM=False), ""]:
            if len(word) == 1:
                singles.append((word, position))
            else:
                found += _in_singles(singles, frequency)
                singles = []
            position += len(word)
    return sorted(found, key=lambda item: item[0].start)


def _in_singles(singles: list[tuple[str, int]], frequency: dict[str, int]) -> list[tuple[Part, str]]:
    """Look for words with one confusable character wrong in a run that the dictionary has no words for."""
    found = []
    text = "".join(character for character, _ in singles)
    for length in _LENGTHS:
        for start in range(len(text) - length + 1):
            piece = text[start : start + length]
            best = _nearest(piece, frequency)
            if best:
                at = singles[start][1]
                found.append((Part(piece, at, at + length), best))
    return found


def _nearest(piece: str, frequency: dict[str, int]) -> str:
    """Return the most frequent word that differs in one confusable character, "" where there is none."""
    words = (
        piece[:k] + other + piece[k + 1 :]
        for k, character in enumerate(piece)
        for other in _confusable().get(character, ())
    )
    options = [(times, word) for word in words if (times := frequency.get(word, 0)) >= _FREQUENT]
    return max(options)[1] if options and not frequency.get(piece, 0) else ""


@lru_cache(maxsize=1)
def _known() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern of the known misspellings, and what each means."""
    meant = dict(pair.split("=") for pair in _KNOWN.split())
    return re.compile("|".join(sorted(meant, key=lambda word: -len(word)))), meant


def _days(text: str) -> list[Part]:
    found = []
    for match in _DAY.finditer(text):
        try:
            dt.date(*(int(value) for value in match.groups()))
        except ValueError:
            found.append(Part(match.group(), match.start(), match.end()))
    return found
