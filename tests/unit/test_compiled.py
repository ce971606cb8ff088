"""The compiled loops give the numpy path's bits: any text, any container, with numba or without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotline_nlp import Classifier
from hotline_nlp.engines import compiled as fast
from hotline_nlp.engines import read
from hotline_nlp.engines.compiled_tables import kinds
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.features import HashSpec, prepared
from hotline_nlp.normalise import MAX_CHARACTERS, body_span, mask, normalise
from hotline_nlp.normalise.masking import _LIKELY
from hotline_nlp.samples import load_samples

pytest.importorskip("numba")

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = [row["text"] for row in load_samples()]
PIECES = (
    *(
        "市民来电反映：",
        "网民致电咨询,",
        " 来电人称",
        "【微信】",
        "诉求内容: ",
        "小区的路灯坏了",
        "请问公租房",
    ),
    *(
        "希望尽快修好。",
        "，请岳塘区城管局核实处理，谢谢！",
        "望及时回复",
        "（请职能局30分钟内联系市民）",
        "此致敬礼",
    ),
    *("13812345678", "0731-58212345", "1 3 8", "4001234567", "430302199001011234", "湘C12345", "湘 A", "蘇A"),
    *(
        "編號：AB123456",
        "工单号202401",
        "a@b.cn",
        "[PHONE]",
        "[",
        "20240131",
        "1200000元",
        "１３８１２３４５６７８",
    ),
    *(
        "٣٤٥٦٧٨٩",
        "    ",
        "\u200b",
        "\u3000",
        "哈哈哈哈哈哈哈",
        "。。。。。。",
        "電話",
        "😀",
        "𠮷",
        "\ud800",
        "\x00",
    ),
    *("ab", "Z", "號", "-", "12", "345"),
)
MIXED = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)


@pytest.fixture(scope="module")
def engine() -> LinearEngine:
    found = Classifier.load().engine
    assert isinstance(found, LinearEngine)
    return found


_SHARED: dict[str, Any] = {}


def both(values: Any) -> tuple[read.Read, read.Read]:
    if not _SHARED:
        _SHARED["engine"] = Classifier.load().engine
        kernels = fast.COMPILER.wait()
        assert kernels is not None
        _SHARED["fast"] = fast.CompiledLinear(_SHARED["engine"], kernels)
    engine = _SHARED["engine"]
    return read.read_plainly(engine, values), read._read_compiled(engine, _SHARED["fast"], values)


def assert_same(values: Any) -> None:
    plain, quick = both(values)
    assert np.array_equal(plain.kept, quick.kept)
    assert plain.reasons == quick.reasons
    for name, logits in plain.logits.items():
        assert np.array_equal(logits[plain.kept], quick.logits[name][plain.kept]), name


def test_samples_give_the_same_bits() -> None:
    assert_same(SAMPLES)
    assert_same(["".join(SAMPLES[i : i + 7]) for i in range(0, len(SAMPLES), 7)])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(MIXED, ANY, st.none(), st.integers(), st.binary(max_size=9)), max_size=8))
@example(["湘 A1234", "蘇A12345停在路口", "路灯坏了" + " " * 3 + "\u3000", "1381234567", "12345 678"])
def test_any_values_give_the_same_bits(values: list[Any]) -> None:
    if values:
        assert_same(values)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(MIXED, ANY), min_size=1, max_size=8))
def test_unmarked_texts_hold_nothing_to_mask_or_cut(texts: list[str]) -> None:
    both(["热"])
    quick = _SHARED["fast"]
    data, starts, known = fast.buffers(read.as_arrow(texts))
    codes, ends = quick._decoded(data, starts, known)
    wrapped, private = np.zeros((2, len(texts)), np.bool_)
    quick._run.wrapped(codes, ends, kinds(), fast._TAIL, wrapped)
    quick._run.private(codes, ends, kinds(), private)
    for text, may_cut, may_mask in zip(texts, wrapped, private, strict=True):
        assert may_mask or mask(text) == text
        assert may_cut or body_span(mask(text)) == (0, len(text))
        assert may_mask or (_LIKELY.search(text) is None and "[" not in text)


@pytest.mark.parametrize("length", [398, 399, 400, 401, 402, MAX_CHARACTERS, MAX_CHARACTERS + 3])
@pytest.mark.parametrize("tail", ["", " ", "  ", "水", " 水", "，请住建局处理，谢谢"])
def test_lengths_around_the_cuts(length: int, tail: str) -> None:
    body = "路灯不亮，晚上黑。"
    assert_same([(body * (length // len(body) + 1))[:length] + tail, " " * length + tail, tail])


def test_arrow_containers_give_what_a_list_gives() -> None:
    texts = [*SAMPLES[:20], None, "", *SAMPLES[20:30]]
    array = pa.array(texts)
    wanted = both(texts)[1]
    for same in (
        array,
        array.cast(pa.large_string()),
        array.dictionary_encode(),
        pa.chunked_array([array.slice(0, 7), array.slice(7)]),
        pa.concat_arrays([pa.array(["x"]), array, pa.array([None, "y"])]).slice(1, len(array)),
    ):
        assert_same(same)
        quick = both(same)[1]
        assert quick.reasons == wanted.reasons
        assert np.array_equal(quick.logits["topic"][wanted.kept], wanted.logits["topic"][wanted.kept])


def test_bytes_that_are_no_text_are_no_text() -> None:
    broken = pa.Array.from_buffers(
        pa.string(),
        2,
        [None, pa.py_buffer(np.array([0, 3, 6], np.int32)), pa.py_buffer(b"\xe8\xb7\xe7\x81\xaf!")],
    )
    assert both(broken)[1].reasons == {0: read.NOT_TEXT, 1: read.NOT_TEXT}
    assert_same(broken)
    assert both(pa.array([b"abc", None]))[1].reasons == {0: read.NOT_TEXT, 1: read.NOT_TEXT}
    assert both(pa.array([1, 2]))[1].reasons == {0: read.NOT_TEXT, 1: read.NOT_TEXT}


@pytest.mark.parametrize("least", [0, 1, 2])
@pytest.mark.parametrize("weighting", ["count", "tfidf"])
@pytest.mark.parametrize("order", [1, 2, 3, 7])
def test_every_weighting_order_and_vocabulary(
    engine: LinearEngine, weighting: str, order: int, least: int
) -> None:
    kernels = fast.COMPILER.wait()
    assert kernels is not None
    head = engine.heads[0]
    outputs = len(head.labels)
    spec = prepared(
        [normalise(text).text for text in SAMPLES],
        HashSpec(order=order, bits=15, length=60, weighting=weighting, least=least),
    )
    manifest = {**engine.manifest, "heads": [head.to_dict()], "features": spec.to_dict()}
    tensors = {
        "weights": np.random.default_rng(order).integers(-127, 128, (spec.buckets, outputs)).astype(np.int8),
        "step": engine.step[:outputs].copy(),
        "bias": engine.bias[:outputs].copy(),
        **spec.tensors(),
    }
    small = LinearEngine(manifest, tensors)
    texts = [*SAMPLES, "哈水" * 40, "水" * 3 + "，" * 9]
    quick = read._read_compiled(small, fast.CompiledLinear(small, kernels), texts)
    assert np.array_equal(read.read_plainly(small, texts).logits[head.name], quick.logits[head.name])


def test_the_compiler_waits_for_enough_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = SimpleNamespace()
    monkeypatch.setattr(fast, "compile_kernels", lambda: kernels)
    compiler = fast.Compiler()
    assert compiler.after(fast.PATIENCE - 1) is None
    assert compiler._thread is None
    assert compiler.wait() is kernels
    assert compiler.after(1) is kernels


def test_without_numba_there_are_no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    compiler = fast.Compiler()
    assert compiler.wait() is None
    assert compiler.after(10**6) is None


def test_a_cache_that_cannot_be_written_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    asked = []

    def njit(signatures: Any, **options: Any) -> Any:
        asked.append(options.get("cache", False))
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return lambda loop: loop

    monkeypatch.setattr(numba, "njit", njit)
    assert callable(fast._jit("decode", None))
    assert asked == [True, False]


def run(code: str, **env: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **env},
    )
    return json.loads(done.stdout)


BLOCKED = """
import sys, json
sys.modules["numba"] = None
from hotline_nlp import Classifier
from hotline_nlp.samples import load_samples
table = Classifier.load().score_columns([row["text"] for row in load_samples()] * 40, dispatch=False)
names = ("topic", "unit_probability", "flags", "decision")
print(json.dumps([table.column(name).to_pylist()[:154] for name in names]))
"""


def test_the_same_without_numba() -> None:
    both(["热"])
    table = Classifier.load().score_columns(SAMPLES, dispatch=False)
    names = ("topic", "unit_probability", "flags", "decision")
    assert run(BLOCKED) == [table.column(name).to_pylist() for name in names]


def test_few_texts_do_not_import_numba() -> None:
    code = (
        "import sys, json; from hotline_nlp import Classifier; clf = Classifier.load();"
        "clf.classify('路灯不亮'); clf.score_columns(['路灯不亮', '停水了'] * 50);"
        "print(json.dumps('numba' in sys.modules))"
    )
    assert run(code) is False


def test_the_loops_are_kept_on_disk(tmp_path: Path) -> None:
    code = (
        "import json; from hotline_nlp.engines.compiled import COMPILER; stats = COMPILER.wait().score.stats;"
        "print(json.dumps([sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]))"
    )
    assert run(code, NUMBA_CACHE_DIR=str(tmp_path)) == [0, 1]
    assert list(tmp_path.rglob("*.nbi"))
    assert run(code, NUMBA_CACHE_DIR=str(tmp_path)) == [1, 0]
