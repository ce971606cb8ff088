"""Show how a request came to its unit: the chain of reasons, then who leads, who helps and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..result import Dispatch, Result, TagHit

if TYPE_CHECKING:
    from rich.console import Console

    from ..route import Return

PROCEDURES = {
    "direct": "直接转办",
    "joint": "一单联派：主办单位牵头，协办单位配合",
    "joint_investigation": "双向转办：争议单位联合会商后确定承办单位",
    "confirm_place": "先核实地点，再派属地",
    "unclear_duty": "监管空白：人工确定承办单位",
}
CANDIDATES = 4


def print_dispatch(out: Console, result: Result) -> None:
    """Print the numbered reasons in the order in which they were found, then what follows from them."""
    from rich.table import Table
    from rich.text import Text

    if not result.dispatch.procedure:
        return
    out.print("\n[bold]Dispatch[/bold] (派单依据)\n")
    steps = Table.grid(padding=(0, 2))
    for number, reason in enumerate(result.dispatch.reasons, 1):
        steps.add_row(f"[dim]{number}[/dim]", Text(reason))
    out.print(steps)
    out.print()
    answer = Table.grid(padding=(0, 2))
    for name, value in _answer(result.dispatch):
        answer.add_row(f"[bold]{name}[/bold]", Text(value))
    out.print(answer)


def _answer(dispatch: Dispatch) -> Iterator[tuple[str, str]]:
    shares = dict(dispatch.candidates)
    lead = f"{dispatch.lead} {shares[dispatch.lead]:.2f}" if dispatch.lead in shares else dispatch.lead
    yield "主办单位", lead or "待定"
    if dispatch.co_units:
        yield "协办单位", "、".join(dispatch.co_units)
    others = [f"{name} {p:.2f}" for name, p in dispatch.candidates if name != dispatch.lead and p >= 0.005]
    if others:
        rest = f"，另有{len(others) - CANDIDATES}个" if len(others) > CANDIDATES else ""
        yield "其他可能", "、".join(others[:CANDIDATES]) + rest
    yield "办理程序", f"{PROCEDURES.get(dispatch.procedure, dispatch.procedure)}（{dispatch.procedure}）"
    if dispatch.urgency is not None:
        yield "紧急程度", _tag(dispatch.urgency)
    if dispatch.tags:
        yield "专席标签", "；".join(f"{hit.desk} {_tag(hit)}" for hit in dispatch.tags)


def _tag(hit: TagHit) -> str:
    words = "".join(f"“{word}”" for word in hit.words)
    return f"{hit.tag}（文中{words}）" if words else hit.tag


def read_returned(items: Sequence[str]) -> list[Return]:
    """Read UNIT:REASON of --returned, the reason may be missing; a full-width colon will do."""
    from ..route import Return

    parts = (item.replace("：", ":", 1).partition(":") for item in items)
    return [Return(unit.strip(), reason.strip()) for unit, _, reason in parts]
