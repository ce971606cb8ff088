from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import calibration, machine, metrics, rules, tables
from benchmarks.__main__ import main
from benchmarks.accuracy import SYSTEMS
from benchmarks.corpora import Corpus
from benchmarks.metrics import Scores
from benchmarks.peers import majority
from benchmarks.shift import measure
from benchmarks.text import LANGUAGES
from hotline_nlp.taxonomy import load_taxonomy
from training import data

SURE = Scores(
    ("甲", "乙", "丙", "丁"), np.array([[0.9, 0.1, 0, 0], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0, 0.7]]), True
)


def corpus():
    labels = {"topic": ["市容环境", "物业管理", "市容环境"]}
    return Corpus("tiny", ["a", "b", "c"], ["d", "e"], labels, {"topic": ["市容环境", "法律服务"]})


def test_figures_of_three_answers_by_hand():
    found = metrics.figures(SURE, ["甲", "乙", "丙"])
    assert found["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["top3"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0 + 0) / 3, abs=1e-4)
    assert found["accuracy_low"] <= found["accuracy"] <= found["accuracy_high"]


def test_a_label_that_the_system_does_not_know_counts_as_wrong():
    assert metrics.figures(SURE, ["甲", "戊", "丁"])["top3"] == pytest.approx(2 / 3, abs=1e-4)


def test_without_probabilities_the_margin_ranks_and_no_calibration_is_claimed():
    margins = Scores(SURE.labels, SURE.values * 9 - 4, False)
    assert "ece" not in metrics.figures(margins, ["甲", "乙", "丙"])
    assert margins.sureness() == pytest.approx([7.2, 0.9, 4.5])


def test_the_spread_over_seeds():
    found = metrics.spread([{"accuracy": 0.8}, {"accuracy": 0.9}])["accuracy"]
    assert (found["mean"], found["min"], found["max"]) == (0.85, 0.8, 0.9)
    assert found["sd"] == pytest.approx(0.0707, abs=1e-4)
    assert metrics.spread([{"accuracy": 0.8}])["accuracy"]["sd"] == 0


def test_majority_answers_the_most_frequent_label():
    scores, size = majority(corpus(), 0)
    assert scores["topic"].answers() == ["市容环境", "市容环境"]
    assert size == 0


def test_raw_text_keeps_its_directive_and_still_folds():
    assert data.folded("路燈壞了\n，請Ａ局　核實處理") == "路灯坏了 ,请a局 核实处理"


def test_topics_map_to_categories_that_exist():
    topics = {topic.label for topic in load_taxonomy().topics}
    assert set(rules.CATEGORY) <= topics
    assert max(Counter(rules.CATEGORY.values()).values()) < len(topics)


def test_mapping_topics_adds_up_probabilities():
    scores = Scores(("市容环境", "环境保护", "法律服务"), np.array([[0.3, 0.3, 0.4]]), True)
    mapped = rules.mapped(scores)
    assert mapped.answers() == ["环境卫生"]
    assert mapped.values.sum() == pytest.approx(1)


def test_only_topics_that_a_category_covers_are_compared():
    assert rules.comparable(corpus()) == [0]
    scores = Scores(("市容环境", "物业管理"), np.array([[0.8, 0.2], [0.5, 0.5]]), True)
    assert rules.compare(scores, corpus())["rows"] == 1


def test_a_missing_rule_engine_is_said_and_does_not_end_the_run(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "baisitong2", None)
    assert "baisitong2==1.0.2" in rules.rule_engine(corpus(), ["x", "y"])["unavailable"]


def test_every_system_has_a_name_in_every_table():
    for words in LANGUAGES.values():
        assert set(SYSTEMS) | {"baisitong2"} == set(words["systems"])


def test_a_month_drawn_by_other_shares_is_corrected_by_them():
    rng = np.random.default_rng(0)
    dev = rng.integers(0, 3, 600)
    p = rng.dirichlet([1, 1, 1], 600)
    p[np.arange(600), dev] += 0.6
    p /= p.sum(axis=1, keepdims=True)
    source, target = np.full(3, 1 / 3), np.array([0.8, 0.15, 0.05])
    found = measure(p, dev, p, dev, source, target, 0)
    assert set(found) == {"none", "known", "em", "map", "bbse", "oracle"}
    assert found["oracle"]["share_error"] == 0
    assert found["known"]["share_error"] < found["none"]["share_error"]
    assert found["known"]["log_loss"] < found["none"]["log_loss"]
    assert found == measure(p, dev, p, dev, source, target, 0)


def test_the_pair_s_confusion_counts_each_way():
    values = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]])
    found = calibration.of_pair(
        Scores(("求助", "投诉", "咨询"), values, True), ["求助", "求助", "投诉", "投诉"]
    )
    assert found["swapped"] == 2
    assert found["confusion"]["投诉"] == {"求助": 1, "投诉": 0, "咨询": 1}
    assert (found["rows"], found["rate"]) == (4, 0.5)
    assert found["accuracy"] == 0.25


def test_the_curve_starts_with_the_surest_and_ends_with_all():
    found = calibration.of_head(SURE, ["甲", "乙", "丁"])
    assert found["coverage"][0] == [0.05, 1.0]
    assert found["coverage"][-1][1] == pytest.approx(2 / 3, abs=1e-4)
    assert sum(row["rows"] for row in found["reliability"]) == 3


def test_perfectly_calibrated_answers_still_show_some_error_on_few_rows():
    sure = np.random.default_rng(0).uniform(0.5, 1, 300)
    assert 0 < calibration.chance_error(sure) < 0.08
    assert calibration.chance_error(np.ones(50)) == 0


@pytest.fixture
def result():
    f = {"accuracy": 0.87, "macro_f1": 0.84, "top3": 0.99, "accuracy_at_87.9": 0.9}
    task = {**f, "bytes": 1, "seeds": 5, "spread": {k: {"mean": v, "sd": 0.002} for k, v in f.items()}}
    names = ("gold_type", "gold_topic", "gold_unit", "haikou_stripped_unit", "haikou_raw_unit")
    system = dict.fromkeys(names, task)
    nine = {"topic_nine": {"rows": 228, "accuracy": 0.6, "macro_f1": 0.5}}
    tasks = {name: {"train_rows": 11250, "test_rows": 600, "labels": 5} for name in names}
    return {
        "tasks": tasks,
        "systems": {"linear": {**system, **nine}, "baisitong2": nine, "transformer": {"unavailable": ""}},
    }


def test_tables_are_filled_from_the_json_and_nothing_else_moves(result):
    page = "a\n<!-- table:accuracy -->\nstale\n<!-- /table -->\nb\n<!-- table:speed -->\nx\n<!-- /table -->\n"
    made = tables.accuracy(result, LANGUAGES["en"])
    new = tables.fill(page, {"accuracy": made})
    assert "stale" not in new
    assert "0.870 ± 0.002" in new
    assert new.startswith("a\n") and new.endswith("b\n<!-- table:speed -->\nx\n<!-- /table -->\n")
    assert tables.fill(new, {"accuracy": made}) == new


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_system_that_could_not_run_has_no_row(result, language):
    words = LANGUAGES[language]
    assert words["systems"]["transformer"] not in tables.accuracy(result, words)
    assert "228" in tables.categories(result, words)
    assert "0.600" in tables.categories(result, words)


def test_pages_and_markers_that_are_not_there_are_skipped(tmp_path, monkeypatch, result):
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    (tmp_path / "accuracy.json").write_text(json.dumps(result), "utf-8")
    (tmp_path / "README.md").write_text("no markers\n", "utf-8")
    said = []
    tables.render_all(tmp_path, said.append)
    assert said == ["README.md: up to date"]


@given(st.lists(st.lists(st.text("ab|", max_size=3), min_size=2, max_size=2), max_size=4))
def test_a_table_has_a_line_for_each_row(rows):
    assert len(tables.markdown(["x", "y"], rows).split("\n")) == len(rows) + 2


def test_an_unknown_peer_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["accuracy", "--peers", "nobody"])
    assert ended.value.code == 2
    assert "choose --peers from" in capsys.readouterr().err


def test_pictures_are_drawn_the_same_from_the_same_figures(tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks.figures import draw

    head = calibration.of_head(SURE, ["甲", "乙", "丁"])
    figures = {"model": "linear@0", "heads": {"type": head, "topic": head, "unit": head}}
    first = [path.read_bytes() for path in draw(figures, tmp_path)]
    assert [path.read_bytes() for path in draw(figures, tmp_path)] == first
    assert all(raw.startswith(b"\x89PNG") for raw in first)
