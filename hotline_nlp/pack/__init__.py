"""A city's facts: its units, places, duties and special desks, read from a folder of CSV and JSON."""

from __future__ import annotations

from hotline_nlp.pack.load import load_pack
from hotline_nlp.pack.model import CityPack, Duty, KnownPlace, LevelRule, Place, Renamed, Tag, Unit
from hotline_nlp.pack.starter import init_pack

__all__ = [
    "CityPack",
    "Duty",
    "KnownPlace",
    "LevelRule",
    "Place",
    "Renamed",
    "Tag",
    "Unit",
    "init_pack",
    "load_pack",
]
