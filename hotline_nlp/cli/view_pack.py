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
    """Load a pack and all that routing reads from it; print what it holds and what it leaves open."""
    from ..pack import load_pack
    from ..route import Router
    from ..route.gaps import find_gaps

    router = Router(load_pack(folder))
    pack, out = router.pack, console()
    counts = [f"{len(getattr(pack, name))} {name.replace('_', ' ')}" for name in COUNTED]
    counts += [f"{len(router.rules)} rules", f"{len(router.learnt)} learnt corrections"]
    said = f"{folder} is a valid pack of {pack.city}: {', '.join(counts)}"
    out.print(said, markup=False, soft_wrap=True)
    for note in find_gaps(pack):
        out.print(f"note: {note}", markup=False, soft_wrap=True)
