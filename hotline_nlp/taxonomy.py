"""The label sets: request types, topics in their domains, unit functions and flags."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from hotline_nlp.errors import InputError


@dataclass(frozen=True, slots=True)
class Label:
    """One label: a stable English id, the Chinese label, its definition and what it is not."""

    id: str
    label: str
    definition: str = ""
    excludes: str = ""
    domain: str = ""
    code: str = ""


@dataclass(frozen=True)
class Taxonomy:
    """All label sets, each in its fixed order."""

    types: tuple[Label, ...]
    topics: tuple[Label, ...]
    unit_functions: tuple[Label, ...]
    flags: tuple[Label, ...]
    domains: tuple[Label, ...]
    maps: Mapping[str, Mapping[str, str]]
    _domain: Mapping[str, str] = field(repr=False)

    def domain_of(self, topic_label: str) -> str:
        """Return the domain of a topic; raise InputError for an unknown topic."""
        try:
            return self._domain[topic_label]
        except KeyError:
            raise InputError(
                f"unknown topic {topic_label!r}; use one of the {len(self.topics)} labels in topics.csv"
            ) from None

    def map(self, name: str) -> Mapping[str, str]:
        """Return topic -> class of another scheme ("" where none fits); raise InputError for an unknown map.

        Schemes: "tipdm" (seven first-level classes of the TipDM 2020 C task), "leader_board" (fields of
        the people.com.cn message board to local leaders).
        """
        try:
            return self.maps[name]
        except KeyError:
            raise InputError(f"unknown map {name!r}; choose one of {', '.join(sorted(self.maps))}") from None


def corpora_root() -> Path:
    """Return the folder of packaged corpora, or the checkout's when the package is not installed."""
    if find_spec("hotline_nlp._corpora") is not None:
        return Path(str(files("hotline_nlp._corpora")))
    return Path(__file__).resolve().parent.parent / "corpora"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a UTF-8 CSV with a header into one dict a row."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _labels(folder: Path, name: str) -> tuple[Label, ...]:
    return tuple(Label(**row) for row in read_rows(folder / f"{name}.csv"))


@lru_cache(maxsize=1)
def load_taxonomy() -> Taxonomy:
    """Return the packaged taxonomy (5 types, 46 topics, 36 unit functions, 4 flags); read once."""
    folder = corpora_root() / "taxonomy"
    topics = _labels(folder, "topics")
    maps = {
        path.stem: MappingProxyType({row["topic"]: row["target"] for row in read_rows(path)})
        for path in sorted((folder / "maps").glob("*.csv"))
    }
    return Taxonomy(
        types=_labels(folder, "types"),
        topics=topics,
        unit_functions=_labels(folder, "unit_functions"),
        flags=_labels(folder, "flags"),
        domains=_labels(folder, "domains"),
        maps=MappingProxyType(maps),
        _domain=MappingProxyType({topic.label: topic.domain for topic in topics}),
    )
