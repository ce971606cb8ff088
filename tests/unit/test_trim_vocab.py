"""Trimming a vocabulary: the texts are cut as before, and the encoder says of them what it said."""

import json
from pathlib import Path

import pytest
from tiny_encoder import encoder_folder

pytestmark = pytest.mark.transformer
torch = pytest.importorskip("torch")

from training.trim_vocab import main, plain, trim  # noqa: E402

TEXTS = ["小区电梯坏了没人维修", "路灯不亮。", "投诉司机"]


def hidden(folder: Path, text: str) -> tuple[list[str], torch.Tensor]:
    from tokenizers import Tokenizer
    from transformers import AutoModel

    found = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text)
    model = AutoModel.from_pretrained(str(folder), add_pooling_layer=False).float().eval()
    with torch.no_grad():
        return found.tokens, model(torch.tensor([found.ids])).last_hidden_state


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS), "utf-8")
    return encoder_folder(tmp_path / "base")


def test_the_texts_read_as_before(base: Path, tmp_path: Path) -> None:
    before, after = trim(base, tmp_path / "texts.txt", tmp_path / "small")
    assert after < before
    for text in [*TEXTS, "电梯不亮"]:
        old, new = hidden(base, text), hidden(tmp_path / "small", text)
        assert old[0] == new[0]
        assert torch.allclose(old[1], new[1], atol=1e-6)
    kept = json.loads((tmp_path / "small" / "tokenizer.json").read_text("utf-8"))
    pieces = [piece for piece, _ in kept["model"]["vocab"]]
    assert "公交车" not in pieces  # no text uses it
    assert {"<s>", "<mask>", "小区", "公", "0"} <= set(pieces)
    assert [token["id"] for token in kept["added_tokens"]] == [
        pieces.index(t["content"]) for t in kept["added_tokens"]
    ]
    config = json.loads((tmp_path / "small" / "config.json").read_text("utf-8"))
    assert (config["vocab_size"], config["pad_token_id"]) == (after, pieces.index("<pad>"))


def test_the_command_line(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(base), str(tmp_path / "texts.txt"), str(tmp_path / "out"), "--least", "2", "--half"])
    assert "kept" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([str(base), str(tmp_path / "nothing.txt"), str(tmp_path / "out2")])


def test_another_kind_of_tokenizer_is_refused(base: Path, tmp_path: Path) -> None:
    path = base / "tokenizer.json"
    spec = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**spec, "model": {**spec["model"], "type": "BPE"}}), "utf-8")
    with pytest.raises(SystemExit, match="Unigram"):
        trim(base, tmp_path / "texts.txt", tmp_path / "out")


def test_pieces_that_any_text_may_hold() -> None:
    assert all(map(plain, ("路", "▁路", "a", "，", "▁")))
    assert not any(map(plain, ("路灯", "ą", "é", "か", "한")))
