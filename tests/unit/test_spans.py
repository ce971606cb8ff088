"""Parts of texts: runs of whole clauses, the same each time, and never of a text that is held out."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import data, recipe, sources, spans

LETTER = (
    "楼下烧烤店每晚营业到两点，油烟直接排进卧室，我们找过物业两次，老板说有证不怕。希望查一查它的排烟管道。"
)


def test_a_short_clause_takes_the_next_one_in() -> None:
    assert spans.clauses("你好，路灯不亮，一直没人来修！") == ["你好，路灯不亮，", "一直没人来修！"]


@given(st.text(alphabet="路灯不亮请派人修，。！ ?", max_size=400))
def test_clauses_join_to_the_text(text: str) -> None:
    assert "".join(spans.clauses(text)) == text


def test_a_part_is_a_run_of_clauses_drawn_by_the_seed() -> None:
    found = spans.parts([LETTER, "路灯不亮"] * 20)
    assert found == spans.parts([LETTER, "路灯不亮"] * 20)
    assert found != spans.parts([LETTER, "路灯不亮"] * 20, seed=1)
    assert {number % 2 for number, _ in found} == {0}
    ends = {clause.strip("，。") for clause in spans.clauses(LETTER)}
    for _, part in found:
        assert part in LETTER
        assert len(part) < len(LETTER)
        assert part.split("，")[0] in ends or part.split("。")[0] in ends


def test_parts_of_held_out_texts_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [LETTER, LETTER.replace("烧烤", "麻将"), LETTER.replace("烧烤", "理发")]
    monkeypatch.setattr(spans, "drawn_from", lambda: texts)
    drawn = spans.parts(texts)
    sizes = {head: len(labels) for head, labels in data.head_labels().items()}
    scores = {head: np.zeros((len(drawn), size), np.float32) for head, size in sizes.items()}
    scores["type"][:, 2] = 9
    np.savez(tmp_path / "spans.npz", **scores)  # type: ignore[arg-type]
    found = sources.span_rows({tmp_path: 0.65, tmp_path / "none": 0.35}, np.array([-1, 0]))
    assert found.texts == [part for number, part in drawn if number != 1]
    assert found.targets["type"].argmax(axis=1).tolist() == [2] * len(found.texts)
    assert found.weight["type"].tolist() == pytest.approx([recipe.SPANS["type"]] * len(found.texts))
    assert not found.weight["topic"].any()


def test_parts_that_no_teacher_scored_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "drawn_from", lambda: [LETTER])
    with pytest.raises(SystemExit, match=r"training\.score"):
        sources.span_rows({tmp_path: 1.0}, np.array([-1]))
