"""Ray: two nodes score Parquet, one is killed midway, and every row comes out once, as on one machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hotline_nlp import Classifier
from hotline_nlp.batch.ray import MARK, score_parquet, scorer
from hotline_nlp.columns import NAMES
from hotline_nlp.errors import ColumnError, FileFormatError, InputError
from hotline_nlp.samples import load_samples

ROOT = Path(__file__).resolve().parents[2]
FILES, ROWS = 16, 400
SAMPLES = [row["text"] for row in load_samples()]

# A process of its own: Ray starts services, and warns of things that are not ours.
CLUSTER = """
import json, sys, threading, time
from pathlib import Path
import ray
from ray.cluster_utils import Cluster
from hotline_nlp.batch.ray import score_parquet

source, out = Path(sys.argv[1]), Path(sys.argv[2])
options = {"object_store_memory": 80 * 1024 * 1024}
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, **options})
doomed = cluster.add_node(num_cpus=2, **options)
cluster.wait_for_nodes()
ray.init(address=cluster.address, log_to_driver=False)
nodes = sum(node["Alive"] for node in ray.nodes())
killed = threading.Event()

def kill():
    part = out.with_name(out.name + ".part")
    while len(list(part.glob("*.parquet"))) < 3:
        time.sleep(0.02)
    cluster.remove_node(doomed, allow_graceful=False)
    killed.set()

threading.Thread(target=kill, daemon=True).start()
report = score_parquet(source, out, batch_size=200, workers=2)
left = sum(node["Alive"] for node in ray.nodes())
print(json.dumps({"nodes": nodes, "left": left, "killed": killed.is_set(), "rows": report.rows}))
ray.shutdown()
cluster.shutdown()
"""


def write_inputs(folder: Path) -> list[str]:
    texts = [f"第{i}条。{SAMPLES[i % len(SAMPLES)]}" for i in range(FILES * ROWS)]
    folder.mkdir()
    for k in range(FILES):
        rows = range(k * ROWS, (k + 1) * ROWS)
        table = pa.table({"id": list(rows), "text": [texts[i] if i % 97 else None for i in rows]})
        pq.write_table(table, folder / f"in-{k:02}.parquet")
    return [text if i % 97 else "" for i, text in enumerate(texts)]


@pytest.mark.ray
def test_a_node_is_killed_and_no_row_is_lost_or_doubled(tmp_path: Path) -> None:
    texts = write_inputs(tmp_path / "in")
    out, left = tmp_path / "out", tmp_path / "out.part"
    left.mkdir()
    (left / MARK).touch()  # of a job that was cut off
    pq.write_table(pa.table({"id": [0], "text": ["half"]}), left / "old.parquet")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0",
           "PYTHONWARNINGS": "ignore"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", CLUSTER, str(tmp_path / "in"), str(out)],
        capture_output=True, text=True, env=env, cwd=tmp_path, timeout=540,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = next(json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"nodes"'))
    assert not [path.name for path in out.iterdir() if path.suffix != ".parquet"]
    assert said == {"nodes": 2, "left": 1, "killed": True, "rows": FILES * ROWS}
    table = pa.concat_tables([pq.read_table(path) for path in sorted(out.glob("*.parquet"))]).sort_by("id")
    assert table.column("id").to_pylist() == list(range(FILES * ROWS))
    assert table.column_names == ["id", "text", *NAMES]
    wanted = Classifier.load().score_columns(texts).to_pylist()
    assert table.select(list(NAMES)).to_pylist() == wanted


def test_a_scorer_works_on_a_batch_without_ray() -> None:
    batch = pa.table({"text": ["路灯坏了", None], "type": ["a", "b"]})
    out = scorer(columns=["type", "topic"])()(batch)
    assert out.column_names == ["text", "type", "predicted_type", "topic"]
    assert out.column("topic").to_pylist()[1] is None
    assert out.column("type").to_pylist() == ["a", "b"]
    with pytest.raises(ColumnError, match="no column 'text'"):
        scorer()()(pa.table({"body": ["路灯坏了"]}))
    with pytest.raises(InputError, match="unknown column"):
        scorer(columns=["colour"])


@pytest.mark.ray
def test_what_cannot_be_scored_is_refused_before_ray_starts(tmp_path: Path) -> None:
    pq.write_table(pa.table({"body": ["a"]}), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("text\na\n", "utf-8")
    with pytest.raises(ColumnError, match="no column 'text'"):
        score_parquet(tmp_path / "a.parquet", tmp_path / "out")
    with pytest.raises(FileFormatError, match="no Parquet file"):
        score_parquet(tmp_path / "b.csv", tmp_path / "out")
    own = tmp_path / "out.part"
    for make in (own.mkdir, lambda: own.write_text("a note"), lambda: own.symlink_to(tmp_path / "else")):
        make()
        with pytest.raises(InputError, match=r"out\.part is there and was not left by score_parquet"):
            score_parquet(tmp_path / "a.parquet", tmp_path / "out", text="body")
        assert own.is_symlink() or own.exists()
        own.rmdir() if own.is_dir() else own.unlink()
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="new folder"):
        score_parquet(tmp_path / "a.parquet", tmp_path / "out", text="body")
