"""The parts of fine-tuning: losses that count only known labels, batches of like length, fewer layers."""

import numpy as np
import pytest
from tiny_encoder import encoder_folder

pytestmark = pytest.mark.transformer
torch = pytest.importorskip("torch")

from training import losses, rows  # noqa: E402
from training.encoder import MultiHead, predict, tokens_of  # noqa: E402
from training.loop import Config, Loop  # noqa: E402
from training.rows import UNKNOWN, Row  # noqa: E402

HEADS = {"type": 5, "topic": 4, "unit": 3, "urgent": 1, "flags": 4, "haikou_unit": 2}


def row(number: int, kind: rows.Kind = "gold") -> Row:
    classes = {name: number % HEADS.get(name, 2) if kind == "gold" else UNKNOWN for name in rows.EVERY}
    classes["haikou_unit"] = number % 2
    return Row(
        f"{number}",
        classes,
        float(number % 2),
        [0.0, 1.0, 0.0, 0.0],
        kind,
        f"R{number}",
        [0, 4 + number % 9, 2],
    )


def scores(count: int) -> dict:
    generator = torch.Generator().manual_seed(1)
    return {name: torch.randn(count, n, generator=generator) for name, n in HEADS.items()}


def test_rows_without_a_label_do_not_count() -> None:
    given, batch = scores(2), [row(0), row(1, "haikou")]
    before = losses.loss_of(given, batch)
    for name in ("type", "topic", "unit", "urgent", "flags"):
        given[name][1] += 5.0
    assert torch.equal(losses.loss_of(given, batch), before)
    given["haikou_unit"][1, 0] += 5.0
    assert not torch.equal(losses.loss_of(given, batch), before)


def test_soft_labels_are_the_cross_entropy_to_the_teachers() -> None:
    """A teacher that is certain costs what a class does, and the entropy of the rest is the least."""
    given = scores(3)
    soft = row(0, "soft")
    soft.soft = {name: torch.softmax(given[name][0], 0).tolist() for name in rows.EXCLUSIVE}
    expected = sum(
        float(torch.special.entr(torch.tensor(soft.soft[name])).sum()) * losses.WEIGHT[name]
        for name in rows.EXCLUSIVE
    )
    assert losses.soft_loss(given, [soft, row(1), row(2)]).item() * 3 == pytest.approx(expected, abs=1e-4)
    assert losses.soft_loss(given, [row(0), row(1), row(2)]).item() == 0
    sure = row(0, "soft")
    sure.soft = {name: [float(k == 1) for k in range(HEADS[name])] for name in rows.EXCLUSIVE}
    alone = {name: value[:1] for name, value in given.items()}
    hard = sum(
        losses.WEIGHT[name] * -torch.log_softmax(given[name][0], 0)[1].item() for name in rows.EXCLUSIVE
    )
    assert losses.soft_loss(alone, [sure]).item() == pytest.approx(hard, rel=1e-5)


def test_a_head_that_is_not_trained_costs_nothing() -> None:
    given = scores(3)
    del given["haikou_unit"]
    assert torch.isfinite(losses.loss_of(given, [row(k, "haikou") for k in range(3)]))


def test_equal_passes_do_not_diverge() -> None:
    one, other = scores(3), scores(3)
    assert losses.divergence(one, other).item() == pytest.approx(0, abs=1e-6)
    other["unit"] = other["unit"].flip(1)
    assert losses.divergence(one, other).item() > 0.01


def test_an_epoch_has_every_gold_row_once_and_a_share_of_the_others() -> None:
    given = [row(k) for k in range(30)] + [row(k, "haikou") for k in range(20)]
    shares = {"gold": 1.0, "soft": 0.5, "haikou": 0.5}
    found = [r for batch in rows.batches(given, 0, 0, 4, shares) for r in batch]
    assert sum(r.kind == "gold" for r in found) == 30
    assert len({r.id for r in found if r.kind == "gold"}) == 30
    assert len(found) == 40
    again = [r.id for batch in rows.batches(given, 0, 0, 4, shares) for r in batch]
    assert again == [r.id for r in found]
    assert again != [r.id for batch in rows.batches(given, 1, 0, 4, shares) for r in batch]


def test_batches_are_of_like_length() -> None:
    given = [Row("", {}, 0.0, [], "gold", str(k), [1] * (k % 30 + 1)) for k in range(160)]
    for batch in rows.batches(given, 0, 0, 4, {"gold": 1.0}):
        sizes = [len(r.ids) for r in batch]
        assert max(sizes) - min(sizes) <= 2


def test_the_tokens_are_the_engines(tmp_path) -> None:
    tokens = tokens_of(encoder_folder(tmp_path / "e"))
    texts = ["路灯不亮", "", "电梯坏了" * 60]
    assert rows.tokenise(texts, tokens) == tokens.numbers(texts)


def test_fewer_layers_keep_the_first_and_the_last(tmp_path) -> None:
    folder = encoder_folder(tmp_path / "e")
    whole, one = MultiHead(folder, HEADS), MultiHead(folder, HEADS, layers=1)
    assert len(one.encoder.encoder.layer) == 1
    kept = one.encoder.encoder.layer[0].output.dense.weight
    assert torch.equal(kept, whole.encoder.encoder.layer[0].output.dense.weight)
    assert one.encoder.config.num_hidden_layers == 1


def test_higher_layers_learn_faster_and_embeddings_not_at_all(tmp_path) -> None:
    model = MultiHead(encoder_folder(tmp_path / "e"), HEADS, frozen_layers=0)
    rates = [group["lr"] for group in model.groups(1e-4, 0.5)]
    assert rates == [1e-3, 5e-5, 1e-4]
    assert not any(p.requires_grad for p in model.encoder.embeddings.parameters())


@pytest.mark.parametrize(
    ("found", "epochs", "best"), [([0.5, 0.4, 0.3, 0.2, 0.1], 3, 0), ([0.1, 0.2, 0.3], 3, 2)]
)
def test_training_stops_where_dev_no_longer_gains(tmp_path, found: list, epochs: int, best: int) -> None:
    model = MultiHead(encoder_folder(tmp_path / "e"), HEADS)
    config = Config(epochs=len(found), batch=4, haikou=0.0, patience=2, accumulate=3)
    seen, marks = iter(found), []

    def score(now: MultiHead) -> float:
        marks.append(next(iter(now.heads.values())).weight.detach().clone())
        return next(seen)

    run = Loop(model, [row(k) for k in range(10)], config, tmp_path, lambda line: None).fit(score)
    assert (len(run.scores), run.best_epoch) == (epochs, best)
    assert torch.equal(next(iter(model.heads.values())).weight, marks[best])


def test_a_run_with_other_settings_is_not_gone_on_from(tmp_path) -> None:
    def loop(**other: object) -> Loop:
        config = Config(epochs=1, batch=4, **other)  # type: ignore[arg-type]
        model = MultiHead(encoder_folder(tmp_path / f"e{len(list(tmp_path.iterdir()))}"), HEADS)
        return Loop(model, [row(k) for k in range(10)], config, tmp_path / "run", lambda line: None)

    (tmp_path / "run").mkdir()
    loop().fit(lambda model: 0.5)
    assert loop().run.epoch == 1
    with pytest.raises(SystemExit, match=r"other gold, rate: name another --out"):
        loop(rate=1e-5, gold=0.5)


def test_scores_do_not_depend_on_the_order(tmp_path) -> None:
    model = MultiHead(encoder_folder(tmp_path / "e"), HEADS)
    ids = [[0, 5, 6, 2], [0, 7, 2], [0, 8, 9, 10, 11, 2]]
    one, other = predict(model, ids, device="cpu"), predict(model, ids[::-1], device="cpu")
    for name, value in one.items():
        assert np.allclose(value, other[name][::-1], atol=0.05)
    assert model.training
