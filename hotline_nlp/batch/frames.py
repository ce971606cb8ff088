"""Score tables in memory: pandas, polars and Arrow in, the same kind with added columns out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .choose import added_names, check_columns
from .plan import Options
from .read_parquet import texts_of
from .report import Progress, ProgressCallback
from .scoring import plain_columns, score_texts

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classifier import Classifier


def table_kind(source: object) -> str:
    """Return "pandas", "polars" or "arrow" for a table of that library, "" for anything else."""
    library, name = type(source).__module__.split(".")[0], type(source).__name__
    kinds = {
        ("pandas", "DataFrame"): "pandas",
        ("polars", "DataFrame"): "polars",
        ("pyarrow", "Table"): "arrow",
    }
    return kinds.get((library, name), "")


def score_table(
    clf: Classifier, source: Any, kind: str, options: Options, progress: ProgressCallback | None
) -> Any:
    """Return the table with the chosen columns added; the source is left as it is."""
    names = list(source.column_names if kind == "arrow" else source.columns)
    check_columns(names, options.text, f"the {kind} table")
    added = added_names(names, options.columns)
    scored = _scored(clf, source, kind, options, progress).select(list(added))
    return _ADD[kind](source, scored.rename_columns(list(added.values())))


def _slice(source: Any, kind: str, text: str, start: int, size: int) -> Any:
    """Return the texts of some rows, as an Arrow array or a list; missing values as None."""
    if kind == "arrow":
        return texts_of(source.column(text).slice(start, size))
    if kind == "polars":
        return source.get_column(text).slice(start, size).to_list()
    values = source[text].iloc[start : start + size]
    return [None if gone else value for value, gone in zip(values, values.isna(), strict=True)]


def _scored(
    clf: Classifier, source: Any, kind: str, options: Options, progress: ProgressCallback | None
) -> pa.Table:
    import pyarrow as pa

    rows, size = len(source), options.batch_size
    tables = []
    for start in range(0, rows, size) or [0]:
        scored = score_texts(clf, _slice(source, kind, options.text, start, size))
        tables.append(scored if kind == "arrow" else plain_columns(scored))
        if progress is not None and rows:
            done = min(start + size, rows)
            progress(Progress(done, done / rows))
    return pa.concat_tables(tables).unify_dictionaries()


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


_ADD: dict[str, Callable[[Any, Any], Any]] = {
    "pandas": _add_pandas,
    "polars": _add_polars,
    "arrow": _add_arrow,
}
