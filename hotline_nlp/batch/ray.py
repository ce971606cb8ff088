"""Score on many machines with Ray Data: Parquet in, Parquet out, each row exactly once.

A scorer is an actor: it loads the model once and then scores batch after batch. Where a machine is lost,
Ray runs its batches again elsewhere; a batch's rows always go to the same file, so that none is there twice,
and the output folder only gets its name when all files are there. Moritz et al. 2018, "Ray".
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._require import require
from ..errors import FileFormatError, InputError
from .choose import PREFIX, added_names, check_columns, choose_columns
from .inputs import find_files
from .read_parquet import texts_of
from .report import COUNTED, count_labels
from .scoring import plain_columns, score_texts

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 4096
MARK = ".hotline_nlp-part"
"""A file in a folder of an unfinished output: only a folder that holds it is ever removed."""


@dataclass(frozen=True, slots=True)
class RayReport:
    """The outcome of a job: the output folder, its files, rows and the seconds that it took.

    `counts` maps each of type, topic, unit and decision that was added to rows a label, most frequent first;
    `rejected` are the rows without an answer, 0 where the decision was not added.
    """

    path: Path
    files: int
    rows: int
    seconds: float
    counts: Mapping[str, Mapping[str, int]]

    @property
    def rejected(self) -> int:
        """Return how many rows got no answer."""
        return self.counts.get("decision", {}).get("reject", 0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "path": str(self.path),
            "files": self.files,
            "rows": self.rows,
            "rejected": self.rejected,
            "seconds": self.seconds,
            "counts": {name: dict(counts) for name, counts in self.counts.items()},
        }


def scorer(
    model: str = "linear",
    *,
    city: str = "xiangtan",
    text: str = "text",
    columns: Iterable[str] | None = None,
) -> type[Callable[[pa.Table], pa.Table]]:
    """Return an actor class for `Dataset.map_batches`: an Arrow batch in, the same with columns added out.

    `model` and `city` are names or folders that every machine can read; `columns` picks from
    hotline_nlp.columns.NAMES (None: all), and a name that the batch has gets the prefix `predicted_`.
    Raises InputError for an unknown column; the actor raises ColumnError for a batch without `text`.

        ds.map_batches(scorer(), batch_format="pyarrow", batch_size=4096, concurrency=(1, 64))
    """
    chosen = choose_columns(columns)

    class Scorer:
        """Load the model once; score a batch a call."""

        def __init__(self) -> None:
            from ..classifier import Classifier

            self.classifier = Classifier.load(model, city=city)

        def __call__(self, batch: pa.Table) -> pa.Table:
            check_columns(batch.column_names, text, "the batch")
            scored = plain_columns(score_texts(self.classifier, texts_of(batch.column(text))))
            for name, added in added_names(batch.column_names, chosen).items():
                batch = batch.append_column(added, scored.column(name))
            return batch

    return Scorer


def score_parquet(
    source: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    address: str | None = None,
    model: str = "linear",
    city: str = "xiangtan",
    text: str = "text",
    columns: Iterable[str] | None = None,
    batch_size: int = BATCH_ROWS,
    workers: int | None = None,
) -> RayReport:
    """Score Parquet files, folders and globs on a Ray cluster into a folder of Parquet files.

    `address` is the cluster's ("auto", "ray://host:10001"); None starts Ray on this machine. All paths must
    lie on storage that every machine shares. `workers` is how many actors score, one core each (None: as
    many as the cluster has cores for). The order of rows within a file is kept, that of files is Ray's.
    The output is made in OUT.part, which the next call makes anew where a job was cut off.
    Raises MissingExtra without Ray, InputError where the output is there, OUT.part is of something else or
    there is no input, FileFormatError for an input that is no Parquet, ColumnError where one lacks the text
    column.
    """
    ray, data = require("ray", "ray"), require("ray.data", "ray")
    began, target = time.perf_counter(), Path(out)
    files, part = _inputs(source, target, text), target.with_name(target.name + ".part")
    _begin(part)
    if not ray.is_initialized():
        ray.init(address=address, log_to_driver=False)
    cores = max(int(ray.cluster_resources().get("CPU", 1)), 1)
    # One core stays for reading and writing, which wait for none where actors hold them all.
    most = max(workers if workers is not None else cores - 1, 1)
    with _plain_reader(data):
        data.read_parquet([str(path) for path in files]).map_batches(
            scorer(model, city=city, text=text, columns=columns),
            batch_format="pyarrow",
            batch_size=batch_size,
            num_cpus=1,
            compute=data.ActorPoolStrategy(min_size=1, max_size=most),
        ).write_parquet(str(part.absolute()))
    return _published(part, target, began, columns)


def _inputs(source: str | Path | Iterable[str | Path], target: Path, text: str) -> list[Path]:
    """Return the input files, each checked to be Parquet with the text column."""
    import pyarrow.parquet as pq

    if target.exists() or not target.parent.is_dir():
        raise InputError(f"{target} must be a new folder in one that exists: choose another output.")
    files = [path.absolute() for path in find_files(source, target)]
    for path in files:
        if path.suffix.lower() != ".parquet":
            raise FileFormatError(f"{path.name} is no Parquet file: Ray reads Parquet, convert it first.")
        check_columns(pq.read_schema(path).names, text, path.name)
    return files


def _begin(part: Path) -> None:
    """Make the folder of an unfinished output anew; raise InputError where something else has its name."""
    try:
        if (part / MARK).is_file() and not part.is_symlink():
            shutil.rmtree(part)
        elif os.path.lexists(part):
            raise InputError(
                f"{part} is there and was not left by score_parquet: move it away or choose another output."
            )
        part.mkdir()
        (part / MARK).touch()
    except OSError as error:
        raise InputError(
            f"{part} can't be made anew ({error.strerror or error}): remove it or choose another output."
        ) from error


@contextmanager
def _plain_reader(data: Any) -> Iterator[None]:
    """Read by Ray's first reader: its second one fails at random where fsspec has no aiohttp (Ray 2.60)."""
    context = data.DataContext.get_current()
    before = getattr(context, "use_datasource_v2", None)
    if before is not None:
        context.use_datasource_v2 = False
    try:
        yield
    finally:
        if before is not None:
            context.use_datasource_v2 = before


def _published(part: Path, target: Path, began: float, columns: Iterable[str] | None) -> RayReport:
    """Give the finished folder its name and count what is in it."""
    import pyarrow.parquet as pq

    found = sorted(part.glob("*.parquet"))
    counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED if name in choose_columns(columns)}
    rows = 0
    for path in found:
        with pq.ParquetFile(path) as file:
            rows += file.metadata.num_rows
            for name, counter in counts.items():
                count_labels(counter, file.read([_last(file.schema_arrow.names, name)]).column(0))
    part.rename(target)
    (target / MARK).unlink()  # last, so that a folder without its name never lacks it
    sorted_counts = {name: dict(counter.most_common()) for name, counter in counts.items()}
    return RayReport(target, len(found), rows, time.perf_counter() - began, sorted_counts)


def _last(names: Sequence[str], column: str) -> str:
    """Return the name that an added column got: the one with the most prefixes."""
    while PREFIX + column in names:
        column = PREFIX + column
    return column
