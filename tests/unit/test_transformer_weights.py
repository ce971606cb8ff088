"""The transformer's stored weights and manifest: read back as written, refused where they do not fit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tiny_encoder import config, manifest, parts, state

from hotline_nlp import Classifier
from hotline_nlp.artefact import read_manifest, read_part, read_tensors, write_model
from hotline_nlp.engines.base import Head
from hotline_nlp.engines.load import find
from hotline_nlp.engines.transformer.tokens import batches, padded
from hotline_nlp.engines.transformer.weights import Encoder, check, pack, quantise_rows, unpack
from hotline_nlp.errors import MissingExtra, ModelCorrupt, ModelNotFound


@given(arrays(np.float32, (5, 7), elements=st.floats(-100, 100, width=32)))
def test_a_quantised_row_is_off_by_half_its_step_at_most(matrix: np.ndarray) -> None:
    codes, step = quantise_rows(matrix)
    assert codes.dtype == np.int8
    assert (np.abs(codes * step[:, None] - matrix) <= step[:, None] * 0.5001).all()


def test_packing_keeps_vectors_and_heads_whole() -> None:
    given = state({"type": 3})
    stored, again = pack(given), unpack(pack(given))
    assert again.keys() == given.keys()
    for name, value in given.items():
        if value.ndim == 1 or name.startswith("heads."):
            assert np.array_equal(again[name], value)
        else:
            assert stored[name].dtype == np.int8
            assert np.abs(again[name] - value).max() < 0.02


def test_a_folder_is_read_back(tmp_path) -> None:
    about, tensors, tokenizer = parts()
    write_model(tmp_path / "m", about, tensors, "# card\n", tokenizer=tokenizer)
    found = read_manifest(tmp_path / "m")
    assert Encoder.from_dict(found["encoder"]) == Encoder.from_dict(about["encoder"])
    assert read_part(tmp_path / "m", found, "tokenizer") == tokenizer
    assert read_tensors(tmp_path / "m", found).keys() == tensors.keys()
    (tmp_path / "m" / "tokenizer.json").write_text("{}", "utf-8")
    with pytest.raises(ModelCorrupt, match="was changed"):
        read_part(tmp_path / "m", found, "tokenizer")


@pytest.mark.parametrize("change", ["missing", "spare", "shape", "step"])
def test_tensors_that_do_not_fit_are_refused(change: str) -> None:
    about, tensors, _ = parts()
    heads = tuple(Head.from_dict(row) for row in about["heads"])
    encoder = Encoder.from_dict(about["encoder"])
    check(tensors, encoder, heads)
    name = "encoder.encoder.layer.1.output.dense.weight"
    if change == "missing":
        del tensors[name]
    elif change == "spare":
        tensors["more"] = np.zeros(3, np.float32)
    elif change == "shape":
        tensors[name] = tensors[name][:-1]
    else:
        del tensors[f"{name}.step"]
    with pytest.raises(ModelCorrupt, match="shape"):
        check(tensors, encoder, heads)


@pytest.mark.parametrize(
    "changes",
    [{"model_type": "t5"}, {"model_type": None}, {"hidden_act": "relu"}, {"num_attention_heads": 5},
     {"num_hidden_layers": 0}],
)  # fmt: skip
def test_an_encoder_of_another_kind_is_refused(changes: dict) -> None:
    row = manifest()["encoder"]
    with pytest.raises(ModelCorrupt):
        Encoder.from_dict({**row, "config": {**config(), **changes}})
    with pytest.raises(ModelCorrupt, match="can't be read"):
        Encoder.from_dict({"config": config()})


@settings(max_examples=60)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 200))
def test_every_text_is_in_one_batch_within_the_budget(sizes: list[int], budget: int) -> None:
    rows = [[7] * size for size in sizes]
    found = batches(rows, budget)
    assert sorted(int(i) for batch in found for i in batch) == list(range(len(rows)))
    for batch in found:
        longest = max(sizes[i] for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget
        ids, counts = padded([rows[i] for i in batch], 1)
        assert ids.shape == (len(batch), longest)
        assert [int((row == 7).sum()) for row in ids] == counts.tolist()
    longest_first = [max(sizes[i] for i in batch) for batch in found]
    assert longest_first == sorted(longest_first)


def test_no_texts_make_no_batches() -> None:
    assert batches([], 10) == []


def test_without_weights_the_error_names_the_command(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TRANSFORMER", str(tmp_path / "nowhere"))
    for name in ("transformer", "cascade", "ensemble"):
        with pytest.raises(ModelNotFound, match=r"HOTLINE_TRANSFORMER .*training\.publish") as caught:
            Classifier.load(name)
        assert "\n" not in str(caught.value)


def test_the_environment_names_the_folder(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    about, tensors, tokenizer = parts()
    write_model(tmp_path / "m", about, tensors, "# card\n", tokenizer=tokenizer)
    monkeypatch.setenv("HOTLINE_TRANSFORMER", str(tmp_path / "m"))
    assert find("transformer") == tmp_path / "m"
    assert find("linear") != tmp_path / "m"


def test_without_torch_the_error_names_the_extra(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    about, tensors, tokenizer = parts()
    write_model(tmp_path / "m", about, tensors, "# card\n", tokenizer=tokenizer)
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"hotline_nlp\[transformer\]"):
        Classifier.load(tmp_path / "m")
