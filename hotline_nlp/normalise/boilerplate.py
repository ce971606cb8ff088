"""Cut what the operator wraps around a request: who called by which channel, and the closing directive."""

from __future__ import annotations

import re

_SPACE = r"[\s\u200b-\u200f\u2060\ufeff]*"
_EDGE = " \t\r\n\u3000\u200b\ufeff,，.。;；:：!！、~～（("
_MAX_LAYERS = 8
_TAIL = 80

_WHO = "(?:市民|群众|网民|网友|来电人|来访人|来信人|反映人|投诉人|诉求人|当事人|居民|村民|游客|用户|热线)"
_CHANNEL = (
    "(?:再次|多次|通过|经|在)?(?:来电|来信|来访|来|致电|拨打|电话|热线|12345|微信|公众号|微博|网站|网上|网络|短信|邮件"
    "|留言|市民云|云|小程序|APP|App|app|平台)"
)
_SAYS = "(?:反映|反应|反咨询|咨询|投诉|求助|建议|举报|表扬|感谢|要求|反馈|表示|诉求|称|诉)"
_TAG = (
    "(?:12345|热线|政务|便民|市民|群众|网民|来电|来信|来访|微信|网站|公众号|短信|APP|工单|转办|交办|督办"
    "|投诉|咨询|求助|建议|举报|反映|诉求|留言|事项|内容|件|类|[\\s/·、\\-—])"
)
_OPENING = re.compile(
    rf"{_SPACE}(?:"
    rf"{_WHO}{{1,2}}{_CHANNEL}{{0,3}}{_SAYS}{{1,2}}{_SPACE}[:：]"
    rf"|{_WHO}{_CHANNEL}{{1,3}}{_SAYS}{{1,2}}(?:{_SPACE}[,，]|\s)"
    rf"|来[电访信]人{_SAYS}{{1,2}}{_SPACE}[,，:：]?"
    rf"|【{_TAG}{{1,8}}】"
    rf"|(?:诉求|工单|来电|反映|主要)内容{_SPACE}[:：]"
    rf"){_SPACE}"
)
_OPENS = frozenset("市群网来反投诉当居村游用热【工主")

_ASK = r"(?:特?(?:恳|烦|还|敬|现|故)?(?<![申邀聘约报提])请(?![问求假示愿客]|教(?!育))|(?:敬|切|恳|希)?望)"
_UNIT_END = (
    "(?:局|委|办|办公室|政府|部门|单位|机关|公司|集团|中心|大队|支队|分局|派出所|街道|社区|居委会|村委会|管委会|镇|乡|县|区|市"
    "|人员|领导|交警|城管|工商|公安|职能局|水务|法院|物业|燃气|人力资源|12345|你们|贵局|相关)"
)
_UNIT = rf"(?:[^\s，。！？；：,;:!?]{{0,22}}{_UNIT_END})?"
_MANNER = (
    "(?:们|按照?|在|于|规定|时限|时间|期限|内|\\d{1,3}(?:分钟?|小时|日|天|个?工作日)|[一二三四五六七八九十两]{1,3}(?:分钟|小时|日|天|个?工作日)"
    "|尽快|尽早|及时|抓紧|立即|马上|依法|依规|严肃|认真|妥善|予以|给予|进行|帮忙|帮助|协助|能够?|可以|一定|到|前往|现场|联系|市民|群众"
    "|诉求人|来电人|当事人|对此|为其|帮其|该问题|此事|此问题|一下|早日|彻底|重视)"
)
_ACT = (
    "(?:核实处?|核查|调查|查实|查处|查明|处理|处置|办理|跟进|回复|答复|解答|解决|协调|落实|反馈|响应|研判"
    "|知悉|办件|联系)"
)
_DIRECTIVE = re.compile(
    rf"(?:请(?![问求])[^\\s，。！？；：,;:!?]{{0,22}}?(?=核实)|{_ASK}{_UNIT}){_MANNER}*(?:{_ACT}(?:情况)?[、并及和与后]?{_MANNER}*){{1,6}}(?:为[谢盼荷]|了)?(?:谢谢)?"
)
_FOLLOW_UP = re.compile(rf"(?:并|同时)?{_MANNER}*(?:{_ACT}[、并及和与后]?{_MANNER}*){{1,6}}")
_THANKS = re.compile("(?:十分|非常)?(?:谢谢|多谢)(?:了|您|你们?|大家|领导)?|此致|敬礼")
_NOTE = re.compile(r"分钟|职能局|响应|处置|办件|办结|限时|联系市民|核实处理")
_ASKED = re.compile(_ASK)
_BREAKS = frozenset("，。！？；：,;:!?()（）") | {char for char in map(chr, range(0x3001)) if char.isspace()}
_CLOSES = frozenset("理置复谢了您们查实处办件决进馈应系内盼荷调落)）礼情况大家导明悉判答民众下钟时")
_TO_BREAK = re.compile(f"(?s:.*)[{re.escape(''.join(sorted(_BREAKS)))}]")
_CONTENT = re.compile(r"[^\W_]")


def body_span(text: str) -> tuple[int, int]:
    """Return (start, end) of a request without the operator's opening and closing formulas.

    Openings name the caller and the channel (市民来电反映：, 【微信】), closings direct a unit to act
    (，请某局核实处理，谢谢！ and a bracketed note on time limits); several are cut in turn. What a citizen
    asks (请问…, 请求…, a directive with an object of its own) stays, and a text that is nothing but
    formulas keeps its whole span.
    """
    start = _opening(text)
    end = _closing(text, start)
    if start or end < len(text):
        return (start, end) if _CONTENT.search(text, start, end) else (0, len(text))
    return 0, len(text)


def _opening(text: str) -> int:
    """Return where the last of the stacked openings ends."""
    at = 0
    for _ in range(_MAX_LAYERS):
        if text[at : at + 1] not in _OPENS and not text[at : at + 1].isspace():
            break
        match = _OPENING.match(text, at)
        if match is None:
            break
        at = match.end()
    return at


def _closing(text: str, start: int) -> int:
    """Return where the first of the stacked closings starts, the marks before it cut too."""
    end = len(text)
    for _ in range(_MAX_LAYERS):
        low = max(start, end - _TAIL)
        last = low + len(text[low:end].rstrip(_EDGE))
        if last <= low or text[last - 1] not in _CLOSES:
            break
        if text[last - 1] not in ")）":
            cut = _clause(text, low, last)
        elif (cut := _note(text, low, last)) is None:
            cut = _clause(text, low, last - 1)
        if cut is None:
            break
        end = cut
    return end if end == len(text) else start + len(text[start:end].rstrip(_EDGE))


def _note(text: str, low: int, last: int) -> int | None:
    """Return where a bracketed note on the handling of the request starts."""
    at = max(text.rfind("（", low, last), text.rfind("(", low, last))
    return at if at >= 0 and _NOTE.search(text, at, last) else None


def _clause(text: str, low: int, last: int) -> int | None:
    """Return where the text's last clause starts to be a formula."""
    at = _clause_start(text, low, last)
    if _THANKS.fullmatch(text, at, last):
        return at
    asked = _asked(text, at, last)
    if asked is None and at > low:
        before = at
        while before > low and text[before - 1] in _BREAKS:
            before -= 1
        first = _clause_start(text, low, before)
        if first > low and _FOLLOW_UP.fullmatch(text, at, last):
            return _asked(text, first, before)
    return asked


def _clause_start(text: str, low: int, last: int) -> int:
    """Return where the clause that ends at `last` starts: after the mark before it, else at `low`."""
    found = _TO_BREAK.match(text, low, last)
    return found.end() if found else low


def _asked(text: str, at: int, last: int) -> int | None:
    """Return where a directive starts that runs to the clause's end."""
    clause = text[at:last]
    if "请" not in clause and "望" not in clause:
        return None
    for match in _ASKED.finditer(clause):
        if _DIRECTIVE.fullmatch(text, at + match.start(), last):
            return at + match.start()
    return None
