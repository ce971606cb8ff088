"""The words of the tables, in the languages of the pages."""

from __future__ import annotations

from typing import Any

Words = dict[str, Any]

_ENGLISH: Words = {
    "systems": {
        "linear": "**hotline_nlp linear**",
        "cascade": "hotline_nlp cascade",
        "transformer": "hotline_nlp transformer",
        "linear_hard": "the same features and fit, hard labels alone",
        "svc_characters_words": "character + word TF-IDF, linear SVC",
        "svc_characters": "character TF-IDF, linear SVC",
        "fasttext": "fastText",
        "naive_bayes": "words, multinomial naive Bayes",
        "baisitong2": "baisitong2 1.0.2 (keyword rules)",
        "majority": "most frequent label",
    },
    "gold": (
        "gold dev", "type", "F1", "topic", "F1", "top-3", "unit", "F1", "top-3", "at 87.9%",
    ),
    "june": ("Haikou, June 2018, 53 units", "stripped", "F1", "top-3", "raw", "F1", "top-3"),
    "note": (
        "F1 is the mean over labels. Fitted on {train} gold train rows, tested on {dev}; on Haikou fitted on "
        "{before} tickets before June 2018, tested on {june}; raw tickets still carry the operator's "
        "directive. ± is the standard deviation over {seeds} seeds, where a seed matters."
    ),
    "categories": ("topics that its categories cover", "rows", "accuracy", "F1"),
    "cities": (
        "city left out", "head", "rows", "accuracy", "F1", "top-3", "dev rows", "left out", "trained on too",
    ),
    "shift": ("head", "correction", "accuracy", "log-loss", "ECE", "error of shares"),
    "methods": {
        "none": "none",
        "known": "known shares",
        "em": "EM, unlabelled month",
        "bbse": "BBSE, unlabelled month",
        "oracle": "the month's true shares",
    },
    "calibration": ("head", "ECE", "all", "90%", "87.9%", "80%", "70%", "50%"),
    "true": "true \\ answer",
    "ablation": ("lever", "against", "type", "topic", "unit"),
    "tickets": "local tickets",
    "starts": {
        "nothing": "from nothing",
        "other_cities": "from a model of other cities",
        "packaged": "from the packaged model",
    },
    "pair": (
        "Of {rows} requests that are either, {swapped} are taken for the other ({rate:.1%}); told apart from "
        "each other alone, {accuracy:.1%} are right (area under the ROC curve {auc:.3f})."
    ),
    "service": ("load", "answers a second", "p50 ms", "p99 ms", "refused (503, 429)", "failed"),
    "service_phases": {
        "steady_1000": "1,000 a second, steady",
        "steady_1500": "1,500 a second, steady",
        "steady_2000": "2,000 a second, steady",
        "closed_loop_32": "32 connections, each asks again at once",
        "overload_1000_connections": "1,000 connections, each asks again at once",
        "steady_500_with_2_reloads": "500 a second, model reloaded twice",
    },
    "streams": {
        1: "One NDJSON stream: {median} texts a second ({rates}).",
        2: "Two at a time: {median} ({rates}).",
    },
    "service_note": (
        "{workers} workers; server and load generator share one machine ({cpu}, {cores} cores)."
    ),
    "console": (
        "In a real browser, from the last key to the frame that shows its answer: {p50} ms in the middle, "
        "{p99} ms at the 99th percentile, {most} ms at most, over {keys} keys; {within} within 150 ms. "
        "Browser and service shared one machine ({cpu}, {cores} cores)."
    ),
}  # fmt: skip
_CHINESE: Words = {
    "systems": {
        **_ENGLISH["systems"],
        "cascade": "hotline_nlp cascade",
        "linear_hard": "同样特征与拟合，仅用硬标签",
        "svc_characters_words": "字 + 词 TF-IDF，线性SVC",
        "svc_characters": "字 TF-IDF，线性SVC",
        "naive_bayes": "词，多项式朴素贝叶斯",
        "baisitong2": "baisitong2 1.0.2（关键词规则）",
        "majority": "最多的标签",
    },
    "gold": (
        "gold dev", "类型", "F1", "事项", "F1", "前3", "单位", "F1", "前3", "覆盖87.9%",
    ),
    "june": ("海口，2018年6月，53个单位", "去指令", "F1", "前3", "原文", "F1", "前3"),
    "note": (
        "F1为各标签的平均。gold用{train}条训练、{dev}条测试；海口用2018年6月以前的{before}条工单训练、{june}条测试，"
        "“原文”保留话务员的派单指令。±为{seeds}个随机种子的标准差（仅对受种子影响的系统）。"
    ),
    "categories": ("其分类覆盖的事项", "行数", "准确率", "F1"),
    "cities": ("留出的城市", "项", "行数", "准确率", "F1", "前3", "dev行数", "未见该城市", "见过该城市"),
    "shift": ("项", "校正", "准确率", "对数损失", "ECE", "占比误差"),
    "methods": {
        "none": "不校正",
        "known": "已知占比",
        "em": "EM，仅用无标签的一个月",
        "bbse": "BBSE，仅用无标签的一个月",
        "oracle": "当月真实占比",
    },
    "calibration": ("项", "ECE", "全部", "90%", "87.9%", "80%", "70%", "50%"),
    "true": "真实 \\ 判为",
    "ablation": ("手段", "对照", "类型", "事项", "单位"),
    "tickets": "本地工单数",
    "starts": {"nothing": "从零开始", "other_cities": "从其他城市的模型开始", "packaged": "从自带模型开始"},
    "pair": (
        "两类共{rows}条，{swapped}条判成了另一类（{rate:.1%}）；只在两类之间选时，{accuracy:.1%}正确"
        "（ROC曲线下面积{auc:.3f}）。"
    ),
    **{name: _ENGLISH[name] for name in ("service", "service_phases", "streams", "service_note", "console")},
}  # fmt: skip
LANGUAGES: dict[str, Words] = {"en": _ENGLISH, "zh": _CHINESE}
