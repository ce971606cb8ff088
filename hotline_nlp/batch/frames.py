"""Score tables: pandas, polars, Arrow and Hugging Face datasets in, the same kind with added columns out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .choose import added_names, check_columns
from .plan import Options
from .read_parquet import texts_of
from .report import Progress, ProgressCallback
from .scoring import plain_columns, score_texts
from .workers import score_in_order

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier


def table_kind(source: object) -> str:
    """Return "pandas", "polars", "arrow", "datasets" or "stream" for a table of these, "" for anything else.

    A stream is an IterableDataset of datasets, which is scored as it is read.
    """
    library, name = type(source).__module__.split(".")[0], type(source).__name__
    kinds = {
        ("pandas", "DataFrame"): "pandas",
        ("polars", "DataFrame"): "polars",
        ("pyarrow", "Table"): "arrow",
        ("datasets", "Dataset"): "datasets",
        ("datasets", "IterableDataset"): "stream",
    }
    return kinds.get((library, name), "")


def score_table(
    clf: Classifier, source: Any, kind: str, options: Options, progress: ProgressCallback | None
) -> Any:
    """Return the table with the chosen columns added; the source is left as it is."""
    if kind == "stream":
        return _stream(clf, source, options)
    names = list(source.columns if kind in ("pandas", "polars") else source.column_names)
    check_columns(names, options.text, f"the {kind} table")
    added = added_names(names, options.columns)
    scored = _scored(clf, source, kind, options, progress).select(list(added))
    return _ADD[kind](source, scored.rename_columns(list(added.values())))


def _slice(source: Any, kind: str, text: str, start: int, size: int) -> Any:
    """Return the texts of some rows, as an Arrow array or a list; missing values as None."""
    if kind == "arrow":
        return texts_of(source.column(text).slice(start, size))
    if kind == "polars":
        column = source.get_column(text).slice(start, size)
        return column.to_list() if column.dtype.is_object() else texts_of(_chunked(column.to_arrow()))
    if kind == "datasets":
        return texts_of(source.select_columns(text).with_format("arrow")[start : start + size].column(text))
    values = source[text].iloc[start : start + size]
    if str(values.dtype) in ("str", "string", "large_string[pyarrow]", "string[pyarrow]"):
        return texts_of(_chunked(values.array.__arrow_array__()))
    return [None if gone else value for value, gone in zip(values, values.isna(), strict=True)]


def _chunked(column: Any) -> pa.ChunkedArray:
    import pyarrow as pa

    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _scored(
    clf: Classifier, source: Any, kind: str, options: Options, progress: ProgressCallback | None
) -> pa.Table:
    import pyarrow as pa

    rows, size = len(source), options.batch_size
    starts = range(0, rows, size) or range(1)
    tables = []

    def texts(start: int) -> Any:
        return _slice(source, kind, options.text, start, size)

    for start, scored in score_in_order(clf, starts, texts, options.workers):
        tables.append(scored if kind == "arrow" else plain_columns(scored))
        if progress is not None and rows:
            done = min(start + size, rows)
            progress(Progress(done, done / rows))
    return pa.concat_tables(tables).unify_dictionaries()


def _stream(clf: Classifier, source: Any, options: Options) -> Any:
    """Return an IterableDataset that scores batch after batch as it is read."""

    def add(batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        check_columns(list(batch), options.text, "the dataset")
        scored = score_texts(clf, list(batch[options.text]))
        names = added_names(batch, options.columns)
        return {name: scored.column(column).to_pylist() for column, name in names.items()}

    return source.map(add, batched=True, batch_size=options.batch_size)


def _add_pandas(frame: Any, scored: pa.Table) -> Any:
    columns = scored.to_pandas()
    columns.index = frame.index
    return frame.assign(**{name: columns[name] for name in scored.column_names})


def _add_polars(frame: Any, scored: pa.Table) -> Any:
    from polars import from_arrow

    return frame.hstack(from_arrow(scored))


def _add_arrow(table: pa.Table, scored: pa.Table) -> pa.Table:
    for name in scored.column_names:
        table = table.append_column(name, scored.column(name))
    return table


def _add_datasets(dataset: Any, scored: pa.Table) -> Any:
    from datasets import Dataset, concatenate_datasets

    if not len(dataset):  # concatenating leaves out what has no rows, its columns too
        return Dataset(_add_arrow(dataset.data.table.slice(0, 0), scored))
    return concatenate_datasets([dataset, Dataset(scored.combine_chunks())], axis=1)


_ADD: dict[str, Callable[[Any, Any], Any]] = {
    "pandas": _add_pandas,
    "polars": _add_polars,
    "arrow": _add_arrow,
    "datasets": _add_datasets,
}
