"""What every packaged engine keeps: the same heads, its manifest's calibration and decisions, one Result."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from hotline_nlp import Classifier
from hotline_nlp.calibrate import log_softmax
from hotline_nlp.decide import AUTO, OPEN, REJECT, REVIEW
from hotline_nlp.engines.base import Floats, Head
from hotline_nlp.errors import InputError
from hotline_nlp.normalise import normalise
from hotline_nlp.samples import load_samples

TEXTS = [row["text"] for row in load_samples()][:24]
PLAIN = [normalise(text).text for text in TEXTS]
ENGINES = [
    "linear",
    *(pytest.param(name, marks=pytest.mark.transformer) for name in ("transformer", "cascade", "ensemble")),
]
CLOSE = 0.02
"""Batches of another shape round otherwise in bf16; as in test_classifier.py."""


@lru_cache
def loaded(engine: str) -> Classifier:
    return Classifier.load(engine)


@lru_cache
def logits(engine: str) -> dict[str, Floats]:
    return loaded(engine).engine.logits(PLAIN)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_heads_are_the_linear_engines(engine: str) -> None:
    heads, usual = ({h.name: h for h in loaded(name).engine.heads} for name in (engine, "linear"))
    assert list(heads) == list(usual)
    for name, head in heads.items():
        assert (head.kind, head.labels) == (usual[name].kind, usual[name].labels)
        assert len(head.thresholds) == len(usual[name].thresholds)
    assert loaded(engine).labels == loaded("linear").labels


def test_probabilities_are_the_manifests_calibration_of_the_logits(engine: str) -> None:
    clf = loaded(engine)
    p = clf.probabilities(TEXTS)
    for row in clf.manifest["heads"]:
        head = Head.from_dict(row)
        scaled = logits(engine)[head.name].astype(np.float64) / row["temperature"]
        if row["kind"] == "softmax":
            odds = np.exp(log_softmax(scaled))
            entropy = -(odds * np.log(np.maximum(odds, 1e-30))).sum(axis=1, keepdims=True)
            scaled /= (entropy + 0.05) ** row.get("slope", 0)
            e = np.exp(scaled - scaled.max(axis=1, keepdims=True))
            expected = e / e.sum(axis=1, keepdims=True)
            assert p[head.name].sum(axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
        else:
            expected = 1 / (1 + np.exp(-scaled))
        assert np.abs(p[head.name] - expected).max() < CLOSE


def test_a_confident_unit_is_acted_on_and_no_other(engine: str) -> None:
    clf, seen = loaded(engine), set()
    policy = clf.policy()
    assert policy.to_dict() == clf.manifest["decision"]
    assert policy.head == "unit"
    for result in clf.iter_results(TEXTS):
        assert result.unit is not None
        sure = result.unit.probability >= policy.threshold
        free = result.dispatch.procedure not in OPEN
        assert result.decision.action == (AUTO if sure and free else REVIEW)
        assert bool(result.decision.reason) == (result.decision.action == REVIEW)
        seen.add(result.decision.action)
    assert AUTO in seen


def test_yes_or_no_follows_the_manifests_thresholds(engine: str) -> None:
    clf = loaded(engine)
    limits = {head.name: np.asarray(head.thresholds) for head in clf.engine.heads if head.kind == "sigmoid"}
    p = {head.name: head.probabilities(logits(engine)[head.name]) for head in clf.engine.heads}
    told = 0
    for i, result in enumerate(clf.iter_results(TEXTS)):
        if np.abs(p["urgent"][i] - limits["urgent"]).min() > CLOSE:
            assert result.urgent == bool(p["urgent"][i, 0] >= limits["urgent"][0])
            told += 1
        for k, label in enumerate(clf.labels["flags"]):
            if abs(p["flags"][i, k] - limits["flags"][k]) > CLOSE:
                assert (label in result.flags) == bool(p["flags"][i, k] >= limits["flags"][k])
    assert told > len(TEXTS) / 2


def test_a_file_is_answered_like_its_texts(engine: str, tmp_path: Path) -> None:
    clf, source, out = loaded(engine), tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text"], *([text] for text in [*TEXTS[:8], "。。。"])])
    clf.score_batch(source, out=out, batch_size=4)
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    *rows, last = rows
    assert (last["decision"], last["type"]) == (REJECT, "")
    assert len(rows) == 8
    for row, result in zip(rows, clf.iter_results(TEXTS[:8]), strict=True):
        for name in ("type", "topic", "unit"):
            score = getattr(result, name)
            (_, first), (_, second) = score.alternatives[:2]
            if first - second > 2 * CLOSE:
                assert row[name] == score.label


def test_threads_get_the_answers_of_one(engine: str) -> None:
    clf = loaded(engine)
    alone = [clf.classify(text) for text in TEXTS[:8]]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(clf.classify, TEXTS[:8]))
    for one, other in zip(alone, together, strict=True):
        assert one.type is not None
        assert other.type is not None
        assert one.type.probability == pytest.approx(other.type.probability, abs=CLOSE)
        assert one.decision.action in (AUTO, REVIEW)


def test_other_shares_move_every_engine_the_same_way(engine: str) -> None:
    clf = loaded(engine)
    before = clf.probabilities(TEXTS)["type"]
    wanted = {label: 0.96 if label == "咨询" else 0.01 for label in clf.labels["type"]}
    after = clf.with_shares({"type": wanted}).probabilities(TEXTS)["type"]
    k = clf.labels["type"].index("咨询")
    assert (after[:, k] > before[:, k]).all()
    assert (after[:, k].mean() - before[:, k].mean()) > 0.1
    with pytest.raises(InputError):
        clf.with_shares({"flags": {"举报": 0.5}})


def test_one_reject_is_every_engines(engine: str) -> None:
    for text in ("", "。。。", "hello"):
        one, usual = loaded(engine).classify(text), loaded("linear").classify(text)
        assert one.decision == usual.decision
        assert one.decision.action == REJECT
