"""Say why, in sentences that a dispatcher can read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from hotline_nlp.pack.model import LOCAL
from hotline_nlp.result import Matter
from hotline_nlp.route.answer import JOINT_INVESTIGATION, Reason
from hotline_nlp.route.corrections import Corrections
from hotline_nlp.route.duties import Fit
from hotline_nlp.route.place import Hit
from hotline_nlp.route.reading import Reading
from hotline_nlp.route.returns import Bounce
from hotline_nlp.route.rules import Rule
from hotline_nlp.route.split import Units
from hotline_nlp.route.units import UnitTable

QUOTE = 40
GRAVEST, WHOLE, FIRST = "主办承担最紧急的事项", "主办承担全文的主要事项", "主办承担最先提出的事项"
DISPUTED = "主办由争议单位会商确定"
"""Why a unit leads several matters."""


def place(text: str, reading: Reading, hits: Sequence[Hit]) -> list[Reason]:
    """Name the words that gave the place, or the candidates where it stays open."""
    found = reading.place
    path = "/".join(filter(None, (found.district, found.town, found.village)))
    if not hits or not (path or reading.candidates):
        return []
    words = dict.fromkeys([text[start:end] for _, start, end in hits])
    quoted = "".join([f"“{word}”" for word in islice(words, 5)])
    if reading.candidates:
        options = "、".join(reading.candidates[:6])
        return [Reason("place", f"地点：文中{quoted}可指{options}，需核实。")]
    spot = f"（{reading.spot}）" if reading.spot else ""
    return [Reason("place", f"地点：文中{quoted}指向{path}{spot}，置信度{found.confidence:.2f}。")]


def function(
    units: Units,
    rule: Rule | None,
    text: str,
    table: UnitTable,
    lead: str,
    reading: Reading,
    topic: str,
) -> list[Reason]:
    """Name the rule that decided, or the model's unit function and the level of the unit that follows."""
    if rule is not None:
        word = rule.word_in(text)
        hit = f"命中“{word}”" if word else f"事项为{topic}" if rule.topics else "职能相符"
        note = f"：{rule.note.rstrip('。')}" if rule.note else ""
        return [Reason("rule", f"派单目录{rule.id}{note}（{hit}）。", rule.id)]
    if not units:
        return []
    label, p = units[0]
    found = [Reason("function", f"职能：判为{label}，概率{p:.2f}。")]
    district = reading.place.district
    if label != LOCAL and district and lead != table.lead(label, "", topic, text):
        found.append(Reason("level", f"分级：{district}的事项由{lead}承办。"))
    return found


def duty(nearest: Sequence[Fit]) -> list[Reason]:
    """Quote the lead's duty that fits best."""
    return [Reason("duty", f"职责{fit.duty.id}：“{fit.duty.clause}”", fit.duty.id) for fit in nearest]


def learned(
    units: Units,
    topic: str,
    lead: str,
    reading: Reading,
    table: UnitTable,
    learnt: Corrections,
    text: str,
) -> list[Reason]:
    """Say where past returns moved the order to another unit."""
    if not units or topic not in learnt:
        return []
    before = table.lead(units[0][0], reading.area, topic, text)
    count = learnt.seen(topic, before, lead)
    if before == lead or not count:
        return []
    return [Reason("learned", f"历史改派：{topic}事项由{before}改派{lead}共{count}件。")]


def matters(
    text: str, found: Sequence[Matter], lead: str, why: str, co_units: Sequence[str], rule: Rule | None
) -> list[Reason]:
    """Say what each matter is and why this unit leads."""
    if not co_units:
        return []
    names = "、".join(co_units)
    if not found:
        by = f"一单联派：{lead}主办，{names}协办，依据派单目录{rule.id}。" if rule is not None else ""
        return [Reason("matter", by)] if by else []
    steps = [Reason("matter", f"一单联派：{lead}主办，{names}协办，{why}。")]
    for number, matter in enumerate(found, 1):
        quote = " ".join(text[matter.start : matter.end].split())
        quote = quote if len(quote) <= QUOTE else quote[:QUOTE] + "…"
        role = "主办" if matter.unit == lead else "协办"
        share = f"概率{matter.probability:.2f}"
        steps.append(
            Reason("matter", f"事项{number}：“{quote}”属{matter.topic}，{matter.unit}{role}，{share}。")
        )
    return steps


def history(bounces: Sequence[Bounce], procedure: str) -> list[Reason]:
    """Say who returned the order, whom they named, and that two returns make it a joint matter."""
    steps = []
    for number, bounce in enumerate(bounces, 1):
        named = f"，提出由{bounce.target}办理" if bounce.target else "，未提出承办单位"
        steps.append(Reason("history", f"第{number}次退回：{bounce.unit}退回{named}。"))
    if procedure == JOINT_INVESTIGATION:
        names = dict.fromkeys(n for bounce in bounces for n in (bounce.unit, bounce.target) if n)
        units = "、".join(names)
        steps.append(
            Reason("history", f"双向转办：已退回{len(bounces)}次，由{units}联合会商后确定承办单位。")
        )
    return steps


def needs(found: Sequence[str], reading: Reading) -> list[Reason]:
    """Say that the district must be asked for."""
    if "place" not in found:
        return []
    why = "地点有多种可能" if reading.areas else "文中没有可识别的县市区或园区"
    return [Reason("need", f"待核实：{why}，属地按历史派单占比排序，请先核实地点。")]


def nobody(nearest: Sequence[Fit]) -> list[Reason]:
    """Name the three nearest duties of a matter that no unit owns."""
    steps = [Reason("need", "监管空白：没有可以确定的职责单位，须人工确定承办单位。")]
    for fit in nearest:
        steps.append(
            Reason("duty", f"最接近的职责{fit.duty.id}（{fit.duty.unit}）：“{fit.duty.clause}”", fit.duty.id)
        )
    return steps
