"""Find a city pack, read it and check it against its schema."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from hotline_nlp.errors import PackError
from hotline_nlp.pack import tables
from hotline_nlp.pack.meta import read_meta, read_shares
from hotline_nlp.pack.model import CityPack
from hotline_nlp.taxonomy import corpora_root

FILES = ("pack.json", "shares.json", *(f"{name}.csv" for name in tables.COLUMNS))
"""What a pack is read from; the router reads its own tables at each load."""
Stamp = tuple[tuple[int, int], ...]
"""Each of these files' time of change in nanoseconds and size."""


def load_pack(name_or_path: str | Path = "xiangtan") -> CityPack:
    """Return a packaged city pack by name, or one from a folder; it is read again only where a file changed.

    Raises PackError, with file and line, for a pack that is missing or breaks the schema.
    """
    folder = _find(name_or_path)
    return _load(folder, _stamp(folder))


def _find(name_or_path: str | Path) -> Path:
    folder = Path(name_or_path)
    if not folder.is_dir():
        packaged = corpora_root() / str(name_or_path)
        if len(folder.parts) != 1 or not (packaged / "pack.json").is_file():
            known = sorted(path.parent.name for path in corpora_root().glob("*/pack.json"))
            raise PackError(
                f"no city pack named {str(name_or_path)!r} and no such folder; packaged: {', '.join(known)}"
            )
        folder = packaged
    return folder.resolve()


def _stamp(folder: Path) -> Stamp:
    return tuple(_about(folder / name) for name in FILES)


def _about(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:  # reading the pack says what is wrong with the file
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _load(folder: Path, _: Stamp) -> CityPack:
    places = tables.read_places(folder / "places.csv")
    by_code = {place.code: place for place in places}
    meta = read_meta(folder / "pack.json", {place.code for place in places if place.level == "area"})
    units = tables.read_units(folder / "units.csv", by_code)
    return CityPack(
        id=meta.id,
        city=meta.city,
        province=meta.province,
        short_names=meta.short_names,
        schema_version=meta.schema_version,
        level_rules=meta.level_rules,
        units=units,
        places=places,
        known_places=tables.read_known_places(folder / "known_places.csv", by_code),
        renamed=tables.read_renamed(folder / "renamed.csv", by_code),
        duties=tables.read_duties(folder / "duties.csv", {unit.id for unit in units}),
        tags=tables.read_tags(folder / "tags.csv"),
        shares=MappingProxyType(read_shares(folder / "shares.json")),
        folder=folder,
    )
