"""Score many requests: iterables, tables and files of any length."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .report import BatchReport, Progress, ProgressCallback, Reject

if TYPE_CHECKING:
    from ..classifier import Classifier

__all__ = ["BatchReport", "Progress", "ProgressCallback", "Reject", "score_batch"]


def score_batch(
    clf: Classifier,
    source: Any,
    *,
    text: str = "text",
    out: str | Path | None = None,
    batch_size: int = 4096,
    columns: Iterable[str] | None = None,
    progress: ProgressCallback | None = None,
    resume: bool = True,
    sheet: str | None = None,
    workers: int = 1,
) -> Any:
    """Score what `source` is and return its like.

    - An iterable of texts gives a lazy iterator of Result, in order, that reads at most `batch_size` texts
      ahead; an item that is no text is a Result with decision `reject`.
    - A pandas or polars DataFrame, an Arrow table or a datasets.Dataset gives the same with columns added,
      its index and columns kept; an IterableDataset is scored as it is read.
    - A path, folder or glob of CSV (UTF-8 or GB18030), XLSX, JSONL or Parquet files, or several of them,
      with `out` (a path with one of these suffixes) writes that file, row for row, and gives a BatchReport.
      Rows that got no answer also stand in OUT.rejects.csv with line and reason. An output that exists is
      replaced at the end. What is done is kept in OUT.parts until then: the same call goes on from there
      after an interruption and ends with the same bytes; `resume=False` starts over.

    `text` names the text column and `sheet` the sheet of a workbook (None: the first). `columns` picks what
    to add from hotline_nlp.columns.NAMES (None: all); a name that the input has gets the prefix
    `predicted_`. `progress` is called with a Progress after each batch. One worker is this process, with a
    thread a core; 2 or more are processes of their own for files and tables, each with the model and one
    core. The answers are the same.
    Raises ColumnError for a missing or double column, FileFormatError for a file that is not what its
    suffix says, InputError for unknown options, another unfinished job, a full disk or a lost file.
    """
    from .choose import choose_columns
    from .frames import score_table, table_kind
    from .plan import Options

    for name, value in (("batch_size", batch_size), ("workers", workers)):
        if value < 1:
            raise InputError(f"{name} must be 1 or more, not {value}.")
    options = Options(text, choose_columns(columns), batch_size, sheet, workers)
    kind = table_kind(source)
    if out is not None and not kind:
        from .job import score_files

        return score_files(clf, source, out, options, progress=progress, resume=resume)
    if out is not None:
        raise InputError(f"a table of {kind} is scored in memory: leave out away and save what is returned.")
    if kind:
        return score_table(clf, source, kind, options, progress)
    if isinstance(source, str | Path):
        raise InputError(f"scoring the file {source} needs out, the path to write: give out.")
    if not isinstance(source, Iterable):
        raise InputError(f"a {type(source).__name__} can't be scored: give texts, a table or paths.")
    return clf.iter_results(source, batch_size=batch_size)
