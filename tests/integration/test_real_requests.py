"""Real requests, where they are at hand: every row of the pool through the command line, none lost."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from hotline_nlp.columns import NAMES

ROOT = Path(__file__).resolve().parents[2]
POOL = Path(os.environ.get("HOTLINE_DATA", ROOT.parent / "shared" / "data")) / "unlabelled.csv"
pytestmark = [pytest.mark.data, pytest.mark.skipif(not POOL.is_file(), reason="no labelled requests at hand")]


def test_every_row_of_the_pool_is_scored(tmp_path: Path) -> None:
    out = tmp_path / "scored.parquet"
    done = subprocess.run(
        [sys.executable, "-m", "hotline_nlp", "score", str(POOL), "--text", "text", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    csv.field_size_limit(1 << 30)
    with POOL.open(encoding="utf-8", newline="") as stream:
        ids = [row["id"] for row in csv.DictReader(stream)]
    table = pq.read_table(out)
    assert table.column("id").to_pylist() == ids
    assert set(NAMES) <= set(table.column_names)
    kept = table.filter(pc.not_equal(table["decision"].cast("string"), "reject"))
    assert kept.num_rows > 0.99 * len(ids)
    for head in ("type", "topic", "unit"):
        assert kept[head].null_count == 0
        p = kept[f"{head}_probability"]
        assert 0 <= pc.min(p).as_py() <= pc.max(p).as_py() <= 1
    assert len(pc.unique(kept["topic"])) >= 40
