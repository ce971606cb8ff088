"""Cascade and ensemble: doubted answers, or all, are the mean of both engines', the rest the linear one's."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from hotline_nlp import Classifier
from hotline_nlp.artefact import digest
from hotline_nlp.engines.base import Floats, Head
from hotline_nlp.engines.cascade import CascadeEngine, doubt, log_odds
from hotline_nlp.engines.load import find
from hotline_nlp.engines.shares import corrected
from hotline_nlp.errors import ModelCorrupt
from hotline_nlp.samples import load_samples

HEADS = (
    Head("unit", "softmax", ("属地", "市公安局"), 2.0),
    Head("urgent", "sigmoid", ("urgent",), 1.0, (0.4,)),
)
DECISION = {
    "head": "unit", "threshold": 0.5, "error_rate": 0.1, "delta": 0.05, "coverage": 1.0, "samples": 9,
}  # fmt: skip


class Fixed:
    """Says the same of every text, but for its unit, by length; counts what it was asked."""

    def __init__(self, unit: tuple[float, float], urgent: float, heads: tuple[Head, ...] = HEADS) -> None:
        self.name, self.heads, self.manifest = "fixed@1", heads, {"version": "1"}
        self.unit, self.urgent, self.asked = unit, urgent, 0

    def logits(self, texts: list[str]) -> dict[str, Floats]:
        self.asked += len(texts)
        unit = np.array([[u * len(text) for u in self.unit] for text in texts], np.float32)
        return {"unit": unit.reshape(-1, 2), "urgent": np.full((len(texts), 1), self.urgent, np.float32)}

    def contributions(self, text: str, head: str, label: str) -> tuple[Floats, float]:
        return np.full(len(text), self.urgent, np.float32), 0.0


def joined(threshold: float, second: Fixed, warm: dict[str, float] | None = None) -> CascadeEngine:
    plain = [Head(h.name, h.kind, h.labels, 1.0, h.thresholds).to_dict() for h in HEADS]
    tuned = {
        "threshold": threshold,
        "weight": 0.75,
        "parts": {},
        "temperatures": warm or {},
        "heads": plain,
        "decision": DECISION,
    }
    return CascadeEngine(Fixed((0.0, 1.0), -1.0), second, tuned)


def probabilities(engine, texts: list[str]) -> dict[str, Floats]:
    logits = engine.logits(texts)
    return {head.name: head.probabilities(logits[head.name]) for head in engine.heads}


def test_sure_rows_are_the_first_engines_and_cost_nothing_more() -> None:
    second = Fixed((1.0, 0.0), 1.0)
    engine = joined(9.0, second)
    found, first = (
        probabilities(engine, ["停水", "路灯不亮"]),
        probabilities(engine.first, ["停水", "路灯不亮"]),
    )
    assert second.asked == 0
    for name in found:
        assert np.allclose(found[name], first[name], atol=1e-5)


def test_doubted_rows_are_the_weighted_mean_of_both() -> None:
    second = Fixed((1.0, 0.0), 1.0)
    engine = joined(0.3, second)
    texts = ["停水", "路灯不亮晚上看不见路"]  # the longer, the surer
    found = probabilities(engine, texts)
    assert second.asked == 1
    both = [probabilities(part, texts) for part in (engine.first, second)]
    for name in found:
        assert np.allclose(found[name][0], 0.25 * both[0][name][0] + 0.75 * both[1][name][0], atol=1e-5)
        assert np.allclose(found[name][1], both[0][name][1], atol=1e-5)


def test_the_mean_of_both_has_a_temperature_of_its_own() -> None:
    texts = ["停水", "路灯不亮晚上看不见路"]
    before = probabilities(joined(0.3, Fixed((1.0, 0.0), 1.0)), texts)
    after = probabilities(joined(0.3, Fixed((1.0, 0.0), 1.0), {"unit": 0.5}), texts)
    squared = before["unit"][0] ** 2
    assert np.allclose(after["unit"][0], squared / squared.sum(), atol=1e-5)
    assert np.allclose(after["unit"][1], before["unit"][1], atol=1e-6), "what is not doubted stays"
    assert np.allclose(after["urgent"], before["urgent"], atol=1e-6)


def test_other_shares_of_labels_move_the_answer_and_not_who_is_asked() -> None:
    second = Fixed((1.0, 0.0), 1.0)
    engine, texts = joined(0.3, second), ["停水", "路灯不亮晚上看不见路"]
    engine.heads = tuple(replace(h, prior=(0.5, 0.5)) if h.name == "unit" else h for h in engine.heads)
    moved = corrected(engine, {"unit": {"属地": 0.9, "市公安局": 0.1}})
    before, after = probabilities(engine, texts), probabilities(moved, texts)
    odds = before["unit"][:, 0] / before["unit"][:, 1] * 9
    assert np.allclose(after["unit"][:, 0], odds / (1 + odds), atol=1e-5)
    assert np.array_equal(before["urgent"], after["urgent"])
    assert second.asked == 2 and moved.name != engine.name


def test_its_manifest_stands_for_both_models_and_what_was_tuned() -> None:
    plain = digest(joined(0.3, Fixed((1.0, 0.0), 1.0)).manifest)
    assert plain == digest(joined(0.3, Fixed((1.0, 0.0), 1.0)).manifest)
    other = Fixed((1.0, 0.0), 1.0)
    other.manifest = {"version": "1", "weights": {"sha256": "0" * 64}}
    assert digest(joined(0.3, other).manifest) != plain
    assert digest(joined(0.4, Fixed((1.0, 0.0), 1.0)).manifest) != plain


def test_no_texts() -> None:
    assert joined(0.5, Fixed((1.0, 0.0), 1.0)).logits([])["unit"].shape == (0, 2)


def test_contributions_come_from_the_engine_that_decided() -> None:
    second = Fixed((1.0, 0.0), 1.0)
    for threshold, share in ((9.0, -1.0), (-1.0, 1.0)):
        engine = joined(threshold, second)
        shares, rest = engine.contributions("停水", "unit", "属地")
        assert (shares == share).all()
        assert shares.sum() + rest == pytest.approx(float(engine.logits(["停水"])["unit"][0, 0]), abs=1e-5)


def test_doubt_is_the_entropy_of_the_exclusive_heads() -> None:
    heads = (*HEADS, Head("type", "softmax", ("咨询", "求助"), 1.0))
    p = {"unit": np.array([[0.5, 0.5]]), "type": np.array([[1.0, 0.0]]), "urgent": np.array([[0.5]])}
    assert doubt(heads, p, {})[0] == pytest.approx(np.log(2))
    p["type"] = np.array([[0.5, 0.5]])
    assert doubt(heads, p, {})[0] == pytest.approx(2 * np.log(2))
    assert doubt(heads, p, {"type": 0.5})[0] == pytest.approx(1.5 * np.log(2))


def test_log_odds_lead_back_to_the_probabilities() -> None:
    for head in (
        Head("unit", "softmax", ("a", "b"), 1.0),
        Head("urgent", "sigmoid", ("a", "b"), 1.0, (0.5, 0.5)),
    ):
        p = np.array([[0.25, 0.75], [1.0, 0.0]], np.float32)
        assert np.allclose(head.probabilities(log_odds(head, p)), p, atol=1e-6)


def test_engines_that_do_not_fit_are_refused() -> None:
    other = (Head("unit", "softmax", ("属地", "市教育局"), 1.0), HEADS[1])
    with pytest.raises(ModelCorrupt, match="other labels"):
        CascadeEngine(Fixed((0, 1), 0), Fixed((0, 1), 0, other), {})
    with pytest.raises(ModelCorrupt, match="tune_cascade"):
        CascadeEngine(Fixed((0, 1), 0), Fixed((0, 1), 0), {"threshold": 0.5})
    with pytest.raises(ModelCorrupt, match="tune_cascade"):
        CascadeEngine(
            Fixed((0, 1), 0), Fixed((0, 1), 0), {"threshold": 0.5, "weight": 0.5, "heads": [], "decision": {}}
        )


@pytest.mark.transformer
def test_the_packaged_cascade() -> None:
    clf = Classifier.load("cascade")
    texts = [row["text"] for row in load_samples()][:40]
    results = list(clf.iter_results(texts))
    assert {result.model for result in results} == {clf.name}
    engine = clf.engine
    assert isinstance(engine, CascadeEngine)
    linear, seen = Classifier.load("linear"), 0
    for text, result in zip(texts, results, strict=True):
        p = linear.probabilities([text])
        if doubt(linear.engine.heads, p, engine.parts)[0] < engine.threshold - 1e-4:
            seen += 1
            assert result.unit is not None
            assert result.unit.probability == pytest.approx(float(p["unit"].max()), abs=1e-4)
    assert 0 < seen < len(texts)


@pytest.mark.transformer
def test_the_packaged_ensemble_is_the_mean_of_both_engines() -> None:
    clf = Classifier.load("ensemble")
    texts = [row["text"] for row in load_samples()][:12]
    engine = clf.engine
    assert isinstance(engine, CascadeEngine) and clf.name.startswith("ensemble@")
    found = probabilities(engine, texts)
    linear, transformer = (probabilities(part, texts) for part in (engine.first, engine.second))
    for name in found:
        mean = (1 - engine.weight) * linear[name] + engine.weight * transformer[name]
        if name in engine.temperatures:
            mean **= 1 / engine.temperatures[name]
            mean /= mean.sum(axis=1, keepdims=True)
        assert np.allclose(found[name], mean, atol=0.03)
    assert not np.allclose(found["unit"], linear["unit"], atol=0.02)


@pytest.mark.transformer
@pytest.mark.parametrize("name", ["cascade", "ensemble"])
def test_one_tuned_to_another_linear_model_or_not_at_all_is_refused(tmp_path, name: str) -> None:
    folder = tmp_path / "transformer"
    shutil.copytree(find("transformer"), folder)
    about = json.loads((folder / "manifest.json").read_text("utf-8"))
    about[name]["linear"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(ModelCorrupt, match=f"{name} was tuned to another .*tune_cascade"):
        CascadeEngine.load(find("linear"), folder, name=name)
    del about[name]
    (folder / "manifest.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(ModelCorrupt, match=f"{name} was never tuned: .*tune_cascade"):
        CascadeEngine.load(find("linear"), folder, name=name)
