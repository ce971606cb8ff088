"""The ablation names every lever, compares each with the variant without it, and keeps what stays true."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from benchmarks import ablation, levers, machine, tables
from benchmarks.haikou_labels import linked
from benchmarks.text import LANGUAGES
from hotline_nlp.features import prepared, word_rows
from hotline_nlp.learn.linear import FitConfig, HeadData
from hotline_nlp.taxonomy import load_taxonomy


def figures(value: float) -> dict:
    return {head: {"accuracy": value, "macro_f1": value - 0.1} for head in ablation.HEADS}


def test_every_lever_is_one_step_from_what_it_is_measured_against() -> None:
    found = ablation.variants()
    for name in ("characters", "+ words", "+ class balance", "+ label corrections", "+ Haikou labels"):
        assert name in found
    for name, variant in found.items():
        if not variant.against:
            assert name == "characters"
            continue
        other = found[variant.against]
        changed = (
            variant.config != other.config or variant.config.spec.lexicon is not other.config.spec.lexicon
        )
        lever = variant.lever != other.lever
        assert changed + variant.packaged + lever + len(variant.labels ^ other.labels) == 1, name


def made(labels: dict[str, tuple[str, ...]]) -> levers.Gold:
    """Return rows in which every label of a head has an n-gram of its own."""
    rng = np.random.default_rng(0)
    codes = {name: rng.integers(0, len(found), 300) for name, found in labels.items()}
    offsets = np.cumsum([0, *(len(found) for found in labels.values())])
    cells = np.concatenate([code + offset for code, offset in zip(codes.values(), offsets, strict=False)])
    rows = csr_matrix(
        (np.ones(len(cells), np.float32), (np.tile(np.arange(300), len(labels)), cells)), (300, offsets[-1])
    )
    heads = tuple(
        HeadData(name, "softmax", found, np.eye(len(found), dtype=np.float32)[codes[name]], np.ones(300))
        for name, found in labels.items()
    )
    config = FitConfig(l2=0.01, max_iterations=60)
    return levers.Gold(rows, rows, heads, config, np.arange(0))


def test_levers_learn_what_can_be_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    taxonomy = load_taxonomy()
    labels = {"type": ("咨询", "求助", "投诉"), "topic": tuple(t.label for t in taxonomy.topics)}
    small = made({**labels, "unit": ("甲", "乙", "丙", "丁")})
    monkeypatch.setattr(levers, "gold", lambda: small)
    levers.plain.cache_clear()
    try:
        for try_it in (levers.unit_given_topic, levers.topic_in_its_domain):
            logits = try_it()
            for head in small.heads:
                assert (logits[head.name].argmax(axis=1) == head.targets.argmax(axis=1)).all()
    finally:
        levers.plain.cache_clear()
    few = made({"type": labels["type"]})
    monkeypatch.setattr(levers, "gold", lambda: few)
    plain, weighted = (levers.against_all_others(bayes)["type"] for bayes in (False, True))
    right = few.heads[0].targets.argmax(axis=1)
    assert (plain.argmax(axis=1) == right).all() and (weighted.argmax(axis=1) == right).all()
    assert not np.allclose(plain, weighted)


def test_characters_alone_hold_no_word() -> None:
    texts = ["路灯坏了没人修，晚上看不见路"] * 4 + ["小区路灯不亮已经半个月"] * 4
    variants = ablation.variants()
    without, with_words = (
        word_rows(texts, prepared(texts, variants[name].config.spec)) for name in ("characters", "+ words")
    )
    assert not len(without) and len(with_words)


def test_gains_are_differences() -> None:
    measured = {"a": {"against": "", **figures(0.8)}, "b": {"against": "a", **figures(0.85)}}
    measured["c"] = {"against": "unmeasured", **figures(0.5)}
    ablation.gains(measured)
    assert measured["b"]["gain"]["topic"] == {"accuracy": 0.05, "macro_f1": 0.05}
    assert "gain" not in measured["a"] and "gain" not in measured["c"]
    table = tables.ablation({"variants": measured}, LANGUAGES["en"])
    assert "| b | a | 0.850 (+0.050) |" in table and "| a | – | 0.800 |" in table


def test_a_run_keeps_old_variants_of_the_same_recipe_alone(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(machine, "context", lambda files: {"data": dict.fromkeys(files, "0")})
    monkeypatch.setattr(ablation, "run_one", lambda variant, quick: figures(0.7 + bool(variant.against) / 10))
    ablation.run(["characters"])
    found = ablation.run(["+ words"])["variants"]
    assert list(found) == ["characters", "+ words"] and found["+ words"]["gain"]["unit"]["accuracy"] == 0.1
    before = (tmp_path / "ablation.json").read_bytes()
    ablation.run(["+ class balance"], quick=True)
    assert (tmp_path / "ablation.json").read_bytes() == before
    monkeypatch.setattr(ablation.recipe, "VERSION", "9")
    assert list(ablation.run(["+ words"])["variants"]) == ["+ words"]


def test_a_tickets_own_label_pulls_its_target_to_what_that_label_means() -> None:
    rng = np.random.default_rng(2)
    own = np.repeat([0, 1], 200)
    truth = own.copy()
    p = rng.dirichlet([2, 2], 400)
    p[np.arange(400), truth] += 0.6
    p /= p.sum(axis=1, keepdims=True)
    found = linked(p, own)
    assert found.sum(axis=1) == pytest.approx(np.ones(400), abs=1e-5)
    assert (found.argmax(1) == truth).mean() > (p.argmax(1) == truth).mean()
    same = linked(p, np.zeros(400, int))
    assert np.allclose(same, p, atol=1e-5)


def test_the_curve_has_a_column_a_start() -> None:
    figure = {"accuracy": {"mean": 0.5, "sd": 0.01}}
    points = [
        {"rows": 50, "start": "nothing", "figures": figure},
        {"rows": 1000, "start": "packaged", "figures": figure},
    ]
    table = tables.curve({"curve": points}, LANGUAGES["en"])
    assert "| 50 | 0.500 ± 0.010 | – |" in table and "| 1,000 | – | 0.500 ± 0.010 |" in table
