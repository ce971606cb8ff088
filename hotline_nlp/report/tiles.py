"""A tile map: the city's areas as squares, roughly where they lie."""

from __future__ import annotations

from math import ceil, sqrt

from ..pack import CityPack
from ..pack.read import read_table

Tiles = dict[str, tuple[float, float]]


def read_tiles(pack: CityPack) -> Tiles:
    """Return area -> (column, row) from the top left, by the pack's optional tiles.csv (code,column,row).

    Without that file the areas stand in rows, in the order of places.csv. Raises PackError for a faulty row.
    """
    areas = {place.code: place.short for place in pack.places if place.level == "area"}
    path = pack.folder / "tiles.csv"
    if not path.exists():
        width = ceil(sqrt(max(len(areas), 1)))
        return {name: (i % width, i // width) for i, name in enumerate(areas.values())}
    found: Tiles = {}
    for row in read_table(path, ("code", "column", "row")):
        if row["code"] not in areas:
            row.fail(f"{row['code']!r} is no area's code; use one of places.csv")
        try:
            at = float(row["column"]), float(row["row"])
        except ValueError:
            row.fail("'column' and 'row' must be numbers such as 2 or 1.5; correct them")
        if areas[row["code"]] in found or at in found.values():
            row.fail("the area or its place on the map is taken; correct the row")
        found[areas[row["code"]]] = at
    missing = [name for name in areas.values() if name not in found]
    below = max((at[1] for at in found.values()), default=-1.0) + 1
    return found | {name: (i, below) for i, name in enumerate(missing)}
