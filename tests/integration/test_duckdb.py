"""The DuckDB recipe of docs/scale.md: a Python function over Arrow columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from hotline_nlp import Classifier
from hotline_nlp.samples import load_samples

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
SAMPLES = [row["text"] for row in load_samples()]


def recipe(title: str) -> str:
    """Return the code block under a heading of the page."""
    found = re.search(rf"^## {title}\n.*?^```py\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    assert found is not None, title
    return found[1]


def test_the_duckdb_recipe_runs() -> None:
    names: dict[str, Any] = {}
    exec(recipe("DuckDB"), names)
    connection = names["con"]
    assert isinstance(connection, duckdb.DuckDBPyConnection)
    connection.execute("CREATE TABLE tickets (id INTEGER, text VARCHAR)")
    connection.executemany("INSERT INTO tickets VALUES (?, ?)", [*enumerate(SAMPLES), (len(SAMPLES), "")])
    rows = connection.execute("SELECT id, topic(text) FROM tickets ORDER BY id").fetchall()
    wanted = Classifier.load().score_columns([*SAMPLES, ""], dispatch=False).column("topic").to_pylist()
    assert [topic for _, topic in rows] == wanted
    counts = connection.execute("SELECT topic(text), count(*) FROM tickets GROUP BY ALL").fetchall()
    assert dict(counts) == {topic: wanted.count(topic) for topic in set(wanted)}
    connection.remove_function("topic")
    connection.close()


def test_the_spark_recipe_scores_frames() -> None:
    names: dict[str, Any] = {}
    exec(recipe("Spark").split("scored =")[0], names)
    frames = [
        pd.DataFrame({"id": [1, 2], "text": SAMPLES[:2]}),
        pd.DataFrame({"id": [3], "text": SAMPLES[2:3]}),
    ]
    out = pd.concat(names["score"](iter(frames)))
    assert out["id"].tolist() == [1, 2, 3]
    wanted = Classifier.load().score_columns(SAMPLES[:3]).select(["topic", "lead_unit"]).to_pydict()
    assert out["topic"].tolist() == wanted["topic"]
    assert out["lead_unit"].tolist() == wanted["lead_unit"]
    assert list(out.columns) == ["id", "topic", "lead_unit"]
