"""Routing on labelled requests, where they are at hand: no unit function gets worse by it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.dispatch import gold
from hotline_nlp import Classifier

ROOT = Path(__file__).resolve().parents[2]
GOLD = Path(os.environ.get("HOTLINE_DATA", ROOT.parent / "shared" / "data")) / "gold.csv"
pytestmark = [pytest.mark.data, pytest.mark.skipif(not GOLD.is_file(), reason="no labelled requests at hand")]


def test_the_lead_unit_is_right_at_least_as_often_as_the_model_s_function() -> None:
    found = gold(Classifier.load())
    procedures = found.pop("procedures")
    assert found["all"]["rows"] == sum(procedures.values()) >= 500
    assert found["all"]["model"] > 0.7
    assert found["all"]["answered"] >= 0.99 * found["all"]["rows"]
    # A matter that no unit owns is left without a lead on purpose: that is no wrong lead.
    worse = {
        name: row
        for name, row in found.items()
        if row["routed"] + (row["rows"] - row["answered"]) / row["rows"] < row["model"] - 1e-3
    }
    assert not worse
