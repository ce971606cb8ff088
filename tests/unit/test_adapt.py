"""Masked-language training: what is hidden, and that what comes out is an encoder to fine-tune."""

import pytest
from tiny_encoder import encoder_folder, tokenizer

pytestmark = pytest.mark.transformer
torch = pytest.importorskip("torch")

from training.adapt import IGNORED, adapt, masked  # noqa: E402
from training.encoder import MultiHead, tokens_of  # noqa: E402


def test_only_inner_tokens_are_chosen_and_most_are_hidden() -> None:
    ids = torch.arange(10, 10 + 64 * 50).reshape(64, 50) % 30 + 4
    mask = torch.ones_like(ids)
    mask[::2, 40:] = 0
    given, targets = masked(ids, mask, 99, 50, torch.Generator().manual_seed(0))
    chosen = targets != IGNORED
    assert not chosen[:, 0].any()
    assert not chosen[1::2, -1].any()
    assert not chosen[::2, 39:].any()
    assert torch.equal(targets[chosen], ids[chosen])
    assert torch.equal(given[~chosen], ids[~chosen])
    assert 0.12 < chosen.sum() / mask.sum() < 0.18
    assert 0.7 < (given[chosen] == 99).float().mean() < 0.9
    kept = (given[chosen] == ids[chosen]).float().mean()
    assert 0.04 < kept < 0.2


def test_training_lowers_the_loss_and_leaves_an_encoder(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    base, out = encoder_folder(tmp_path / "base"), tmp_path / "out"
    texts = ["小区电梯坏了没人维修路灯不亮"] * 40
    first = adapt(base, texts, tmp_path / "once", epochs=1, rate=1e-6, size=4, device="cpu")
    last = adapt(base, texts, out, epochs=6, rate=3e-3, size=4, device="cpu")
    assert last < first - 0.5
    assert "ETA" in capsys.readouterr().out
    model = MultiHead(out, {"type": 2})
    assert model.encoder.config.vocab_size == len(tokenizer()["model"]["vocab"])
    assert tokens_of(out).numbers(["路灯"]) == tokens_of(base).numbers(["路灯"])
