"""The quick ways give what the plain ones give: rounding, ranking, tags, single texts, reading ahead."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline_nlp import Classifier, columns
from hotline_nlp.engines import compiled as fast
from hotline_nlp.engines import read
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.normalise import mask, normalise
from hotline_nlp.route.router import _rounded
from hotline_nlp.route.units import simplify
from hotline_nlp.samples import load_samples
from hotline_nlp.tokenise import Lexicon
from hotline_nlp.vocabulary import PROBES, Vocabulary

SAMPLES = [row["text"] for row in load_samples()]


@given(st.floats(0, 2))
@example(0.00005)
@example(0.12345)
@example(0.99995)
def test_shares_are_rounded_as_round_does(share: float) -> None:
    assert _rounded(share) == round(share, 4)


@given(st.integers(0, 19_999))
def test_halves_are_rounded_as_round_does(number: int) -> None:
    assert _rounded((number + 0.5) / 10_000) == round((number + 0.5) / 10_000, 4)


@given(st.lists(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), min_size=5, max_size=5), max_size=6))
def test_the_best_labels_of_equals_come_in_their_order(rows: list[list[float]]) -> None:
    p = np.array(rows, np.float32).reshape(len(rows), 5)
    order = np.argsort(-p, axis=1, kind="stable")[:, :3]
    wanted = [tuple(("abcde"[i], float(row[i])) for i in at) for row, at in zip(p, order, strict=True)]
    assert columns.ranked(p, "abcde") == wanted


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60, unique=True), st.integers(0, 63))
def test_rows_are_those_of_a_walk_through_the_slots(hashes: list[int], low: int) -> None:
    crowded = [h & ~63 | low for h in hashes]  # all begin at one slot
    vocabulary = Vocabulary.build(np.array(list(dict.fromkeys(crowded)), np.uint32))
    asked = np.array([*crowded, *hashes], np.uint32)
    slots = vocabulary.slots.tolist()

    def walk(h: int) -> int:
        for probe in range(PROBES):
            entry = slots[(h + probe) % len(slots)]
            if entry == 0:
                break
            if entry >> 20 == h >> 20:
                return int(entry & 0xFFFFF) - 1
        return -1

    assert vocabulary.rows(asked).tolist() == [walk(h) for h in asked.tolist()]


def test_an_empty_filter_holds_no_word() -> None:
    assert not Lexicon.build([]).holds(np.arange(9, dtype=np.uint32)).any()


def test_single_texts_get_the_same_bits_from_the_loops() -> None:
    pytest.importorskip("numba")
    kernels = fast.COMPILER.wait()
    assert kernels is not None
    engine = Classifier.load().engine
    assert isinstance(engine, LinearEngine)
    quick = fast.CompiledLinear(engine, kernels)
    texts = ["", "热", *(normalise(text).text for text in SAMPLES[:40])]
    together = engine.by_head(quick.plain(texts))
    for row, text in enumerate(texts):
        slow = engine.logits([text])
        alone = engine.by_head(quick.plain([text]))
        for name, logits in slow.items():
            assert np.array_equal(logits[0], together[name][row])
            assert np.array_equal(logits[0], alone[name][0])
            assert np.array_equal(logits, read.plain_logits(engine, [text])[name])


def test_routing_reads_masked_simplified_texts() -> None:
    given = [*SAMPLES, "蘇A12345亂停在雨湖區", None, "", "电话13812345678，路燈壞了"]
    wanted = [mask(simplify(text)) if text else "" for text in given]
    engine = Classifier.load().engine
    assert columns.plain_texts(read.read_plainly(engine, given)) == wanted
    assert columns.plain_texts(read.read_texts(engine, given)) == wanted


def test_reading_ahead_changes_neither_answers_nor_order(monkeypatch: pytest.MonkeyPatch) -> None:
    clf = Classifier.load()
    texts = [*SAMPLES[:30], None, "", *SAMPLES[30:40]]
    wanted = list(clf.iter_results(texts))
    threads: set[str] = set()
    read_texts = read.read_texts

    def spied(engine: object, values: Sequence[object]) -> object:
        threads.add(threading.current_thread().name)
        return read_texts(engine, values)  # type: ignore[arg-type]

    monkeypatch.setattr(columns, "read_texts", spied)
    monkeypatch.setattr(columns, "_CHUNK", 7)
    monkeypatch.setattr(columns, "cores", lambda: 2)
    assert list(clf.iter_results(texts)) == wanted
    assert any("columns" in name for name in threads)


def test_a_process_that_ends_stops_between_two_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(fast, "_jit", lambda name, signature: pytest.fail("it went on"))
    monkeypatch.setattr(threading, "main_thread", lambda: threading.Thread())
    with pytest.raises(fast.Ending):
        fast.compile_kernels()
    compiler = fast.Compiler()
    assert compiler.wait() is None
