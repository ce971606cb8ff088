"""Hold known shares of labels against a model: name what it lacks, and take a city pack's for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..engines.shares import Shares, from_pack, pack_counts
from ..errors import InputError
from .labels import nearest

if TYPE_CHECKING:
    from ..engines.base import Engine

_LISTED, _SHORT = 5, 10


def check_known(engine: Engine, shares: Any) -> None:
    """Raise InputError where shares name a label that their head does not have, with the nearest it has.

    What is no {head: {label: share}} is left to hotline_nlp.engines.shares, as are other names of heads,
    unless they are labels.
    """
    labels = {head.name: head.labels for head in engine.heads}
    for name in shares if isinstance(shares, Mapping) else ():
        own = next((head for head, known in labels.items() if name in known and name not in labels), None)
        if own:
            raise InputError(
                f"{name!r} is a label of {own!r}: write its share as {{{own!r}: {{{name!r}: …}}}}."
            )
    for name, given in shares.items() if isinstance(shares, Mapping) else ():
        if name in labels and isinstance(given, Mapping):
            other = [str(label) for label in given if label not in labels[name]]
            if other:
                raise InputError(
                    f"the shares of {name!r} name {_named(other)}, which the model does not have: "
                    + _hint(other, labels[name])
                )


def pack_shares(engine: Engine, found: Mapping[str, Any], head: str | None = None) -> Shares:
    """Return the shares that a city pack states for the model's heads, or for one of them.

    Raises InputError where it states none for them, or names labels that the model does not have.
    """
    stated, mine = pack_counts(found), {h.name: h.labels for h in engine.heads}
    wanted = [name for name in stated if name in mine and head in (None, name)]
    if not wanted:
        raise InputError(
            f"the city pack states shares of {' and '.join(stated)}, none of "
            f"{head or ' and '.join(mine)}: give shares of your own."
        )
    fit = [name for name in wanted if all(label in mine[name] for label in stated[name][0])]
    for name in wanted:
        if name not in fit:
            other = [label for label in stated[name][0] if label not in mine[name]]
            raise InputError(
                f"the city pack states shares of the {name} {_named(other)}, which the model does not have: "
                + (f"take those of {fit[0]} alone with --head {fit[0]}, or " if fit else "")
                + "give shares of your own."
            )
    return from_pack(engine, found, wanted)


def never_answered(engine: Engine) -> list[str]:
    """Return a sentence for each head with labels whose share is 0: no text can be given them."""
    return [
        f"{head.name}: labels that come to 0% and can't be answered any more: {_named(none)}"
        for head in engine.heads
        if (none := [x for x, share in zip(head.labels, head.shares, strict=False) if share == 0])
    ]


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else ""
    return ", ".join(repr(label) for label in labels[:_LISTED]) + more


def _hint(other: Iterable[str], labels: Sequence[str]) -> str:
    """Say what may have been meant: all labels of a short list, else those that are near in spelling."""
    if len(labels) <= _SHORT:
        return f"its labels are {', '.join(labels)}."
    near = {label: nearest(label, labels) for label in other}
    found = [f"{best!r} for {label!r}" for label, best in near.items() if best]
    if found:
        return f"did you mean {', '.join(found[:_LISTED])}?"
    return "hotline-nlp labels --model lists those that it has."
