"""Say in one sentence, in Chinese or English, what a comparison of two periods asks for."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Literal

Advice = Literal["keep", "watch", "reweight", "retrain", "unknown"]
Language = Literal["zh", "en"]

_WHAT: dict[Language, dict[Advice, str]] = {
    "zh": {
        "keep": "暂不需要重新训练",
        "watch": "先观察，下期再比",
        "reweight": "不必重新训练，先用 hotline-nlp adapt 按新占比校正",
        "retrain": "建议重新训练",
    },
    "en": {
        "keep": "No need to retrain",
        "watch": "Watch it and compare again next period",
        "reweight": "No need to retrain, but correct for the new label shares with hotline-nlp adapt",
        "retrain": "Retrain on newly labelled requests",
    },
}
_SHARES = {
    "zh": "{head} 的标签占比 PSI {psi:.2f}",
    "en": "the label shares of {head} have a PSI of {psi:.2f}",
}
_CHANCE = {"zh": "（随机波动可达 {chance:.2f}）", "en": " (chance alone reaches {chance:.2f})"}
_TRUST = {
    "zh": "{head} 的平均置信度由 {before:.2f} 变为 {after:.2f}",
    "en": "the mean confidence of {head} went from {before:.2f} to {after:.2f}",
}
_STATED = {
    "zh": "{head} 的平均置信度为 {after:.2f}，低于模型自述的准确率 {before:.2f}",
    "en": "the mean confidence of {head} is {after:.2f}, below its stated accuracy of {before:.2f}",
}
_WORDS = {
    "zh": "新用语占 {new:.1%}（平时 {usual:.1%}）",
    "en": "{new:.1%} of the wording is new (usually {usual:.1%})",
}
_FEW = {
    "zh": "数据太少，无法判断：较短一期只有 {rows} 条，至少需要 {least} 条。",
    "en": "Too little to tell: the shorter period has {rows} requests and at least {least} are needed.",
}
_FALL, _BELOW = 0.005, 0.05
"""A smaller fall of the mean confidence, or one less far below a stated accuracy, is not worth a word."""


def sentence(
    advice: Advice,
    language: Language,
    psis: Mapping[str, tuple[float, float]],
    confidence: Mapping[str, tuple[float, float]],
    wording: tuple[float, float],
    rows: int,
    least: int,
    *,
    stated: Container[str] = (),
) -> str:
    """Return the advice and its facts: the largest PSI, the largest fall in confidence, new wording.

    psis: (PSI, what chance reaches) a head, of which one beyond chance goes first; confidence: (before,
    after) a head, before being the stated accuracy of those in `stated`; wording: (now, usual) shares of new
    n-grams.
    """
    if advice == "unknown":
        return _FEW[language].format(rows=rows, least=least)
    facts = []
    if psis:
        head = max(psis, key=lambda name: (psis[name][0] > psis[name][1], psis[name][0]))
        psi, chance = psis[head]
        beside = _CHANCE[language] if psi <= chance else ""
        facts.append((_SHARES[language] + beside).format(head=head, psi=psi, chance=chance))
    if confidence:
        head = max(confidence, key=lambda name: confidence[name][0] - confidence[name][1])
        before, after = confidence[head]
        fall, told = (_BELOW, _STATED) if head in stated else (_FALL, _TRUST)
        if before - after >= fall:
            facts.append(told[language].format(head=head, before=before, after=after))
    facts.append(_WORDS[language].format(new=wording[0], usual=wording[1]))
    colon, comma, stop = ("：", "，", "。") if language == "zh" else (": ", ", ", ".")
    return _WHAT[language][advice] + colon + comma.join(facts) + stop
