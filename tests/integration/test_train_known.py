"""Training again from a model, or beside one, that was fitted to some of the same rows."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotline_nlp.engines.linear import FITTED
from hotline_nlp.errors import TrainingError
from hotline_nlp.learn.known import joined, known_rows
from hotline_nlp.learn.outcome import TrainResult
from hotline_nlp.learn.sgd import SgdConfig
from hotline_nlp.learn.sources import Columns
from hotline_nlp.learn.train import TrainConfig, train

WHAT = {"甲局": ["井盖松了", "沟盖断了"], "乙局": ["树倒了", "草枯了"], "丙局": ["车晚点", "票卖完了"]}
WHERE = ["东门", "西街", "南桥", "北坡", "中学旁", "河边", "新村", "老站"]
PLAIN = "的一是在有这个上们来到时大地为子中说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心"
CONFIG = TrainConfig(columns=Columns(unit="unit", date="date"), name="mine", sgd=SgdConfig(passes=8))


def month(number: int, count: int = 160) -> list[dict[str, str]]:
    """Return a month's requests; every third label is drawn, so no model can know it from the text."""
    rng, out = random.Random(number), []
    for at in range(count):
        unit = rng.choice(list(WHAT))
        filler = "".join(rng.choices(PLAIN, k=24))  # unlike one another, or they would be near-copies
        text = f"{rng.choice(WHERE)}{rng.randint(1, 9999)}号{rng.choice(WHAT[unit])}，{filler}"
        given = rng.choice(list(WHAT)) if at % 3 == 0 else unit
        out.append({"text": text, "unit": given, "date": f"2024-{number:02}-{1 + at * 28 // count:02}"})
    return out


@pytest.fixture(scope="module")
def refitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainResult, Path]:
    made = train(month(1), config=replace(CONFIG, refit=True))
    return made, made.save(tmp_path_factory.mktemp("known") / "first")


def test_marks_know_texts_and_their_copies_again() -> None:
    before = joined(["路灯不亮", "井盖松了"], joined(["树倒了"], None))
    assert before.dtype == np.uint32 and len(before) == 3 and before.max() < 1 << 24
    texts = ["树倒了", "公交不来", "公交没来", "井盖松了"]
    assert known_rows(texts, before).tolist() == [True, False, False, True]
    assert known_rows(texts, before, np.array([0, 0, 2, 3])).tolist() == [True, True, False, True]
    assert not known_rows(texts, None).any()


def test_the_same_rows_again_are_refused(refitted: tuple[TrainResult, Path]) -> None:
    with pytest.raises(
        TrainingError, match=r"fitted to 160 of 160 rows, or.*: only 0 are left.*--from linear"
    ):
        train(month(1), config=replace(CONFIG, base=refitted[1]))


def test_a_month_more_is_measured_and_calibrated_on_the_new_rows(refitted: tuple[TrainResult, Path]) -> None:
    again = train(month(1) + month(2), config=replace(CONFIG, base=refitted[1]))
    assert "rows that mine@" in " ".join(again.notes) and ": 160;" in " ".join(again.notes)
    assert again.held_out.dates is not None and "2024-02" in again.split
    assert not set(again.held_out.texts) & set(refitted[0].held_out.texts)
    assert again.manifest["decision"]["samples"] <= 160
    assert again.manifest["rows"]["fitted"] >= 160
    assert again.manifest["decision"]["coverage"] == 0  # a third of the labels is drawn: no answer is safe
    assert set(refitted[0].tensors[FITTED]) < set(again.tensors[FITTED])


def test_a_model_that_does_not_know_its_rows_is_told_of(
    refitted: tuple[TrainResult, Path], tmp_path: Path
) -> None:
    made = refitted[0]
    plain = {name: tensor for name, tensor in made.tensors.items() if name != FITTED}
    old = replace(made, tensors=plain).save(tmp_path / "old")
    again = train(month(1), config=replace(CONFIG, base=old))
    assert any("does not say which rows it was fitted to" in note for note in again.notes)
    assert FITTED not in again.tensors
    new = train(month(1), config=replace(CONFIG, previous=old))
    assert new.comparison is not None and "may know some of these" in new.comparison.sentence()


def test_a_refusal_says_that_the_old_model_knew_the_rows(refitted: tuple[TrainResult, Path]) -> None:
    folder = refitted[1]
    before = (folder / "weights.safetensors").read_bytes()
    turned = dict(zip(WHAT, [*WHAT][1:] + [*WHAT][:1], strict=True))
    spoilt = [{**row, "unit": turned[row["unit"]]} for row in month(1)[:120]] + month(1)[120:]
    again = train(spoilt, config=replace(CONFIG, previous=folder))
    held = len(again.held_out.texts)
    assert again.comparison is not None and again.comparison.worse()
    with pytest.raises(
        TrainingError, match=f"seems better .*fitted to {held} of the {held} rows held out, so its figures"
    ):
        again.save(folder)
    assert (folder / "weights.safetensors").read_bytes() == before
    assert "too good" in again.to_markdown() and "too good" in again.to_html()


def test_models_are_compared_on_what_the_old_one_does_not_know(tmp_path: Path) -> None:
    config = replace(CONFIG, columns=Columns(unit="unit"))
    folder = train(month(1), config=config).save(tmp_path / "old")
    new = train(month(2), config=replace(config, previous=folder))
    assert new.comparison is not None and new.comparison.note == ""
    mixed = train(month(1), config=replace(config, previous=folder, test_share=0.6))
    assert mixed.comparison is not None and "was not fitted to" in mixed.comparison.sentence()
    assert mixed.comparison.changes[0].rows < len(mixed.held_out.texts)
