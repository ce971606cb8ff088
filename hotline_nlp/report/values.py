"""The values that hotlines write into columns: handled on the spot, on time, called back, satisfied."""

from __future__ import annotations


def _spoken(yes: str, no: str) -> dict[str, bool]:
    return dict.fromkeys(yes.split(), True) | dict.fromkeys(no.split(), False)


SPOKEN = {
    "on_spot": _spoken(
        "直办 直接办结 直接办理 直接答复 直接解答 当场办结 当场答复 当场解答 "
        "在线解答 在线答复 即时办结 即时答复",
        "转办 派单 交办 转派 工单 转办工单 派发 派单办理 转办件",
    ),
    "on_time": _spoken("按时 按期 按时办结 按期办结 正常 未超期 未逾期", "超期 超时 逾期 超期办结 逾期办结"),
    "called_back": _spoken("已回访 回访成功 成功", "未回访 回访失败 未接通 失败 无法接通"),
    "urgent": _spoken("紧急 特急 加急", "一般 普通 不紧急"),
}
"""Words that say yes or no by themselves, by role."""
OPPOSITE = ("超期", "逾期", "超时", "转办")
"""A heading with one of these asks the opposite of its role."""
CONTENT = ("非常满意", "满意", "基本满意")
DISCONTENT = ("一般", "不满意", "很不满意", "非常不满意")
"""Grades of satisfaction that count for and against; any other value is no grade."""
PHONE = ("电话", "热线", "来电", "语音", "12345")
"""A channel whose name holds one of these is the telephone."""
PHONE_NOT = ("网", "信箱", "APP", "微信")
