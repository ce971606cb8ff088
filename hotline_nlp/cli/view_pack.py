"""Make and check city packs."""

from __future__ import annotations

from pathlib import Path

from .console import console

COUNTED = ("units", "places", "known_places", "renamed", "duties", "tags")


def make_pack(folder: Path, city: str, template: str) -> None:
    """Write a starter pack and say what to do next."""
    from ..pack import init_pack

    made = init_pack(folder, city=city, template=template)
    out = console()
    out.print(f"wrote a starter pack for {city} to {made}", markup=False, soft_wrap=True)
    out.print(f"fill in its tables, then run: hotline-nlp pack check {made}", markup=False, soft_wrap=True)


def check_pack(folder: Path) -> None:
    """Load a pack and print how many rows each table has."""
    from ..pack import load_pack

    pack = load_pack(folder)
    counts = ", ".join(f"{len(getattr(pack, name))} {name.replace('_', ' ')}" for name in COUNTED)
    console().print(f"{folder} is a valid pack of {pack.city}: {counts}", markup=False, soft_wrap=True)
