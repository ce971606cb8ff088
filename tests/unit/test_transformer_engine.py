"""The transformer engine: every path computes what transformers' own model does, and explains it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from tiny_encoder import parts

from hotline_nlp import Classifier
from hotline_nlp.artefact import write_model
from hotline_nlp.engines.load import find
from hotline_nlp.engines.transformer import TransformerEngine, paths
from hotline_nlp.engines.transformer import engine as engine_module
from hotline_nlp.errors import InputError, ModelCorrupt
from hotline_nlp.normalise import normalise
from hotline_nlp.samples import load_samples

pytestmark = pytest.mark.transformer
TEXTS = [
    "小区电梯坏了没人维修",
    "路灯不亮。",
    "投诉公交车司机态度差",
    "没",
    "",
    "a0 0a\u3000😀",
    "路灯不亮" * 30,
]
SAMPLES = [normalise(row["text"]).text for row in load_samples()][:16]


def tiny(path: paths.Path = "fp32", family: str = "bert") -> TransformerEngine:
    return TransformerEngine(*parts(family), path=path)


def reference(engine: TransformerEngine, texts: list[str]) -> dict[str, np.ndarray]:
    """Score by transformers' own model, one text at a time."""
    fast, engine._network = engine._network, engine._traced()
    try:
        rows = [engine.logits([text]) for text in texts]
    finally:
        engine._network = fast
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def packaged() -> TransformerEngine:
    return TransformerEngine.load(find("transformer"))


@pytest.mark.parametrize("family", ["bert", "xlm-roberta"])
@pytest.mark.parametrize(("path", "tolerance"), [("fp32", 1e-4), ("bf16", 0.08), ("int8", 0.25)])
def test_each_path_computes_what_the_reference_does(path: paths.Path, tolerance: float, family: str) -> None:
    engine = tiny(path, family)
    assert engine.path == path
    fast, slow = engine.logits(TEXTS), reference(engine, TEXTS)
    for name in slow:
        assert fast[name].shape == slow[name].shape
        assert np.abs(fast[name] - slow[name]).max() < tolerance


def test_padding_and_batches_change_nothing_but_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = tiny()
    whole = engine.logits(TEXTS)
    monkeypatch.setattr(engine_module, "TOKENS_A_THREAD", 8)
    alone = engine.logits(TEXTS[::-1])
    for name in whole:
        assert np.allclose(whole[name], alone[name][::-1], atol=1e-4)


def test_no_texts_give_no_rows() -> None:
    assert tiny().logits([])["type"].shape == (0, 3)


def test_packaged_paths_agree(packaged: TransformerEngine) -> None:
    slow = reference(packaged, SAMPLES)
    for path, tolerance in (("bf16", 0.03), ("int8", 0.25)):
        fast = TransformerEngine.load(find("transformer"), path=path).logits(SAMPLES)  # type: ignore[arg-type]
        for head in packaged.heads:
            p, q = head.probabilities(fast[head.name]), head.probabilities(slow[head.name])
            assert np.abs(p - q).max() < tolerance, (path, head.name)


def test_packaged_weights_are_small_and_say_what_they_cost(packaged: TransformerEngine) -> None:
    folder = find("transformer")
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 45_000_000
    steps = packaged.manifest["steps"]
    assert {"float32", "bf16", "int8 weights, bf16"} <= steps.keys()
    card = (folder / "README.md").read_text("utf-8")
    for row in steps.values():
        assert f"{row['unit']:.4f}" in card
    assert not [name for name in packaged._tensors if "haikou" in name]
    assert {head.name for head in packaged.heads} == {"type", "topic", "unit", "urgent", "flags"}


def test_contributions_add_up_to_the_logit(packaged: TransformerEngine) -> None:
    for text in SAMPLES[:2]:
        logits = packaged.logits([text])
        for head in packaged.heads[1:3]:
            k = int(logits[head.name][0].argmax())
            shares, rest = packaged.contributions(text, head.name, head.labels[k])
            assert shares.shape == (len(text),)
            assert float(shares.sum(dtype=np.float64)) + rest == pytest.approx(
                float(logits[head.name][0, k]), abs=1e-3
            )


def test_shares_are_the_way_from_an_empty_text() -> None:
    """All shares are the logit minus that of padding tokens in the text's place (completeness)."""
    engine = tiny()
    text = "小区电梯坏了没人维修"
    ids, spans = engine._tokens.spans(text)
    blank = np.array([[1 if end > start else n for n, (start, end) in zip(ids, spans, strict=True)]])
    weight, bias = engine._head_weights["type"]
    base = engine._traced().pooled(blank, np.array([len(ids)])) @ weight.T + bias
    for k, label in enumerate(("咨询", "求助", "投诉")):
        shares, rest = engine.contributions(text, "type", label)
        assert rest == pytest.approx(float(base[0, k]), abs=0.02)
        assert np.abs(shares).max() > 0.01


@pytest.mark.parametrize("family", ["bert", "xlm-roberta"])
def test_a_device_of_its_own_explains_as_the_cpu_does(family: str) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    far, near = TransformerEngine(*parts(family), device="cuda"), tiny("fp32", family)
    for text in ("小区电梯坏了没人维修", "路灯不亮" * 30):
        for label in ("咨询", "求助", "投诉"):
            shares, rest = far.contributions(text, "type", label)
            wanted, other = near.contributions(text, "type", label)
            assert np.allclose(shares, wanted, atol=1e-3)
            assert rest == pytest.approx(other, abs=0.08)  # the logit itself is by bfloat16 there


def test_attribution_makes_its_tensors_where_the_model_is() -> None:
    """Torch's device without memory refuses tensors of the CPU as CUDA does, and is there everywhere."""
    torch = pytest.importorskip("torch")
    from hotline_nlp.engines.transformer.attribution import integrated

    class Elsewhere:
        device = "meta"

        def __init__(self) -> None:
            self.model = self
            self.words = torch.nn.Embedding(9, 24, device=self.device).requires_grad_(False)

        def get_input_embeddings(self):
            return self.looked_up

        def looked_up(self, ids):
            assert ids.device.type == self.device  # the one that torch would let pass here
            return self.words(ids)

        def mean(self, known, inputs_embeds):
            return (inputs_embeds * known[:, :, None]).sum(1) / known.sum(1, keepdim=True)

    with pytest.raises(NotImplementedError, match="Cannot copy out of meta"):  # the last step, to the CPU
        integrated(Elsewhere(), [0, 5, 2], [False, True, False], 1, np.ones(24, np.float32))


def test_a_character_cut_off_adds_nothing() -> None:
    shares, _ = tiny().contributions("路灯不亮" * 30, "type", "咨询")
    assert shares[:8].any()
    assert not shares[60:].any()


def test_evidence_names_the_words_that_matter(packaged: TransformerEngine) -> None:
    text = "你好,请问一下,小区电梯坏了三天没人维修,谢谢"
    shares, _ = packaged.contributions(text, "topic", "物业管理")
    assert shares[text.index("小区") : text.index("维修") + 2].sum() > abs(shares[:6].sum())


def test_unknown_devices_and_foreign_folders(tmp_path) -> None:
    for name in ("no-such-device", "cuda:99", "meta"):
        with pytest.raises(InputError, match="no device"):
            TransformerEngine(*parts(), device=name)
    with pytest.raises(ModelCorrupt, match="not a transformer"):
        TransformerEngine.load(find("linear"))
    about, tensors, _ = parts()
    with pytest.raises(ModelCorrupt, match="tokenizer"):
        TransformerEngine(about, tensors, b"{}")
    with pytest.raises(ModelCorrupt):
        TransformerEngine({"name": "x"}, tensors, b"{}")


def test_the_fastest_exact_path_of_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"amx": False, "avx512_bf16": False, "vnni": False}
    monkeypatch.setattr(paths, "processor", lambda: found)
    assert paths.choose() == "fp32"
    found["vnni"] = True
    assert paths.choose() == "int8"
    assert paths.choose(["bf16"]) == "fp32"
    found["amx"] = True
    assert paths.choose(["bf16"]) == "bf16"
    assert paths.choose([]) == "fp32"


_OFFLINE = """
import os, socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("a network call")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from hotline_nlp import Classifier
import hotline_nlp.classifier, hotline_nlp.engines.load
assert "torch" not in sys.modules
clf = Classifier.load(sys.argv[1])
print(clf.classify("小区电梯坏了没人维修").type.label)
assert "transformers" not in sys.modules, "only explaining needs it"
result = clf.classify("小区电梯坏了没人维修", explain=True)
assert result.evidence
"""


def test_nothing_is_fetched(tmp_path) -> None:
    about, tensors, tokenizer = parts()
    folder = tmp_path / "m"
    write_model(folder, about, tensors, "# card\n", tokenizer=tokenizer)
    env = {**os.environ, "HF_HOME": str(tmp_path / "hub"), "OMP_NUM_THREADS": "1"}
    env.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE, str(folder)], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in json.dumps(about["heads"], ensure_ascii=False)
    assert not (tmp_path / "hub").exists() or not list((tmp_path / "hub").rglob("*.safetensors"))


def test_the_packaged_classifier_states_its_name() -> None:
    clf = Classifier.load("transformer")
    assert clf.name == f"transformer@{clf.manifest['version']}"
    assert clf.classify("路灯不亮，晚上看不见路").model == clf.name
