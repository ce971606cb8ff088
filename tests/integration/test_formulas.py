"""Models that read operators' openings and closings: on every path, from a base, or refused."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotline_nlp import Classifier
from hotline_nlp.engines import compiled
from hotline_nlp.engines.base import keeps_formulas
from hotline_nlp.errors import InputError
from hotline_nlp.learn.compare import compare
from hotline_nlp.learn.evaluate import evaluate
from hotline_nlp.learn.outcome import TrainResult
from hotline_nlp.learn.sgd import SgdConfig
from hotline_nlp.learn.sources import Columns
from hotline_nlp.learn.train import TrainConfig, train
from hotline_nlp.normalise import normalise, normalise_many

UNITS = ("城管局", "水务局", "公安局")
MATTERS = ("门口一直有积水", "楼下吵得睡不着", "路边堆了很多东西", "巷子里晚上太黑", "广场上有人占地方")
PLACES = ("新村", "老街", "东门", "河边", "桥头", "学校旁边")
CLOSING = "（请职能局在30分钟内联系市民，3个工作日内办结并回复热线）"
CONFIG = TrainConfig(columns=Columns(text="text", unit="unit"), name="mine", sgd=SgdConfig(passes=8))


def tickets(count: int, seed: int = 0) -> list[dict[str, str]]:
    """Return tickets whose closing alone tells their unit."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        unit = rng.choice(UNITS)
        body = f"{rng.choice(PLACES)}{rng.randint(1, 90)}号{rng.choice(MATTERS)}{rng.randint(2, 60)}天"
        rows.append(
            {"text": f"市民来电反映：{body}，请{unit}核实处理，谢谢！", "unit": unit, "id": str(number)}
        )
    return rows


@pytest.fixture(scope="module")
def made() -> TrainResult:
    return train(tickets(300), config=replace(CONFIG, formulas=True))


@pytest.fixture(scope="module")
def folder(made: TrainResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.save(tmp_path_factory.mktemp("formulas") / "mine")


def test_what_is_cut_and_what_stays() -> None:
    text = "市民来电反映：路灯坏了，请城管局核实处理，谢谢！电话13812345678"
    whole = normalise(text, formulas=True)
    assert whole.text == "市民来电反映:路灯坏了,请城管局核实处理,谢谢!电话****"
    assert [text[i] for i in whole.offsets[:7]] == list("市民来电反映：")
    cut = "市民来电反映：路灯坏了，请城管局核实处理，谢谢！"
    assert normalise(cut).text == "路灯坏了"
    assert normalise_many([cut, text, ""], formulas=True) == [
        normalise(t, formulas=True).text for t in (cut, text, "")
    ]


def test_only_a_model_that_reads_the_closing_knows_the_unit(made: TrainResult) -> None:
    plain = train(tickets(300), config=CONFIG)
    assert made.metrics["unit"]["accuracy"] > 0.95
    assert plain.metrics["unit"]["accuracy"] < 0.7
    assert made.manifest["features"]["formulas"] is True
    assert "formulas" not in plain.manifest["features"]
    said = "It reads operators' openings and closings too."
    assert said in made.to_markdown() and said not in plain.to_markdown()


def test_every_path_reads_the_closing_alike(folder: Path) -> None:
    clf, rows = Classifier.load(folder), tickets(60, seed=1)
    texts, right = [row["text"] for row in rows], [row["unit"] for row in rows]
    assert keeps_formulas(clf.engine)
    one_by_one = [clf.classify(text).unit.label for text in texts]
    assert np.mean([a == b for a, b in zip(one_by_one, right, strict=True)]) > 0.95
    assert [found.unit.label for found in clf.iter_results(texts)] == one_by_one
    p = clf.probabilities(texts)["unit"]
    assert [clf.labels["unit"][k] for k in p.argmax(axis=1)] == one_by_one
    assert clf.score_columns(texts)["unit"].to_pylist() == one_by_one
    assert evaluate(clf, rows, unit="unit").metrics()["unit"]["accuracy"] > 0.95


def test_the_compiled_loops_read_the_closing_too(folder: Path) -> None:
    pytest.importorskip("numba")
    engine, texts = Classifier.load(folder).engine, [row["text"] for row in tickets(40, seed=2)]
    compiled.COMPILER.wait()
    fast = compiled.compiled(engine, compiled.PATIENCE)
    assert fast is not None
    import pyarrow as pa

    logits, han, _ = fast.logits(pa.array(texts))
    assert han.all()
    np.testing.assert_array_equal(logits, engine.logits(normalise_many(texts, formulas=True))["unit"])


def test_reasons_point_into_the_closing(folder: Path) -> None:
    text = "市民来电反映：老街3号门口一直有积水，请水务局核实处理，谢谢！"
    found = Classifier.load(folder).classify(text, explain=True)
    assert found.unit.label == "水务局"
    best = max((e for e in found.evidence if e.head == "unit"), key=lambda e: e.contribution)
    assert text[best.start : best.end] == best.text and "水务局" in best.text


def test_from_such_a_model_goes_on_so_and_others_refuse(folder: Path) -> None:
    more = train(tickets(200, seed=3), config=replace(CONFIG, base=folder))
    assert more.manifest["features"]["formulas"] is True
    with pytest.raises(InputError, match="was trained without operators' formulas"):
        train(tickets(200, seed=3), config=replace(CONFIG, base="linear", formulas=True))
    with pytest.raises(InputError, match="reads operators' formulas, so a model without"):
        train(tickets(200, seed=3), config=replace(CONFIG, previous=folder))
    plain = train(tickets(60, seed=3), config=CONFIG)
    with pytest.raises(InputError, match="so a model without"):
        plain.save(folder)
    assert keeps_formulas(Classifier.load(folder).engine), "the one that was there stays"


def test_shares_are_estimated_from_closings_too(folder: Path) -> None:
    rows = [row for row in tickets(600, seed=6) if row["unit"] != "公安局"]
    moved = Classifier.load(folder).adapted([row["text"] for row in rows], head="unit")
    shares = dict(zip(moved.engine.heads[0].labels, moved.engine.heads[0].shares, strict=True))
    assert shares["公安局"] < 0.1 and min(shares["城管局"], shares["水务局"]) > 0.35


def test_an_older_model_without_them_is_compared_as_it_reads() -> None:
    other = dict(zip(UNITS, (*UNITS[1:], UNITS[0]), strict=True))
    rows = tickets(300, seed=4)
    for number, row in enumerate(rows):
        misled = "，请{0}核实处理，请{0}尽快回复，望{0}及时解决，谢谢！".format(other[row["unit"]])
        row["text"] = f"找{row['unit']}没用，{number}号楼{MATTERS[number % 5]}{misled}"
    old = train(rows, config=CONFIG)
    new = train(rows, config=replace(CONFIG, formulas=True))
    right = evaluate(old.classifier(), rows, unit="unit").metrics()["unit"]["accuracy"]
    again = compare(old.engine, new.answers, new.held_out)
    assert again.old() == pytest.approx(right, abs=0.02) == 1
    assert all("核实处理" in text for text in new.held_out.texts)
    assert not any("核实处理" in text for text in new.held_out.without_formulas().texts)


def test_a_closing_that_all_share_makes_no_copies() -> None:
    rows = [{**row, "text": row["text"] + CLOSING} for row in tickets(240, seed=5)]
    found = train(rows, config=replace(CONFIG, formulas=True))
    plain = train(rows, config=CONFIG)
    assert found.split == plain.split and found.manifest["rows"] == plain.manifest["rows"]


def test_the_command_line_takes_it(tmp_path: Path) -> None:
    source = tmp_path / "tickets.jsonl"
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in tickets(120)), "utf-8")

    def run(*arguments: str) -> dict:
        command = [sys.executable, "-m", "hotline_nlp", *arguments, "--text", "text", "--unit", "unit"]
        done = subprocess.run([*command, "--json"], capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["metrics"]["unit"]

    model = str(tmp_path / "mine")
    told = run("train", str(source), "--out", model, "--formulas")
    assert run("evaluate", model, str(source))["accuracy"] >= told["accuracy"] > 0.9
