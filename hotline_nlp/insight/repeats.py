"""Find repeats: near-copies, and tickets about the same matter in other words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..learn.duplicates import components
from ..normalise import normalise_many
from ..pack import load_pack
from ..route.place import PlaceResolver
from ..route.units import simplify
from . import matters, meaning, sketch
from .core import cores
from .groups import Repeats, known_caller, make_groups
from .meaning import Vectors
from .place_table import PlaceTable
from .places import Places, read_places, without_places
from .table import Tickets, read

_CHUNK = 1 << 13


def find_repeats(
    table: Any,
    *,
    columns: Mapping[str, str] | None = None,
    city: str = "xiangtan",
    model: str = "linear",
) -> Repeats:
    """Group the tickets of a table into copies and matters, in time linear in their number.

    table: a pyarrow, pandas or polars table, mappings, or the path of a CSV, XLSX, JSONL or Parquet file with
    the column text and, where there are any, date, topic, unit, district, place, caller; columns: our name ->
    the table's own. Without a topic column the model tells topics. A near-copy shares 70% of its character
    trigrams (MinHash); one matter is what names the same place and agrees in topic and meaning.
    Different house numbers in the same street keep tickets apart. Raises ColumnError for a missing
    column, InputError for a table that can't be read or is empty, MissingExtra without the extra `insight`.
    """
    tickets = read(table, columns)
    if not len(tickets):
        raise InputError("there are no tickets: give a table with at least one row.")
    places, vectors, marks = _read(tickets.texts)
    topics = known_topics(tickets, city, model)
    copies = sketch.copies(marks)
    copies = copies[~places.apart(copies)]
    pairs = matters.candidates(places, topics, tickets.dates)
    callers = [known_caller(value) for value in tickets.column("caller")]

    def score(some: NDArray[np.int64]) -> NDArray[np.float64]:
        p = matters.same_matter(matters.features(some, places, topics, callers, vectors))
        return np.where(places.apart(some), 0.0, p)

    joined = matters.stars(len(tickets), pairs[score(pairs) >= matters.SURE], score)
    copy_of = components(len(tickets), copies)
    matter_of = components(len(tickets), np.concatenate([copies, joined]))
    groups = make_groups(tickets, topics, _namer(tickets, places, city), copy_of, matter_of)
    return Repeats(len(tickets), copy_of, matter_of, groups)


def known_topics(tickets: Tickets, city: str = "xiangtan", model: str = "linear") -> list[str]:
    """Return each ticket's topic: the table's, or the model's where the table has none."""
    if tickets.has("topic"):
        return tickets.column("topic")
    from ..classifier import Classifier

    scored = Classifier.load(model, city=city).score_columns(tickets.texts, dispatch=False)
    return [topic or "" for topic in scored.column("topic").to_pylist()]


def _read(texts: Sequence[str]) -> tuple[PlaceTable, Vectors, NDArray[np.uint16]]:
    """Return the texts' places, meanings and signatures, chunk by chunk: a year of texts is kept once."""
    vectors = np.empty((len(texts), meaning.WIDTH), np.float16)
    marks = np.empty((len(texts), sketch.PERMUTATIONS), np.uint16)

    def places() -> Iterator[Places]:
        for start in range(0, len(texts), _CHUNK):
            raw, plain = cores(texts[start : start + _CHUNK])
            rows = slice(start, start + len(raw))
            marks[rows] = sketch.signatures(plain)
            vectors[rows] = meaning.encode(normalise_many([without_places(text) for text in raw]))
            yield from map(read_places, raw)

    table = PlaceTable(places())
    return table, vectors, marks


def _namer(tickets: Tickets, places: PlaceTable, city: str) -> Callable[[int], str]:
    """Return a function from a row to its place's name.

    The table's own where it has one; else the city's spot, village or town that the text names, with the
    district; else the rarest that looks like a place.
    """
    given, district = tickets.column("place"), tickets.column("district")
    resolver = PlaceResolver(load_pack(city))

    def name(row: int) -> str:
        if given[row]:
            return given[row]
        reading = resolver.resolve(simplify(tickets.texts[row]))
        known = reading.spot or reading.place.village or reading.place.town or places.named(row)
        area = reading.place.district or district[row]
        return known if known.startswith(area) else area + known

    return name
