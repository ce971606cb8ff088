"""Training end to end on work orders made from templates."""

import datetime as dt
import json
import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotline_nlp import Classifier
from hotline_nlp.errors import ColumnError, InputError, TrainingError
from hotline_nlp.learn.dates import seconds
from hotline_nlp.learn.evaluate import evaluate
from hotline_nlp.learn.outcome import TrainResult
from hotline_nlp.learn.sgd import SgdConfig
from hotline_nlp.learn.sources import Columns
from hotline_nlp.learn.train import TrainConfig, train

MATTERS = {
    "供水站": ["自来水停了", "水管爆了", "水压太低", "水表转得快", "自来水发黄"],
    "路灯所": ["路灯不亮", "灯杆倒了", "夜里没有照明", "路灯一直闪", "灯罩掉下来"],
    "公交公司": ["公交车不停站", "线路改了没通知", "班次太少", "司机态度差", "刷卡多扣钱"],
}
PLACES = ["东门口", "学府路", "百花小区", "汽车站旁", "新村三栋", "河堤边", "老粮库", "中学对面", "菜场后面"]
ENDS = ["请处理", "希望尽快解决", "怎么办", "已经一周了", "反映多次", "影响生活", "老人小孩不方便"]
LONG = "，".join(place + matter for matters in MATTERS.values() for matter in matters for place in PLACES)
COLUMNS = Columns(text="诉求内容", unit="承办单位", date="受理时间", id="工单号")
FAST = SgdConfig(passes=8)


def tickets(count: int, seed: int = 0) -> list[dict[str, str]]:
    rng = random.Random(seed)
    start = dt.date(2024, 1, 1)
    rows = []
    for number in range(count):
        unit = rng.choice(list(MATTERS))
        floor, days = rng.randint(1, 40), rng.randint(2, 60)
        matter, end = rng.choice(MATTERS[unit]), rng.choice(ENDS)
        rows.append(
            {
                "工单号": f"{seed}-{number}",
                "诉求内容": f"{rng.choice(PLACES)}{floor}楼{matter}，{days}天了，{end}",
                "诉求类型": "咨询" if rng.random() < 0.3 else "投诉",
                "承办单位": unit,
                "受理时间": str(start + dt.timedelta(days=number // 4)),
            }
        )
    return rows


@pytest.fixture(scope="module")
def config() -> TrainConfig:
    return TrainConfig(columns=COLUMNS, name="mine", sgd=FAST)


@pytest.fixture(scope="module")
def made(config: TrainConfig) -> TrainResult:
    return train(tickets(240), config=config)


def test_a_model_states_the_shares_that_its_probabilities_hold(made: TrainResult) -> None:
    head = made.engine.heads[0]
    assert sum(head.prior) == pytest.approx(1, abs=1e-5) and min(head.prior) > 0
    p = made.classifier().probabilities([row["诉求内容"] for row in tickets(240, seed=9)])["unit"]
    assert head.prior == pytest.approx(p.mean(axis=0), abs=0.1)
    moved = made.classifier().with_shares({"unit": {"路灯所": 0.9}})
    assert moved.classify("新村三栋路灯不亮，灯杆倒了").unit.probability > 0.5


def test_learns_and_measures_on_newer_days(made: TrainResult) -> None:
    assert made.metrics["unit"]["accuracy"] > 0.9
    assert made.manifest["rows"]["held_out"] == made.metrics["unit"]["rows"] >= 24
    assert "by time" in made.split
    assert made.held_out.dates is not None
    assert made.manifest["data"]["until"] == "2024-02-17"
    assert made.held_out.dates.min() >= seconds("2024-02-18")


def test_same_rows_and_seed_give_the_same_weights(made: TrainResult, config: TrainConfig) -> None:
    again = train(tickets(240), config=config)
    assert again.manifest == made.manifest
    for name, tensor in made.tensors.items():
        np.testing.assert_array_equal(tensor, again.tensors[name])
    other = train(tickets(240), config=replace(config, seed=1))
    assert not np.array_equal(other.tensors["bias"], made.tensors["bias"])


def test_saved_folder_is_a_model_with_its_report(made: TrainResult, tmp_path: Path) -> None:
    folder = made.save(tmp_path / "my-model")
    names = {path.name for path in folder.iterdir()}
    assert names == {"manifest.json", "weights.safetensors", "README.md", "report.md", "report.html"}
    assert [path.name for path in tmp_path.iterdir()] == ["my-model"]
    clf = Classifier.load(folder)
    result = clf.classify("老粮库9楼路灯不亮，3天了，请处理")
    assert result.unit is not None and result.unit.label == "路灯所"
    assert result.type is None and result.topic is None
    html = (folder / "report.html").read_text("utf-8")
    assert "路灯所" in html and "<svg" in html and "src=" not in html and 'href="http' not in html
    markdown = (folder / "report.md").read_text("utf-8")
    assert "Calibration:" in markdown and "Coverage" in markdown and "| 路灯所 |" in markdown


def test_report_without_matplotlib_has_tables(made: TrainResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline_nlp.learn.plots.available", lambda: False)
    html = made.to_html()
    assert "<svg" not in html and "mean confidence" in html


def test_better_model_is_not_overwritten(made: TrainResult, config: TrainConfig, tmp_path: Path) -> None:
    folder = made.save(tmp_path / "model")
    rows = tickets(240)
    rng = random.Random(5)
    spoilt = [
        {**row, "承办单位": rng.choice(list(MATTERS))} if i < 190 else row for i, row in enumerate(rows)
    ]
    worse = train(spoilt, config=replace(config, previous=folder))
    assert worse.comparison is not None and worse.comparison.worse()
    assert "## Against mine@" in worse.to_markdown() and "Against mine@" in worse.to_html()
    before = (folder / "weights.safetensors").read_bytes()
    with pytest.raises(TrainingError, match=r"is better .*%.*--force"):
        worse.save(folder)
    assert (folder / "weights.safetensors").read_bytes() == before
    worse.save(folder, force=True)
    assert (folder / "weights.safetensors").read_bytes() != before
    made.save(folder)


def test_other_folders_are_left_alone(made: TrainResult, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("keep", "utf-8")
    with pytest.raises(InputError, match="no model"):
        made.save(tmp_path, force=True)
    with pytest.raises(InputError, match="no folder"):
        made.save(tmp_path / "notes.txt", force=True)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InputError, match="no folder"):
            made.save(tmp_path / "pipe", force=True)
        assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "notes.txt").read_text("utf-8") == "keep"


def test_full_disk_leaves_the_old_model(
    made: TrainResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made.save(tmp_path / "model")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    def full_for_reports(path: Path, *args: str) -> int:
        return full() if path.name.startswith(("report.html", ".report.html")) else plain(path, *args)

    plain = Path.write_text
    for name, failing in (("write_bytes", full), ("write_text", full_for_reports)):
        with monkeypatch.context() as patch:
            patch.setattr(Path, name, failing)
            with pytest.raises(TrainingError, match="No space left on device"):
                made.save(folder, force=True)
            with pytest.raises(TrainingError, match="No space left on device"):
                made.save(tmp_path / "new")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_starting_from_a_model_helps_few_rows_and_keeps_its_other_heads(
    made: TrainResult, config: TrainConfig, tmp_path: Path
) -> None:
    base = made.save(tmp_path / "base")
    rename = {"供水站": "一处", "路灯所": "二处", "公交公司": "三处"}
    few = [{**row, "诉求类型": rename[row["承办单位"]]} for row in tickets(30, seed=3)]
    columns = Columns(text="诉求内容", type="诉求类型")
    alone = train(few, config=TrainConfig(columns=columns, sgd=FAST))
    helped = train(few, config=TrainConfig(columns=columns, sgd=FAST, base=base))
    assert [head.name for head in helped.engine.heads] == ["type", "unit"]
    assert helped.manifest["base"] == made.engine.name and "Kept from it: unit" in helped.to_markdown()
    fresh = [{**row, "诉求类型": rename[row["承办单位"]]} for row in tickets(60, seed=4)]
    scores = [
        evaluate(result.classifier(), fresh, text="诉求内容", type="诉求类型", unit=unit).metrics()
        for result, unit in ((alone, None), (helped, "承办单位"))
    ]
    assert scores[1]["type"]["accuracy"] > max(scores[0]["type"]["accuracy"], 0.95)
    assert scores[1]["unit"]["accuracy"] > 0.95
    assert helped.manifest["decision"] == made.manifest["decision"]


def test_refit_uses_every_row_and_keeps_the_figures(made: TrainResult, config: TrainConfig) -> None:
    again = train(tickets(240), config=replace(config, refit=True))
    assert again.metrics == made.metrics
    assert not np.array_equal(again.tensors["bias"], made.tensors["bias"])
    assert again.manifest["data"]["until"] == "2024-02-29"


def test_what_cannot_be_used_is_named(config: TrainConfig) -> None:
    rows = tickets(120)
    rows[3]["承办单位"] = "路灯站"
    rows[5]["诉求内容"] = "。。。"
    rows[6]["承办单位"] = ""
    rows[7]["受理时间"] = "去年冬天"
    rows[8]["工单号"] = rows[9]["工单号"]
    rows[10]["诉求内容"] += "水" * 100_000
    rows[11]["诉求内容"] += LONG
    for row in rows:
        row["诉求类型"] = "投诉"
    columns = replace(COLUMNS, type="诉求类型")
    result = train(rows, config=replace(config, columns=columns))
    told = "\n".join(result.notes)
    assert result.split.endswith(
        "fitted to what came before and to 1 rows without a date, some perhaps as new"
    )
    assert "type: only the label '投诉'" in told
    assert "'路灯站' has 1 row: left out; did it mean '路灯所'?" in told
    assert "without a usable text, left out: 1 (line 6)" in told
    assert "unit: 1 rows have no label" in told
    assert "dates that can't be read: 1 (line 8 (4 characters))" in told
    assert "ids that stand in several rows" in told
    assert "longer than 20,000 characters" in told
    assert "texts of which only the first 400 characters are read: 1" in told


def test_refuses_what_cannot_be_learned() -> None:
    plain = TrainConfig(columns=Columns(text="诉求内容", unit="承办单位"))
    with pytest.raises(TrainingError, match="only 5 rows"):
        train(tickets(5), config=plain)
    with pytest.raises(TrainingError, match="nothing can be learned"):
        train([{**row, "承办单位": "供水站"} for row in tickets(40)], config=plain)
    with pytest.raises(ColumnError, match="did you mean '承办单位'"):
        train(tickets(40), config=TrainConfig(columns=Columns(text="诉求内容", unit="承办单元")))
    with pytest.raises(InputError, match="no label column"):
        train(tickets(40), config=TrainConfig(columns=Columns(text="诉求内容")))


def test_evaluate_reports(made: TrainResult) -> None:
    rows = [{"text": row["诉求内容"], "unit": row["承办单位"]} for row in tickets(40, seed=8)]
    rows[0]["unit"], rows[1]["unit"] = "没有这个单位", "公交公私"
    report = evaluate(made.classifier(), rows)
    assert report.heads["unit"].unknown == {"没有这个单位": 1, "公交公私": 1}
    data = json.loads(report.to_json())
    assert data["rows"] == 40 and 0.9 < data["metrics"]["unit"]["accuracy"] < 1
    assert data["heads"]["unit"]["classes"][0]["rows"] >= 10
    assert "公交公私 (1, did it mean 公交公司?)" in report.to_markdown()
    assert "counted as wrong" in report.to_markdown() and "没有这个单位" in report.to_html()
    with pytest.raises(InputError, match="one of the model's heads"):
        evaluate(made.classifier(), [{"text": "路灯不亮", "type": "投诉"}])


def test_copies_of_each_other_are_trained_on_but_not_measured(made: TrainResult, tmp_path: Path) -> None:
    same = [{"诉求内容": "东门口路灯不亮已经很久", "承办单位": ["甲", "乙"][n % 2]} for n in range(40)]
    result = train(same, config=TrainConfig(columns=Columns(text="诉求内容", unit="承办单位"), sgd=FAST))
    told = " ".join(result.notes)
    assert result.metrics == {} and "no row is left to measure on" in told and "is not measured" in told
    assert "newer row" not in told and "on 40 rows; not measured." in result.to_markdown()
    folder = made.save(tmp_path / "model")
    with pytest.raises(TrainingError, match="can't be compared"):
        result.save(folder)


def test_a_model_that_answers_more_heads_is_not_replaced(made: TrainResult, tmp_path: Path) -> None:
    both = train(tickets(120), config=TrainConfig(columns=replace(COLUMNS, type="诉求类型"), sgd=FAST))
    assert any("the figures are rough" in note for note in both.notes)
    folder = both.save(tmp_path / "model")
    with pytest.raises(TrainingError, match="also answers type, which the new one does not"):
        made.save(folder)
    assert made.save(folder, force=True) == folder


@pytest.mark.parametrize("fields", [{"error_rate": 0.0}, {"error_rate": 1.5}, {"test_share": 1.0}])
def test_settings_out_of_range(config: TrainConfig, fields: dict[str, float]) -> None:
    with pytest.raises(InputError, match="above 0 and below 1"):
        train([], config=replace(config, **fields))


@pytest.mark.parametrize("field", ["seed", "few"])
def test_negative_numbers_are_refused(config: TrainConfig, field: str) -> None:
    with pytest.raises(InputError, match=f"{field} is -1: give 0"):
        train(tickets(40), config=replace(config, **{field: -1}))


def test_a_base_reads_fewer_characters_and_says_so() -> None:
    rows = tickets(60)
    rows[0]["诉求内容"] += LONG
    notes = train(rows, config=TrainConfig(columns=COLUMNS, base="linear", sgd=FAST)).notes
    assert "texts of which only the first 270 characters are read: 1" in notes
