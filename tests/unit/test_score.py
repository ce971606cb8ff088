"""What a teacher says of the pools: a packaged model's own logits."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.transformer
pytest.importorskip("torch")

from hotline_nlp.engines.load import load_engine  # noqa: E402
from hotline_nlp.errors import ModelError  # noqa: E402
from training import score  # noqa: E402

MODEL = Path(__file__).resolve().parents[2] / "models" / "transformer"
TEXTS = ["小区路灯坏了半个月没人修", "请问公租房怎么申请", "建议在学校门口加一条斑马线"]


def test_a_packaged_model_scores_each_pool_as_its_engine_does(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(score, "pools", lambda: {"few": TEXTS, "one": TEXTS[:1]})
    monkeypatch.setattr(score.spans, "drawn_from", list)
    score.main([str(MODEL), "--out", str(tmp_path)])
    told = capsys.readouterr().out.splitlines()[:2]
    assert told == ["scored few: 3 texts", "scored one: 1 texts"]
    right = load_engine(MODEL).logits(TEXTS)
    few, one = (np.load(tmp_path / f"{name}.npz") for name in ("few", "one"))
    assert set(few.files) == set(right)
    for head, logits in right.items():
        assert few[head].shape == logits.shape and one[head].shape == (1, logits.shape[1])
        np.testing.assert_array_equal(few[head].argmax(axis=1), logits.argmax(axis=1))
        np.testing.assert_allclose(few[head], logits, atol=0.3)


def test_a_folder_that_holds_no_model_is_refused(tmp_path) -> None:
    with pytest.raises(ModelError):
        score.main([str(tmp_path)])
