"""`hotline-nlp adapt`: a month's shares, known or seen, and commands that take the file as their model."""

import csv
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hotline_nlp import Classifier
from hotline_nlp.cli.app import app
from hotline_nlp.engines.shares import prior_of
from hotline_nlp.errors import InputError
from hotline_nlp.learn import adapt
from hotline_nlp.samples import load_samples

ROOT = Path(__file__).resolve().parents[2]
ASKED = "请问{place}{what}怎么办理，需要带哪些材料"
CHARGED = "投诉{place}{what}收费不合理，态度还很差"
ALIKE = "小区充电桩装在哪里由谁定"
PLACES = ["河西窗口", "大厅三楼", "街道服务站", "镇上网点", "老城办事点", "新区大厅"]
THINGS = ["居住证", "社保转移", "车辆年检", "房产过户", "营业执照", "老年优待证", "不动产登记"]


def month(questions: int, charges: int) -> list[str]:
    rng = np.random.default_rng(5)
    forms = [ASKED] * questions + [CHARGED] * charges
    return [
        f"{form.format(place=rng.choice(PLACES), what=rng.choice(THINGS))}，{k}号"
        for k, form in enumerate(forms)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapt")
    with (folder / "month.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([["诉求内容"], *([text] for text in month(270, 30))])
    with (folder / "alike.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["诉求内容"], *([ALIKE] for _ in range(600))])
    typo = {"type": {"咨旬": 3, "求助": 4, "投诉": 5, "建议": 1, "其他": 2}}
    (folder / "typo.json").write_text(json.dumps(typo), "utf-8")
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hotline_nlp", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, encoding="utf-8", check=False, env=env
    )


def test_a_month_gives_a_file_that_every_command_takes_as_its_model(folder: Path) -> None:
    done = run(folder, "adapt", "month.csv", "--text", "诉求内容", "--out", "seen.json", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sum(told["shares"]["type"].values()) == pytest.approx(1)
    assert told["shares"]["type"]["咨询"] > 0.8
    scored = run(
        folder, "score", "month.csv", "--text", "诉求内容", "--model", "seen.json", "--out", "scored.csv"
    )
    assert scored.returncode == 0, scored.stderr
    one = json.loads(run(folder, "classify", month(1, 0)[0], "--model", "seen.json", "--json").stdout)
    assert one["model"] == told["model"] != Classifier.load("linear").name
    with (folder / "scored.csv").open(encoding="utf-8-sig", newline="") as stream:
        first = next(csv.DictReader(stream))
    assert float(first["type_probability"]) == pytest.approx(one["type"]["probability"], abs=1e-4)


def test_texts_that_are_rejected_do_not_count() -> None:
    with pytest.raises(InputError, match="only 170 texts can be read"):
        Classifier.load("linear").adapted([*month(150, 20), *["please repair the lamp"] * 100])


def test_known_shares_of_the_pack_and_of_a_file(folder: Path) -> None:
    assert run(folder, "adapt", "--known", "pack", "--out", "pack.json").returncode == 0
    (folder / "counts.json").write_text('{"type": {"求助": 0.5}}', "utf-8")
    done = run(folder, "adapt", "--known", "counts.json", "--model", "pack.json", "--out", "both.json")
    assert "50.0%" in done.stdout and "wrote both.json" in done.stdout
    found = json.loads((folder / "both.json").read_text("utf-8"))
    assert found["model"] == "linear" and set(found["shares"]) == {"type", "topic"}
    assert found["shares"]["type"]["求助"] == pytest.approx(0.5)
    told = json.loads(run(folder, "info", "--model", "both.json", "--json").stdout)
    assert told["shares"]["type"]["求助"] == 0.5 and "+shares." in told["answers_as"]
    assert "shares" not in json.loads(run(folder, "info", "--json").stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either"),
        (("month.csv", "--known", "pack"), "either"),
        (("month.csv", "--text", "内容"), "did you mean '诉求内容'"),
        (("--known", "none.json"), "can't be read"),
        (("--known", "month.csv"), "is no JSON"),
        (("month.csv", "--text", "诉求内容", "--head", "flags"), "do not exclude"),
        (("month.csv", "--text", "诉求内容", "--head", "kind"), "no head 'kind'"),
        (("alike.csv", "--text", "诉求内容", "--head", "unit"), "can't be estimated"),
        (("--known", "pack", "--head", "unit"), "states shares of type and topic, none of unit"),
        (("--known", "typo.json"), "name '咨旬', which the model does not have: its labels are 咨询, 求助,"),
        (("--known", "typo.json", "--head", "topic"), "states no shares of 'topic': it states type"),
    ],
)
def test_what_can_t_be_done_is_said_in_a_sentence(
    folder: Path, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_module("hotline_nlp.cli.adapt")
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, ["adapt", *arguments, "--out", "never.json"])
    assert done.exit_code == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not (folder / "never.json").exists()


def test_known_shares_that_name_a_label_twice_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_module("hotline_nlp.cli.adapt")
    monkeypatch.chdir(folder)
    (folder / "twice.json").write_text('{"type": {"求助": 0.5, "求助": 0.2}}', "utf-8")
    done = CliRunner().invoke(app, ["adapt", "--known", "twice.json", "--out", "never.json"])
    assert done.exit_code == 2 and "hold '求助' twice" in done.stderr


def test_one_head_of_the_pack_alone(folder: Path) -> None:
    done = run(folder, "adapt", "--known", "pack", "--head", "type", "--out", "types.json", "--json")
    assert set(json.loads(done.stdout)["shares"]) == {"type"}


def test_many_labels_come_with_a_word_of_caution(folder: Path) -> None:
    with (folder / "samples.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text"], *([row["text"]] for row in load_samples() * 2)])
    done = run(folder, "adapt", "samples.csv", "--head", "topic", "--out", "topics.json")
    assert done.returncode == 0 and "topic has 46 labels" in done.stdout
    assert "can make answers worse" in (folder / "topics.json").read_text("utf-8")
    assert "worse" not in run(folder, "adapt", "samples.csv", "--out", "few.json").stdout


def test_an_estimate_that_the_answers_do_not_bear_out_is_refused() -> None:
    with pytest.raises(InputError, match=r"'\w+' would come to \d\d\.\d%, yet the model answers it on 0\.0%"):
        Classifier.load("linear").adapted([ALIKE] * 600, head="unit")


def test_units_of_an_ordinary_month_are_estimated_near_the_answers() -> None:
    clf, texts = Classifier.load("linear"), [row["text"] for row in load_samples()] * 2
    head = next(h for h in clf.adapted(texts, head="unit").engine.heads if h.name == "unit")
    answers = np.bincount([head.labels.index(r.unit.label) for r in clf.iter_results(texts)], minlength=36)
    assert np.max(np.array(head.shares) - answers / len(texts)) < adapt.POINTS


def test_shares_that_a_model_answers_for_do_not_bear_on_an_estimate() -> None:
    clf, texts = Classifier.load("linear"), month(40, 260)
    only = clf.with_shares({"type": {"咨询": 1.0}})
    assert _type(only.adapted(texts)).shares == _type(clf.adapted(texts)).shares


def test_labels_that_can_t_be_answered_any_more_are_named(folder: Path) -> None:
    (folder / "half.json").write_text('{"type": {"求助": 0.6, "投诉": 0.4}}', "utf-8")
    done = run(folder, "adapt", "--known", "half.json", "--out", "two.json")
    assert (
        "type: labels that come to 0% and can't be answered any more: '咨询', '建议', '其他'" in done.stdout
    )


def test_a_month_of_few_texts_is_refused() -> None:
    clf = Classifier.load("linear")
    with pytest.raises(InputError, match="only 150 texts"):
        clf.adapted([*month(75, 75), "", "。。。"])


def test_a_month_moves_a_classifier_towards_its_own_shares() -> None:
    clf = Classifier.load("linear")
    moved = clf.adapted(month(40, 260))
    before, after = (
        dict(zip(h.labels, h.shares or prior_of(h), strict=True)) for h in (_type(clf), _type(moved))
    )
    assert after["投诉"] > 0.7 > before["投诉"]
    again = moved.adapted(month(40, 260))
    assert np.allclose(_type(again).shares, _type(moved).shares, atol=0.01)


def _type(clf: Classifier):
    return next(head for head in clf.engine.heads if head.name == "type")
