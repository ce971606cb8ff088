"""Average the weights of checkpoints that went on from one another; the mean is as fast as one.

python -m training.average A.pt B.pt --out C.pt

Wortsman et al. 2022, "Model soups: averaging weights of multiple fine-tuned models improves accuracy
without increasing inference time". What their about.json say is joined in one beside C.pt.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .checkpoint import HEADS, load, save

State = Mapping[str, Any]


def without_auxiliary(states: Sequence[State]) -> list[State]:
    """Return the states without the auxiliary heads that not all of them have."""
    shared = set.intersection(*(set(state) for state in states))
    kept = ("encoder.", *(f"heads.{name}." for name in HEADS))
    return [{k: v for k, v in state.items() if k in shared or k.startswith(kept)} for state in states]


def check(first: State, other: State, names: tuple[Path, Path]) -> None:
    """Raise SystemExit unless both hold the same tensors."""
    lone = sorted(first.keys() ^ other.keys())
    if lone:
        raise SystemExit(
            f"error: {names[0]} and {names[1]} differ in {len(lone)} tensors, {lone[0]} among them: "
            "give checkpoints of the same encoder and heads."
        )
    for name, value in first.items():
        if value.shape != other[name].shape:
            raise SystemExit(
                f"error: {name} has shape {tuple(value.shape)} in {names[0]} and {tuple(other[name].shape)} "
                f"in {names[1]}: give checkpoints of the same encoder and heads."
            )


def mean(paths: Sequence[Path]) -> dict[str, Any]:
    """Return the mean of the checkpoints' float32 weights; whole numbers are the first one's."""
    states = without_auxiliary([load(path) for path in paths])
    for path, state in zip(paths[1:], states[1:], strict=True):
        check(states[0], state, (paths[0], path))
    return {
        name: sum(state[name].float() for state in states) / len(states)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }


def joined(paths: Sequence[Path]) -> dict[str, Any]:
    """Return what is known of the checkpoints' training: all files, and of each kind of rows the most."""
    found = [path.with_name("about.json") for path in paths]
    parts = [json.loads(path.read_text("utf-8")) for path in found if path.is_file()]
    rows: dict[str, int] = {}
    for part in parts:
        for kind, count in part["rows"].items():
            rows[kind] = max(count, rows.get(kind, 0))
    recipes = [{k: v for k, v in part.items() if k not in ("files", "rows")} for part in parts]
    files = sorted({name for part in parts for name in part["files"]})
    known = {"files": files, "rows": rows} if parts else {}
    return {**known, "weights": f"mean of {len(paths)} checkpoints", "checkpoints": recipes}


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and write the mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs="+", help="two or more checkpoints")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(argv)
    if len(options.checkpoints) < 2:
        parser.error("give two checkpoints or more")
    state = mean(options.checkpoints)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save({"model": state}, options.out)
    text = json.dumps(joined(options.checkpoints), ensure_ascii=False, indent=1)
    options.out.with_name("about.json").write_text(text + "\n", "utf-8")
    print(f"wrote {options.out}: the mean of {len(options.checkpoints)} checkpoints, {len(state)} tensors")


if __name__ == "__main__":
    main()
