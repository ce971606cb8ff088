"""Find requests whose text gives their unit away: a directive to a unit, or the unit's own name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..normalise import body_span

if TYPE_CHECKING:
    from ..pack import CityPack

_DIRECTIVE = re.compile(
    r"(?:请|转|交由|望|烦请)(?:贵|市|区|县|省)?"
    r"(?P<unit>[^\s，。；！？,;!?：:请]{1,18}?(?:局|委|办|中心|公司|集团|街道|镇|乡|区|县|支队|大队|政府|管委会))"
    r"[^\s，。；！？,;!?]{0,8}?(?:核实|核查|处理|处置|查处|办理|调查|跟进|协调|解决|回复|答复)"
)
_NOBODY = re.compile(r"^(?:有关|相关|职能|主管|上级|该|贵|你|当地|各)")
_RANK = re.compile(r"^(?:省|市|区|县)(?=.{3})")


@dataclass(frozen=True, slots=True)
class Leak:
    """Words of a text that name a unit: where they stand and whether they tell the row's own label.

    `directive`: they are a directive to act; `own`: they name the row's own unit; `cut`: they stand in the
    operator's opening or closing, which normalisation cuts before a model reads the text.
    """

    words: str
    unit: str
    start: int
    directive: bool
    own: bool
    cut: bool


def unit_names(labels: Sequence[str], pack: CityPack | None = None) -> dict[str, tuple[str, ...]]:
    """Return the names by which a text may call each unit label: its own, without its rank, and aliases.

    A label is a unit function or a unit's name; the pack adds the names and aliases of the units behind it.
    """
    out = {}
    for label in labels:
        names = {label, _RANK.sub("", label)}
        for unit in pack.units if pack is not None else ():
            if label in (unit.function, unit.name):
                names |= {unit.name, *unit.aliases}
        out[label] = tuple(sorted((name for name in names if len(name) >= 3), key=lambda n: (-len(n), n)))
    return out


def leaks(text: str, label: str, names: Mapping[str, Sequence[str]]) -> Iterator[Leak]:
    """Yield each directive to a unit in a raw text, and each place that names the row's own unit."""
    start, end = body_span(text)
    own = names.get(label, ())
    taken: list[tuple[int, int]] = []
    for match in _DIRECTIVE.finditer(text):
        unit = match["unit"]
        if _NOBODY.match(unit):
            continue
        taken.append(match.span())
        mine = any(name in match[0] for name in own)
        cut = match.start() >= end or match.end() <= start
        yield Leak(match[0], unit, match.start(), True, mine, cut)
    # A whole area's name is in half of its requests and gives nothing away.
    for name in (name for name in own if not name.endswith(("区", "县", "市"))):
        at = text.find(name)
        if at >= 0 and not any(a <= at < b for a, b in taken):
            yield Leak(name, name, at, False, True, at >= end or at + len(name) <= start)
            break
