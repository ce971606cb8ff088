"""The words of the tables, in the languages of the pages."""

from __future__ import annotations

from typing import Any

Words = dict[str, Any]

_ENGLISH: Words = {
    "systems": {
        "linear": "**hotline_nlp linear**",
        "cascade": "hotline_nlp cascade",
        "ensemble": "hotline_nlp ensemble",
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
        "{before} tickets before June 2018 (hotline_nlp linear by its `train`), tested on {june}; raw "
        "tickets still carry the operator's directive, which `train` reads with `--formulas`. ± is the "
        "standard deviation over {seeds} seeds, where a seed matters."
    ),
    "categories": ("topics that its categories cover", "rows", "accuracy", "F1"),
    "cities": (
        "city left out", "head", "rows", "accuracy", "F1", "top-3", "dev rows", "left out", "trained on too",
    ),
    "shift": ("head", "correction", "accuracy", "log-loss", "ECE", "error of shares"),
    "packaged": "packaged model",
    "methods": {
        "none": "none",
        "known": "known shares",
        "em": "EM, unlabelled month",
        "map": "EM with a prior, unlabelled month",
        "bbse": "BBSE, unlabelled month",
        "oracle": "the month's true shares",
    },
    "care_drawn": {"shares": "by share", "near": "near ones"},
    "care_audit": (
        "head, wrong labels", "rows", "agreed", "wrong", "audit lists", "precision", "recall",
        "without AGREED", "precision", "recall", "without both", "precision", "recall",
    ),
    "care_note": (
        "{seeds} tables of each kind, summed; \"agreed\" has the least and the most of them. {wrong} of a "
        "head's labels are replaced. SURE is {sure}, AGREED {agreed}."
    ),
    "care_sure": (
        "SURE", "AGREED is met", "precision", "recall", "AGREED is not met", "precision", "recall",
    ),
    "care_months": (
        "head, months", "texts", "times: least", "mean", "most", "most above", "refused", "accuracy",
        "adapted", "worse",
    ),
    "care_months_drawn": {"city": "Xiangtan's shares", "dev": "gold dev's shares"},
    "calibration": (
        "head", "ECE", "cross-fitted", "by chance", "all", "90%", "87.9%", "80%", "70%", "50%",
    ),
    "true": "true \\ answer",
    "ablation": ("lever", "against", "type", "topic", "unit"),
    "checkpoints": ("checkpoint", "type", "F1", "topic", "F1", "top-3", "unit", "F1", "top-3"),
    "encoder": (
        "trial", "held-out type", "topic", "unit", "dev type", "topic", "unit", "minutes of a core",
    ),
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
        "In a real browser, from the last key to the frame that shows its answer: {p50} ms (median), "
        "{p99} ms at the 99th percentile, {most} ms at most, over {keys} keys; {within} within 150 ms. "
        "Browser and service shared one machine ({cpu}, {cores} cores)."
    ),
    "speed": ("texts of about 110 characters", "a second", "slowest", "fastest"),
    "speed_rows": {
        "columns_list": "**columns**, from a list, all cores",
        "columns_arrow": "columns, from arrow, all cores",
        "columns_one_core": "columns, from arrow, one core",
        "columns_dispatch": "columns with place, lead unit and procedure",
        "columns_all_with_formulas": "columns, every text in the operator's formulas",
        "columns_all_with_formulas_dispatch": "the same with dispatch",
        "columns_numpy": "columns without numba, one core",
        "results": "Result objects, with dispatch",
        "svc": "character TF-IDF + linear SVC, one core",
        "fasttext": "fastText, one core",
        "fasttext_one_head": "fastText, one head alone, one core",
    },
    "speed_note": (
        "Generated texts of {characters} characters on average; every system answers for all heads, save the "
        "last row. 'Columns' is `score_columns`; the operator's formulas are openings such as 市民来电反映. "
        "On one core {svc} times the SVC and {fasttext} times fastText. One text at a time: "
        "{labels} ms without and {classify} ms with dispatch (medians). Import, load and first answer: "
        "{first} s; peak memory after 20,000 texts with dispatch {peaks[alone]} MiB with hotline_nlp[fast] "
        "alone, {peaks[beside]} MiB where pandas and scipy are installed too, since Arrow and numba import "
        "them, and {peaks[command_line]} MiB in a process set up as the command line's is. The loops are "
        "compiled or loaded in {compile} s, in a thread beside the work. A text has {ngrams} n-grams: "
        "{bytes} kB gathered at random and {additions} thousand additions of int8; gathering alone bounds "
        "this machine at {bound:,} texts a second a core, of which {fraction:.0%} are reached. {cpu}, "
        "{cores} cores."
    ),
}  # fmt: skip
_CHINESE: Words = {
    "systems": {
        **_ENGLISH["systems"],
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
        "F1为各标签的平均。gold用{train}条训练、{dev}条测试；"
        "海口用2018年6月以前的{before}条工单训练（hotline_nlp linear用其train命令）、{june}条测试，"
        "“原文”保留话务员的派单指令（train命令加--formulas才读入）。±为{seeds}个随机种子的标准差（仅对受种子影响的系统）。"
    ),
    "categories": ("其分类覆盖的事项", "行数", "准确率", "F1"),
    "cities": ("留出的城市", "项", "行数", "准确率", "F1", "前3", "dev行数", "未见该城市", "见过该城市"),
    "shift": ("项", "校正", "准确率", "对数损失", "ECE", "占比误差"),
    "packaged": "自带模型",
    "methods": {
        "none": "不校正",
        "known": "已知占比",
        "em": "EM，仅用无标签的一个月",
        "map": "带先验的EM，仅用无标签的一个月",
        "bbse": "BBSE，仅用无标签的一个月",
        "oracle": "当月真实占比",
    },
    "calibration": ("项", "ECE", "交叉拟合", "偶然", "全部", "90%", "87.9%", "80%", "70%", "50%"),
    "true": "真实 \\ 判为",
    "ablation": ("手段", "对照", "类型", "事项", "单位"),
    "tickets": "本地工单数",
    "starts": {"nothing": "从零开始", "other_cities": "从其他城市的模型开始", "packaged": "从自带模型开始"},
    "pair": (
        "两类共{rows}条，{swapped}条判成了另一类（{rate:.1%}）；只在两类之间选时，{accuracy:.1%}正确"
        "（ROC曲线下面积{auc:.3f}）。"
    ),
    **{
        name: _ENGLISH[name]
        for name in (
            "checkpoints", "encoder", "service", "service_phases", "streams", "service_note", "console",
            "care_drawn", "care_audit", "care_note", "care_sure", "care_months", "care_months_drawn",
        )
    },
    "speed": ("每条约110字", "条/秒", "最慢", "最快"),
    "speed_rows": {
        "columns_list": "**按列**，输入为列表，全部核",
        "columns_arrow": "按列，输入为Arrow，全部核",
        "columns_one_core": "按列，输入为Arrow，单核",
        "columns_dispatch": "按列，含属地、主办单位与办理方式",
        "columns_all_with_formulas": "按列，每条都带话务套语",
        "columns_all_with_formulas_dispatch": "同上，含派单",
        "columns_numpy": "按列，未装numba，单核",
        "results": "逐条Result对象，含派单",
        "svc": "字TF-IDF + 线性SVC，单核",
        "fasttext": "fastText，单核",
        "fasttext_one_head": "fastText，仅一项，单核",
    },
    "speed_note": (
        "生成文本平均{characters}字；除末行外各系统均回答全部各项。单核速度为SVC的{svc}倍、fastText的{fasttext}倍。"
        "单条中位耗时：不含派单{labels}毫秒，含派单{classify}毫秒。导入、加载到首次回答{first}秒；"
        "处理2万条（含派单）后峰值内存：仅装hotline_nlp[fast]时{peaks[alone]} MiB，"
        "另装pandas与scipy时{peaks[beside]} MiB（Arrow与numba会载入它们），"
        "按命令行的设置{peaks[command_line]} MiB。"
        "编译或读取循环用时{compile}秒，在旁边的线程进行。"
        "每条{ngrams}个n元组：随机读取{bytes} kB、int8加法{additions}千次；"
        "仅随机读取一项，本机单核上限为每秒{bound:,}条，已达其{fraction:.0%}。{cpu}，{cores}核。"
    ),
}  # fmt: skip
LANGUAGES: dict[str, Words] = {"en": _ENGLISH, "zh": _CHINESE}
