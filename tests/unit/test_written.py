"""Requests of our own wording: labels of the taxonomy, no copies, the weight that the recipe gives."""

import csv
from collections import Counter

import numpy as np
import pytest

from hotline_nlp.taxonomy import load_taxonomy
from training import data, recipe, sources


@pytest.fixture(scope="module")
def own() -> data.Gold:
    return data.written()


def test_every_label_is_of_the_taxonomy(own: data.Gold) -> None:
    labels = data.head_labels()
    for head in ("type", "topic", "unit"):
        assert {row[head] for row in own.rows} <= set(labels[head])
    assert {row["urgent"] for row in own.rows} == {"0", "1"}
    assert {flag for row in own.rows for flag in row["flags"].split(",") if flag} == set(labels["flags"])


def test_every_topic_has_many_and_no_text_comes_twice(own: data.Gold) -> None:
    topics = Counter(row["topic"] for row in own.rows)
    assert len(topics) == len(load_taxonomy().topics)
    assert min(topics.values()) >= 50
    assert len({row["id"] for row in own.rows}) == len(own.rows) == len(set(own.texts))
    assert min(map(len, own.texts)) >= 5


def test_they_weigh_what_the_recipe_says_and_are_one_hot(own: data.Gold) -> None:
    found = sources.own_wording()
    for head in ("type", "topic", "unit"):
        assert found.weight[head].tolist() == pytest.approx([recipe.WRITTEN[head]] * len(own.rows))
        assert found.targets[head].sum(axis=1).tolist() == [1.0] * len(own.rows)
    assert not found.weight["flags"].any()
    at = [data.head_labels()["unit"].index(row["unit"]) for row in own.rows]
    np.testing.assert_array_equal(found.targets["unit"].argmax(axis=1), at)


def test_the_second_reading_agrees_as_the_datasheet_says(own: data.Gold) -> None:
    with (data.ROOT / "training" / "written_second.csv").open(encoding="utf-8", newline="") as stream:
        second = list(csv.DictReader(stream))
    first = {row["id"]: row for row in own.rows}
    share = {
        h: sum(r[h] == first[r["id"]][h] for r in second) / len(second) for h in ("type", "topic", "unit")
    }
    said = (data.ROOT / "corpora" / "README.md").read_text("utf-8").replace("\n", " ")
    agreed = "{:.0%} of types, {:.0%} of topics and {:.0%} of units".format(*share.values())
    told = f"On {len(second)} texts drawn before that another one, which saw no labels, agreed with"
    assert f"{told} {agreed}" in said


def test_what_was_judged_stands_in_the_labels_and_the_datasheet(own: data.Gold) -> None:
    with (data.ROOT / "training" / "judged.csv").open(encoding="utf-8", newline="") as stream:
        judged = list(csv.DictReader(stream))
    now = {row["id"]: row for row in own.rows} | data.pool_labels()
    assert all(now[row["id"]][row["head"]] == (row["chosen"] or row["given"]) for row in judged)
    assert all(row["chosen"] in ("", row["given"], row["other"]) for row in judged)
    said = (data.ROOT / "corpora" / "README.md").read_text("utf-8").replace("\n", " ")
    for first, ending in (("U", ""), ("O", " of")):
        rows = [row for row in judged if row["id"].startswith(first)]
        assert f"{len({row['id'] for row in rows}):,}{ending}" in said
        shares = []
        for head in ("type", "topic", "unit"):
            found = [row for row in rows if row["head"] == head]
            changed = sum(row["chosen"] == row["other"] for row in found)
            shares.append(f"{changed:,} of {len(found):,} {head}s")
        assert "{}, {} and {}".format(*shares) in said
