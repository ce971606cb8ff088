"""Name what is new this month: topics that rose against the past months, or that the past never had."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ..errors import InputError
from .core import cores
from .groups import known_caller, shown
from .keywords import keywords
from .lexicon import Lexicon
from .repeats import known_topics
from .signals import Ints, Month, Sign, read_month, signs
from .table import Tickets, read
from .themes import Theme, themes

LIMIT = 120_000
"""Past tickets that are read; of a longer past, a share of every month."""
EXAMPLES = 3
Source = Literal["上升", "新组合", "新事项"]


@dataclass(frozen=True, slots=True)
class Emerging:
    """A topic that came up more often than past months explain.

    keywords: at most 6, the most telling first; kind: what gave it away first: 上升 (known words, more
    often), 新组合 (known words together as never before) or 新事项 (requests far from all known topics);
    count: tickets of this month in it; expected: how many of them the past months lead one to expect;
    ratio: count over expected (at least 0.5); p, q: the surest sign's p-value, and corrected for all
    tests made; rows: row numbers of the table; topic: the most frequent one; unit, unit_share: suggested
    unit and its share of the tickets; examples: three of the table's texts, masked, at most 80
    characters each.
    """

    keywords: tuple[str, ...]
    kind: str
    count: int
    expected: float
    ratio: float
    p: float
    q: float
    rows: tuple[int, ...]
    topic: str
    unit: str
    unit_share: float
    examples: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, JSON-ready."""
        return asdict(self)


def emerging(
    table: Any,
    past: Any,
    *,
    columns: Mapping[str, str] | None = None,
    level: float = 0.05,
    top: int = 10,
    city: str = "xiangtan",
    model: str = "linear",
) -> list[Emerging]:
    """Return what is new in a month's tickets against past months, the surest first.

    table, past: tables as find_repeats reads them; past is one table with a date column, split into calendar
    months, or a list of tables, one a month. A known caller counts once a month. level: the chance that
    anything is listed in a month that is like those before (Holm's correction over words, word pairs and
    groups of far requests). Without topic or unit columns the model fills them in. Raises InputError for
    an empty table or past, ColumnError for a missing column, MissingExtra without the extra `insight`.
    """
    if not 0 < level < 1 or top < 1:
        raise InputError(f"level {level} and top {top} can't be: give 0 < level < 1 and top from 1 on.")
    now = read(table, columns)
    months, seasons = _months(past, columns, now)
    lexicon = Lexicon()
    current = _read(now, lexicon)
    before = [_read(month, lexicon) for month in months]
    found = themes(signs(current, before, seasons, level), current, top)
    return [_told(theme, now, current, city, model) for theme in found]


def _months(past: Any, columns: Mapping[str, str] | None, now: Tickets) -> tuple[list[Tickets], list[int]]:
    """Return the past months' tickets, and which of them are the same month of another year."""
    if not len(now):
        raise InputError("there are no tickets: give a table with at least one row.")
    if isinstance(past, list | tuple) and not (past and all(isinstance(row, Mapping) for row in past)):
        parts = [part for part in (read(month, columns) for month in past) if len(part)]
    else:
        parts = _by_month(read(past, columns))
    if not parts:
        raise InputError("the past months hold no tickets: give tickets of at least one earlier month.")
    share = sum(map(len, parts)) / LIMIT
    if share > 1:
        parts = [part.take(np.arange(0, len(part), share).astype(np.int64)) for part in parts]
    own = _month_of(now)
    seasons = [i for i, part in enumerate(parts) if own and (m := _month_of(part)) and m % 12 == own % 12]
    return parts, seasons


def _by_month(past: Tickets) -> list[Tickets]:
    numbers = np.array([_number(s) for s in past.dates.tolist()], np.int64)
    known = [int(n) for n in np.unique(numbers) if n]
    if not known:
        return [past] if len(past) else []
    return [past.take(np.flatnonzero(numbers == n)) for n in known]


def _number(seconds: float) -> int:
    """Return year * 12 + month of a date, 0 for none."""
    if seconds != seconds:
        return 0
    day = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)
    return day.year * 12 + day.month


def _month_of(tickets: Tickets) -> int:
    known = tickets.dates[~np.isnan(tickets.dates)]
    return _number(float(np.median(known))) if len(known) else 0


def _read(tickets: Tickets, lexicon: Lexicon) -> Month:
    number: dict[str, int] = {}
    callers = [known_caller(value) for value in tickets.column("caller")]
    owners = [number.setdefault(c, len(number)) if c else -1 - row for row, c in enumerate(callers)]
    _, dense = np.unique(np.array(owners, np.int64), return_inverse=True)
    return read_month(cores(tickets.texts)[1], dense.astype(np.int64), lexicon)


def _told(theme: Theme, tickets: Tickets, month: Month, city: str, model: str) -> Emerging:
    rows: Ints = theme.rows
    part = tickets.take(rows)
    topics = Counter(filter(None, known_topics(part, city, model)))
    units = Counter(filter(None, _units(part, city, model)))
    unit, times = units.most_common(1)[0] if units else ("", 0)
    best: Sign = theme.sign
    central = month.vectors[rows] @ month.vectors[rows].mean(axis=0)
    return Emerging(
        keywords([month.texts[i] for i in rows], month.texts),
        best.kind,
        len(rows),
        round(best.expected * len(rows) / max(best.count, 1), 2),
        round(best.count / max(best.expected, 0.5), 2),
        best.p,
        best.q,
        tuple(rows.tolist()),
        topics.most_common(1)[0][0] if topics else "",
        unit,
        round(times / len(rows), 4),
        _examples([tickets.texts[i] for i in rows[np.argsort(-central, kind="stable")]]),
    )


def _examples(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the first three different texts, as they may be shown."""
    return tuple(dict.fromkeys(map(shown, texts)))[:EXAMPLES]


def _units(tickets: Tickets, city: str, model: str) -> list[str]:
    if tickets.has("unit"):
        return tickets.column("unit")
    from ..classifier import Classifier

    scored = Classifier.load(model, city=city).score_columns(tickets.texts)
    return [unit or "" for unit in scored.column("lead_unit").to_pylist()]
