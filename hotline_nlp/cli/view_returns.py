"""Learn from past returns and show what was learnt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .console import console, print_json, table

if TYPE_CHECKING:
    from ..route import Learned


def run_learn_returns(
    returns: Path,
    city: str,
    *,
    columns: Mapping[str, str | None],
    sheet: str | None,
    skip_bad: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Count past orders into a pack's returns.csv and say what changed."""
    from ..pack import load_pack
    from ..route import Router

    named = {column: name for column, name in columns.items() if name}
    learned = Router(load_pack(city)).learn_returns(
        returns, columns=named, sheet=sheet, skip_bad=skip_bad, replace=replace
    )
    if as_json:
        print_json(learned.to_dict())
    else:
        print_learned(returns, learned)


def print_learned(returns: Path, learned: Learned) -> None:
    """Print how much was learnt, the most frequent corrections and the rows that were left out."""
    out = console()
    share = f" ({learned.returned / learned.orders:.1%})" if learned.orders else ""
    said = f"{returns}: {learned.orders} orders, {learned.returned} of them returned{share}"
    out.print(said, markup=False, soft_wrap=True)
    if learned.top:
        rows = table("topic", "first sent to", "taken by", "orders", right=("orders",))
        for topic, source, target, count in learned.top:
            rows.add_row(topic, source, target, str(count))
        out.print(rows)
    if learned.skipped:
        shown = "\n  ".join(learned.faults)
        out.print(f"left out {learned.skipped} rows, such as\n  {shown}", markup=False, soft_wrap=True)
    told = f"pairs of units in {learned.path} now: {learned.pairs}; dispatch uses them from its next start"
    out.print(told, markup=False, soft_wrap=True)
