"""What a reply promises, whom it points to, and where it takes back what an earlier reply said: by grammar.

These are rules over the wording, no model: each returns the stretch of the reply that it speaks of.
"""

from __future__ import annotations

import re

from ..normalise import normalise_many
from .meaning import encode
from .reply_text import Part, clauses, han, sentences, substance

_DO = (
    "完成|整改|修复|维修|建设|安装|启动|开工|动工|施工|落实|解决|实施|拆除|改造|清理|清除|通车|交付|发放|支付|到位|"
    "更换|增设|铺设|投入使用|竣工|恢复|答复|回复|处理|办结|安排|推进|开展"
)
_WILL = (
    "会|于|尽快|尽早|及时|加大|加快|加强|继续|进一步|按|根据|在|对|积极|组织|安排|督促|配合|协调|逐步|严格|常态化|陆续|"
    "统筹|适时|予以|第一时间|持续|全力|抓紧|立即|启动|完成|开展|推进|联合|责令|纳入|由"
)
_PROMISE = re.compile(
    rf"(?:(?<![现即])将(?={_WILL})|(?:我[局办委镇县区市]|我们|我单位|一定|也|还|都|届时|今后|承诺)会|拟(?!定|订)|(?<!财政)计划(?=于|在|对|启动|实施)"
    rf"|预计|争取|尽快|尽早|(?<!正)抓紧|下一步|待.{{2,20}}后)[^，。；！？]{{0,24}}?(?:{_DO})"
)
_NO_PROMISE = re.compile(
    r"应当|必须|可以|如果|若|如您|如有|您可|请您|根据.{2,20}规定|不会|将依法|依法将|会议|的将|导致|造成|机会|社会|协会|委员会|会同|会员|会计"
    r"|(?:已经?|于).{0,8}将|[将尽].{0,4}(?:问题|情况|意见|信息|名单)|业主大?会|业委会|启动.{0,8}的|建设的"
)
DATE = re.compile(
    r"[\d〇零一二三四五六七八九十]+\s*(?:年|月|日|号|个?工作日|天|周|星期|小时|个月|季度)|(?:年|月|季度?)(?:底|末|初|中|内)|"
    r"[上下]半年|[本下这当]月|[本这下]周|今年|明年|后年|今明|年内|月内|春节|国庆|暑假|寒假|开学|汛期|今日|明日|今天|明天|立即|即日|当天|马上|\d+-\d+"
)
_UNIT = (
    r"[\u4e00-\u9fffA-Z\d]{0,14}?(?:局|委员会|办公室|委|办|中心|公司|政府|街道|镇|乡|"
    r"社区|支队|大队|法院|管理处|管理所|派出所|部门)"
)
_POINTS = (
    re.compile(rf"(?<!交)(?:应?由|归口?|系)({_UNIT})(?:负责|承担|管辖|管理|主管|处理|办理|审批|监管)"),
    re.compile(rf"(?:属于?|隶属于?)({_UNIT})(?:的)?(?:职责|职能|管辖|管理|范围|权限|职权)"),
    re.compile(rf"(?:请|建议)您?(?:可以?)?(?:直接)?(?:向|到|与|联系|咨询)({_UNIT})"),
    re.compile(
        r"((?:不属于?|不在|非|超出)(?:我|本)(?:局|委|办|单位|镇|街道|县|区|中心|公司|院|部门).{0,6}(?:职责|职能|管辖|管理|范围|权限|职权))"
    ),
)
_OWN = re.compile(r"^(?:我|本|该|各|其|有关|相关|上述|上级|属地|职能|主管|物业)")
_POLAR = (("不属实", "属实"), ("不存在", "存在"), ("不符合", "符合"), ("不予", "予以"), ("无法", "可以"))
_DONE = re.compile(
    r"(?:已经?|均已|全部)(?:全部|基本)?[^，。；]{0,8}?(完成|整改|修复|修好|恢复|拆除|清理|解决|到位|发放|支付|办结|更换|开工|通车)"
)
_OPEN = re.compile(
    r"(?:尚未|还未|未能|没有|暂未|仍未|并未|未)[^，。；]{0,8}?(完成|整改|修复|修好|恢复|拆除|清理|解决|到位|发放|支付|办结|更换|开工|通车)"
)
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
SIGNATURE = 40
"""Characters at a reply's end where its unit signs; a unit that signs is no other one."""
SAME, NEAR = 0.75, 0.55
"""Share of common bigrams from which two clauses state the same fact; the same where a verdict differs."""


def promises(reply: str) -> list[Part]:
    """Return the promises that neither name a date nor stand in a sentence that does."""
    found = []
    for sentence in sentences(reply):
        if DATE.search(sentence.text):
            continue
        for hit in _PROMISE.finditer(reply, sentence.start, sentence.end):
            clause = next(
                c for c in clauses(reply) if c.start <= hit.start() < c.end or c.start >= hit.start()
            )
            if not _NO_PROMISE.search(clause.text):
                found.append(Part(hit.group(), hit.start(), hit.end()))
                break
    return found


def other_units(reply: str, unit: str = "") -> list[tuple[Part, str]]:
    """Return where a reply names another unit as responsible, and that unit ("" where none is named)."""
    found = []
    for pattern in _POINTS:
        for hit in pattern.finditer(reply):
            name = hit.group(1)
            own = _OWN.match(name) if pattern is not _POINTS[-1] else None
            signed = (
                len(name) > 2
                and not unit
                and name[-4:] in reply[-SIGNATURE:]
                and hit.end() < len(reply) - SIGNATURE
            )
            if own or signed or (unit and (unit in name or (len(name) > 2 and name in unit))):
                continue
            named = "" if pattern is _POINTS[-1] else name
            found.append((Part(hit.group(), hit.start(), hit.end()), named))
    return found


def contradictions(reply: str, earlier: str) -> list[tuple[Part, Part, str]]:
    """Return (clause, earlier clause, what differs) where the reply takes back what the earlier one said.

    Two clauses of mostly the same wording differ in a verdict (属实 and 不属实), in whether something is done
    (已完成 and 尚未完成) or in a number or date.
    """
    now, before = (_facts(one, other) for one, other in ((reply, earlier), (earlier, reply)))
    if not now or not before:
        return []
    vectors = [encode(normalise_many([c.text for c in side])) for side in (now, before)]
    close = vectors[0] @ vectors[1].T
    found = []
    for i, j in enumerate(close.argmax(axis=1).tolist()):
        # Each must be the other's nearest clause, or lists of like facts would contradict each other.
        if close[i, j] >= NEAR and int(close[:, j].argmax()) == i:
            what = _differs(now[i].text, before[j].text)
            if what:
                found.append((now[i], before[j], what))
    return found


def _facts(text: str, other: str) -> list[Part]:
    """Return the clauses of a reply that state something which the other reply does not say word for word."""
    return [c for c in substance(text) if han(DATE.sub("", c.text)) >= 5 and c.text not in other]


def _differs(new: str, old: str) -> str:
    """Say in what two clauses about the same fact differ, "" where in nothing that matters."""
    plain = [_DIGITS.sub("0", text) for text in (new, old)]
    alike = overlap(*plain)
    for negative, positive in _POLAR:
        sides = [negative in text for text in (new, old)]
        if sides[0] != sides[1] and positive in (old if sides[0] else new) and alike >= NEAR:
            return "结论相反"
    for first, second in ((new, old), (old, new)):
        done, open_ = _DONE.search(first), _OPEN.search(second)
        if done and open_ and done.group(1) == open_.group(1) and overlap(first, second) >= NEAR - 0.2:
            return "办理状态不一致" if first is old else ""
    numbers = [_DIGITS.findall(text) for text in (new, old)]
    if alike >= SAME and len(numbers[0]) == len(numbers[1]) and numbers[0] != numbers[1]:
        return "数字或日期不一致"
    return ""


def overlap(first: str, second: str) -> float:
    """Return the share of the shorter text's bigrams that the other holds."""
    a, b = ({t[i : i + 2] for i in range(len(t) - 1)} for t in (first, second))
    return len(a & b) / max(min(len(a), len(b)), 1)
