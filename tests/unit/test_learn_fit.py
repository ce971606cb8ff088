"""Splits, the stochastic fit, the start from a model, and the figures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_nlp.calibrate import fit_temperature, log_softmax
from hotline_nlp.engines.base import Head
from hotline_nlp.engines.linear import LinearEngine, quantise
from hotline_nlp.features import HashSpec, featurise, occurrences, prepared, to_csr
from hotline_nlp.learn.build import ENOUGH, Problem, assemble, calibrate
from hotline_nlp.learn.extend import extended
from hotline_nlp.learn.labels import Target
from hotline_nlp.learn.linear import FitConfig, HeadData, fit_linear
from hotline_nlp.learn.measure import measure_head
from hotline_nlp.learn.prior import fit_prior, same_labels
from hotline_nlp.learn.sgd import SgdConfig, Weights, fit_sgd, row_weights
from hotline_nlp.learn.softmax import fit
from hotline_nlp.learn.split import by_hash, by_time, folds, merge_ids

SPEC = HashSpec(bits=12)
DAY = 86_400.0


def test_time_split_cuts_at_a_whole_day_and_drops_copies() -> None:
    dates = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3, np.nan]) * DAY + 100
    groups = np.array([0, 1, 2, 3, 4, 5, 0, 6, 7, 8])
    found = by_time(dates, groups, 0.3)
    assert found is not None
    assert found.part.tolist() == [0, 0, 0, 0, 0, 0, 2, 1, 1, 0]
    assert "1970-01-04 to 1970-01-04" in found.how and "to 1 rows without a date" in found.how
    assert by_time(np.full(9, 5 * DAY), np.arange(9), 0.2) is None
    assert by_time(np.array([1 * DAY, 2 * DAY, np.nan, np.nan, np.nan]), np.arange(5), 0.2) is None


def test_a_day_that_holds_most_rows_is_not_held_out_whole() -> None:
    dates = np.repeat([1, 2], [10, 990]) * DAY
    assert by_time(dates, np.arange(1000), 0.2) is None
    found = by_time(np.repeat([1, 2], [61, 39]) * DAY, np.arange(100), 0.2)
    assert found is not None and len(found.rows(1)) == 39  # up to twice the share a whole day may be


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.sampled_from("甲乙丙")), min_size=2, max_size=60))
def test_hash_split_never_parts_a_group(rows: list[tuple[int, str]]) -> None:
    groups = np.array([g for g, _ in rows])
    texts = [f"文本{g}" for g, _ in rows]
    part = by_hash(texts, groups, [label for _, label in rows], 0.2).part
    assert all(len(set(part[groups == g])) == 1 for g in set(groups.tolist()))
    assert (part == 1).any() == (len(set(groups.tolist())) > 1)  # one group can not be parted


def test_hash_split_is_stable_when_the_table_grows() -> None:
    texts = [f"诉求第{i}件" for i in range(300)]
    small = by_hash(texts[:200], np.arange(200), ["甲"] * 200, 0.2).part
    large = by_hash(texts, np.arange(300), ["甲"] * 300, 0.2).part
    assert (small == 1).sum() == 40
    assert "of each label with 5 rows or more" in by_hash(texts, np.arange(300), ["甲"] * 300, 0.2).how
    assert ((small == 1) & (large[:200] == 1)).sum() >= 30


def test_folds_keep_groups_and_labels_even() -> None:
    codes = np.repeat(np.arange(3), 40).astype(np.int32)
    groups = np.arange(120) // 2
    fold = folds(groups, codes, 4, seed=0)
    assert (fold[::2] == fold[1::2]).all()
    assert all(np.bincount(fold[codes == label], minlength=4).min() >= 8 for label in range(3))
    np.testing.assert_array_equal(fold, folds(groups, codes, 4, seed=0))


def test_rows_of_one_id_stand_together() -> None:
    merged = merge_ids(np.array([0, 1, 2, 3, 4]), ["a", "b", "a", "", "b"])
    assert merged[0] == merged[2] and merged[1] == merged[4]
    assert len({int(g) for g in merged}) == 3


def made(count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    words = ["暖气不热", "井盖破了", "车票退款", "噪音太大"]
    codes = rng.integers(0, 4, count).astype(np.int32)
    return [f"{rng.integers(1, 99)}号{words[c]}{'啊' * int(rng.integers(0, 5))}" for c in codes], codes


def balanced(count: int) -> tuple[Problem, np.ndarray, np.ndarray]:
    """Return a problem of two labels, logits that favour the rare one, and the labels' codes."""
    rng = np.random.default_rng(0)
    codes = (rng.random(count) < 0.1).astype(np.int32)
    logits = rng.normal(0, 1.5, (count, 2)).astype(np.float32)
    logits[np.arange(count), codes] += 1.5
    target = Target("unit", ("甲", "乙"), codes)
    return Problem([""] * count, (target,), np.arange(count), None, SgdConfig(), SPEC), logits, codes


def test_a_head_states_the_shares_that_its_probabilities_hold() -> None:
    problem, logits, codes = balanced(2000)
    (head,) = calibrate(problem, logits, np.arange(2000))
    mean = head.probabilities(logits).mean(axis=0)
    assert mean[1] > 1.5 * codes.mean()
    assert head.prior == pytest.approx(mean, abs=1e-5)
    assert sum(head.prior) == pytest.approx(1, abs=1e-5) and min(head.prior) > 0
    (head,) = calibrate(problem, logits[:0], np.arange(0))
    assert head.prior == ()


def test_near_copies_count_once_for_the_decision() -> None:
    problem, logits, _ = balanced(300)
    rows = np.repeat(np.arange(300), 10)
    target = problem.targets[0].take(rows)
    copied = replace(problem, targets=(target,), groups=rows, texts=[""] * 3000)
    found = Weights(np.zeros((SPEC.buckets, 2), np.float32), np.zeros(2, np.float32))
    heads = calibrate(problem, logits, np.arange(300))
    policies = [
        assemble(given, found, heads, np.arange(len(given.groups)), scores, 0.3, 0.05).policy
        for given, scores in ((problem, logits), (copied, logits[rows]))
    ]
    assert policies[0] == policies[1]
    assert policies[0].samples == 300 and policies[0].coverage > 0


@pytest.mark.parametrize("kind", ["hinge", "softmax"])
def test_descent_comes_near_the_optimum_of_the_same_loss(kind: str) -> None:
    texts, codes = made(160)
    target = Target("unit", ("甲", "乙", "丙", "丁"), codes)
    config = SgdConfig(balance=0, passes=40, l2=1.0)
    found = fit_sgd(texts, [target], np.arange(160), SPEC, replace(config, loss=kind))  # type: ignore[arg-type]
    rows = to_csr(featurise(texts, SPEC), SPEC)
    seen = np.bincount(rows.indices, minlength=SPEC.buckets)
    scale = (np.log(161 / (1 + seen)) + 1).astype(np.float32)
    truth = np.eye(4, dtype=np.float32)[codes]
    best = fit(rows, truth, kind=kind, l2=1.0, scale=scale)  # type: ignore[arg-type]

    def loss(weights: np.ndarray, bias: np.ndarray) -> float:
        scores = rows @ weights + bias
        short = np.maximum(1 - (2 * truth - 1) * scores, 0)
        each = 0.5 * short**2 if kind == "hinge" else -log_softmax(scores) * truth
        return float(each.sum() + 0.5 * ((weights / scale[:, None]) ** 2).sum())

    assert loss(found.weights, found.bias) < 1.1 * loss(best.weights, best.bias)


def test_margins_are_mixed_in_by_their_share() -> None:
    texts, codes = made(160)
    noisy = np.where(np.arange(160) % 7 == 0, (codes + 1) % 4, codes)
    fold = np.where(np.arange(160) % 4 == 0, 0, -1)
    fits = {}
    for share in (0.0, 0.5, 1.0):
        head = HeadData(
            "unit", "softmax", ("甲", "乙", "丙", "丁"), np.eye(4)[noisy], np.ones(160), margins=share
        )
        fits[share] = fit_linear(texts, [head], fold, FitConfig(spec=SPEC))
    logits = {share: np.float64(found.held_out["unit"][fold == 0]) for share, found in fits.items()}
    plain = logits[0.0] / fit_temperature(logits[0.0], noisy[fold == 0])
    np.testing.assert_allclose(logits[0.5], (plain + logits[1.0]) / 2, atol=1e-4)
    weights = {share: found.tensors["weights"] * found.tensors["step"] for share, found in fits.items()}
    temperature = (weights[0.0] / np.where(weights[0.0], 2 * weights[0.5] - weights[1.0], 1))[
        weights[0.0] != 0
    ]
    assert np.median(temperature) == pytest.approx(fit_temperature(logits[0.0], noisy[fold == 0]), rel=0.05)
    alone = fit_sgd(
        texts, [Target("unit", ("甲", "乙", "丙", "丁"), noisy.astype(np.int32))], np.arange(160), SPEC,
        SgdConfig(balance=0.5, passes=10),
    )  # fmt: skip
    spread = np.corrcoef(weights[1.0].ravel(), alone.weights.ravel())[0, 1]
    assert spread > 0.999


def test_rows_of_little_weight_are_left_out_of_the_hinge_loss() -> None:
    texts, codes = made(160)
    light = np.arange(160) % 5 == 0
    wrong = np.where(light, (codes + 1) % 4, codes)
    fold = np.where(np.arange(160) % 4 == 1, 0, -1)
    labels, found = ("甲", "乙", "丙", "丁"), {}
    for least in (0.0, 0.4, 0.5):
        weight = np.where(light, least, 1.0)
        head = HeadData("unit", "softmax", labels, np.eye(4)[wrong], weight, margins=1.0)
        found[least] = fit_linear(texts, [head], fold, FitConfig(spec=SPEC)).tensors["weights"]
    np.testing.assert_array_equal(found[0.4], found[0.0])
    assert not np.array_equal(found[0.5], found[0.0])


def test_adjustment_lifts_rare_labels_by_their_log_share_alone() -> None:
    texts, codes = made(160)
    labels = ("甲", "乙", "丙", "丁")
    rare = np.flatnonzero((codes < 3) | (np.arange(160) % 16 == 3))
    targets = np.eye(4, dtype=np.float32)[codes[rare]]
    fold = np.where(np.arange(len(rare)) % 4 == 0, 0, -1)
    head = HeadData("unit", "softmax", labels, targets, np.ones(len(rare)))
    plain, lifted = (
        fit_linear([texts[i] for i in rare], [head], fold, FitConfig(spec=SPEC, adjust=power))
        for power in (0.0, 0.1)
    )
    lift = -0.1 * np.log(targets.mean(axis=0))
    assert lift.argmax() == 3
    np.testing.assert_array_equal(lifted.tensors["weights"], plain.tensors["weights"])
    np.testing.assert_allclose(lifted.tensors["bias"] - plain.tensors["bias"], lift, atol=1e-4)
    shift = lifted.held_out["unit"] - plain.held_out["unit"]
    np.testing.assert_allclose(shift[fold == 0], np.tile(lift, ((fold == 0).sum(), 1)), atol=1e-4)
    assert not lifted.held_out["unit"][fold < 0].any()


def test_unlabelled_rows_move_nothing() -> None:
    texts, codes = made(60)
    half = np.where(np.arange(60) < 30, codes, -1).astype(np.int32)
    labels = ("甲", "乙", "丙", "丁")
    found = fit_sgd(
        texts, [Target("unit", labels, np.full(60, -1, np.int32))], np.arange(60), SPEC, SgdConfig()
    )
    assert not found.weights.any() and not found.bias.any()
    both = fit_sgd(
        texts, [Target("type", labels, codes), Target("unit", labels, half)], np.arange(60), SPEC, SgdConfig()
    )
    assert (both.logits(texts, SPEC)[:30, 4:].argmax(axis=1) == codes[:30]).mean() > 0.9
    assert row_weights(half, 4, 0.5)[30:].tolist() == [0] * 30
    assert row_weights(half, 4, 0.5)[:30].mean() == pytest.approx(1)


def engine() -> tuple[LinearEngine, list[str], np.ndarray]:
    texts, codes = made(200, seed=1)
    labels = ("暖", "井", "票", "噪")
    found = fit_sgd(texts, [Target("unit", labels, codes)], np.arange(200), SPEC, SgdConfig())
    weights, step = quantise(found.weights)
    manifest = {
        "name": "base",
        "version": "1",
        "features": SPEC.to_dict(),
        "heads": [Head("unit", "softmax", labels).to_dict()],
    }
    return LinearEngine(manifest, {"weights": weights, "step": step, "bias": found.bias}), texts, codes


def test_prior_folds_into_one_matrix() -> None:
    base, texts, codes = engine()
    target = Target("topic", ("一", "二"), (codes // 2).astype(np.int32))
    rows = np.arange(40)
    prior = fit_prior(base, texts, [target], rows, SgdConfig())
    alone = prior.offset(texts)
    assert (alone.argmax(axis=1) == codes // 2).mean() > 0.95
    found = fit_sgd(texts, [target], rows, SPEC, SgdConfig(), offset=prior.offset)
    apart = alone + found.logits(texts, SPEC)
    np.testing.assert_allclose(prior.fold(found).logits(texts, SPEC), apart, atol=2e-3)


def vocabulary_engine(texts: list[str], codes: np.ndarray) -> LinearEngine:
    spec = prepared(texts, HashSpec(bits=12, weighting="tfidf", least=2))
    labels = ("暖", "井", "票", "噪")
    found = fit_sgd(texts, [Target("unit", labels, codes)], np.arange(len(texts)), spec, SgdConfig())
    weights, step = quantise(found.weights)
    manifest = {
        "name": "base",
        "version": "1",
        "features": spec.to_dict(),
        "heads": [Head("unit", "softmax", labels).to_dict()],
    }
    return LinearEngine(manifest, {"weights": weights, "step": step, "bias": found.bias, **spec.tensors()})


def test_room_for_new_words_changes_no_answer_to_old_texts() -> None:
    texts, codes = made(200, seed=1)
    base = vocabulary_engine(texts, codes)
    new = [f"{k}号楼外墙脱落砸到行人" for k in range(9)]
    wider = extended(base, new)
    assert wider.spec.buckets > base.spec.buckets
    assert not wider.weights[base.spec.buckets :].any()
    old = [text for text in texts if not set(text) & set("外墙脱落砸到行人楼")]
    np.testing.assert_allclose(wider.logits(old)["unit"], base.logits(old)["unit"], atol=1e-5)
    assert len(occurrences(new[0], wider.spec).rows) > len(occurrences(new[0], base.spec).rows)


def test_a_base_learns_words_that_it_never_saw() -> None:
    texts, codes = made(200, seed=1)
    base = vocabulary_engine(texts, codes)
    new = [f"{k}号{'外墙脱落' if k % 2 else '电梯困人'}" for k in range(40)]
    target = Target("unit", ("住", "特"), np.array([k % 2 for k in range(40)], np.int32))
    rows = np.arange(40)
    problem = Problem.pose(new, (target,), rows, base, SgdConfig(), rows)
    logits = problem.logits(problem.fit(rows), rows)
    assert (logits.argmax(axis=1) == target.codes).all()


def test_few_rows_go_on_from_a_base_by_its_own_loss() -> None:
    base, texts, codes = engine()
    target, rows = Target("topic", ("一", "二"), (codes // 2).astype(np.int32)), np.arange(len(texts))
    many = np.zeros(ENOUGH, np.int64)
    assert Problem.pose(texts, (target,), rows, base, SgdConfig(), rows).config.loss == "softmax"
    assert Problem.pose(texts, (target,), rows, base, SgdConfig(), many).config.loss == "hinge"
    assert Problem.pose(texts, (target,), rows, None, SgdConfig(), rows).config.loss == "hinge"


def test_a_model_from_nothing_knows_what_two_of_its_rows_hold() -> None:
    texts, codes = made(100)
    target = Target("unit", ("甲", "乙", "丙", "丁"), codes)
    problem = Problem.pose(texts, (target,), np.arange(100), None, SgdConfig(), np.arange(50))
    assert problem.spec.vocabulary is not None
    only = prepared(texts[:50], replace(problem.spec, vocabulary=None, rarity=None))
    assert problem.spec.buckets == only.buckets


def test_labels_in_common_are_kept_without_rows_to_learn_from() -> None:
    base, texts, _ = engine()
    target = Target("unit", ("井", "新", "暖"), np.full(len(texts), -1, np.int32))
    assert same_labels(base, target).sum() == 2
    alone = fit_prior(base, texts, [target], np.arange(10), SgdConfig()).offset(texts)
    old = base.logits(texts)["unit"]
    np.testing.assert_allclose(alone[:, 0], old[:, 1], atol=1e-3)
    np.testing.assert_allclose(alone[:, 2], old[:, 0], atol=1e-3)


def test_figures_of_a_head() -> None:
    p = np.array([[0.9, 0.1, 0], [0.4, 0.6, 0], [0.2, 0.1, 0.7], [0.8, 0.1, 0.1]], np.float32)
    found = measure_head("unit", ("甲", "乙", "丙"), p, ["甲", "甲", "丁", ""])
    assert found is not None
    assert (found.rows, found.accuracy, found.top3) == (3, pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert found.unknown == {"丁": 1}
    assert found.confused == (("丁", "丙", 1), ("甲", "乙", 1))
    assert {c.label: (c.precision, c.recall) for c in found.classes} == {"甲": (1, 0.5), "丁": (0, 0)}
    assert found.macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    assert found.coverage[0] == (0.05, 1.0) and found.coverage[-1] == (1.0, pytest.approx(1 / 3))
    assert sum(b.rows for b in found.reliability) == 3
    assert measure_head("unit", ("甲",), p[:, :1], ["", "", "", ""]) is None
