"""The benchmarks of the transformer and the cascade, on a tiny model."""

import numpy as np
import pytest
from tiny_encoder import parts

pytest.importorskip("matplotlib")
from benchmarks import cascade, machine, speed_transformer

TEXTS = ["小区电梯坏了没人维修", "路灯不亮", "投诉公交车司机态度差", "没人"]


def test_thresholds_send_on_the_share_that_they_stand_for() -> None:
    unsure = np.random.default_rng(0).permutation(np.linspace(0.1, 0.9, 200))
    for share, threshold in cascade.thresholds(unsure).items():
        assert (unsure > threshold).mean() == pytest.approx(share, abs=0.006)


def test_the_picture_is_drawn_the_same_twice(tmp_path) -> None:
    row = {"type": 0.8, "topic": 0.7, "unit": 0.75}
    result = {
        "curve": [{"share": k, "ms": 1 + 9 * k, **row} for k in (0, 0.5, 1)],
        "transformer": {"ms": 10.0, **row},
        "default": {"share": 0.3, "ms": 3.0, "times_as_fast_as_the_transformer": 3.3},
    }
    for name in ("a.png", "b.png"):
        cascade.picture(result, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.transformer
def test_the_usual_way_gives_the_engines_answers() -> None:
    from hotline_nlp.engines.transformer import TransformerEngine

    engine = TransformerEngine(*parts(), path="fp32")
    slow, fast = speed_transformer.Eager(engine).logits(TEXTS), engine.logits(TEXTS)
    for name in fast:
        assert np.allclose(slow[name], fast[name], atol=1e-3)


@pytest.mark.transformer
def test_a_small_run_writes_its_figures(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    speed_transformer.main(["--texts", "8", "--repeats", "1", "--no-dev"])
    found = machine.read("speed_transformer")
    assert found is not None
    ratio = found["engine"]["per_second"] / found["usual_way"]["per_second"]
    assert found["times_as_fast"] == pytest.approx(ratio, abs=0.01)
    assert min(found["same_answers"].values()) >= 0.75
    assert found["path"] in ("bf16", "int8", "fp32")


def test_wrong_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for module, options in ((speed_transformer, ["--texts", "0"]), (cascade, ["--repeats", "0"])):
        with pytest.raises(SystemExit):
            module.main(options)
    assert "from 1 on" in capsys.readouterr().err
