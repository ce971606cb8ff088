"""What training gives: a model in memory with its report, and how it reaches the disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..artefact import MANIFEST, REPORTS, Tensors, packaged, write_model
from ..engines.linear import LinearEngine
from ..errors import InputError, ModelError, ModelNotFound, TrainingError
from .compare import Answers, Comparison, compare
from .evaluate import EvalReport
from .labels import Target
from .table import Tickets

if TYPE_CHECKING:
    from ..classifier import Classifier


@dataclass(frozen=True)
class TrainResult:
    """A trained model in memory, what it does on held-out rows, and how it compares with the one before."""

    manifest: dict[str, Any]
    tensors: Tensors
    report: EvalReport
    comparison: Comparison | None
    targets: tuple[Target, ...]
    split: str
    notes: tuple[str, ...]
    held_out: Tickets
    answers: Answers

    @property
    def metrics(self) -> dict[str, Any]:
        """Return accuracy, macro-F1, top-3 and ECE a head on the held-out rows, and what `auto` does."""
        return self.report.metrics()

    @cached_property
    def engine(self) -> LinearEngine:
        """Return the engine."""
        return LinearEngine(self.manifest, self.tensors)

    def classifier(self, city: str = "xiangtan") -> Classifier:
        """Return a Classifier of the model and a city."""
        from ..classifier import Classifier
        from ..pack import load_pack

        return Classifier(self.engine, load_pack(city))

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        from .report import training_markdown

        return training_markdown(self)

    def to_html(self) -> str:
        """Return the report as one HTML file with everything in it; plots need the extra `train`."""
        from .html import training_html

        return training_html(self)

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write manifest, weights, model card and report (Markdown and HTML); return the folder.

        The model is moved there whole, with its report. A model that is in the folder is replaced only where
        it is not better on the same held-out rows and has no head that the new one lacks, or with `force`:
        else TrainingError states both figures or the heads. Files there that are no part of a model stay.
        Raises InputError for a folder that holds something else and TrainingError where it can't be written
        (a full disk): what was there stays.
        """
        folder = Path(folder)
        check_folder(folder)
        if (folder / MANIFEST).is_file() and not force:
            _refuse_better(folder, self)
        named = replace(
            self, manifest={**self.manifest, "name": self.manifest["name"] or folder.resolve().name}
        )
        from .report import card

        try:
            reports = dict(zip(REPORTS, (named.to_markdown(), named.to_html()), strict=True))
            write_model(folder, named.manifest, named.tensors, card(named), reports=reports)
        except OSError as error:
            raise TrainingError(
                f"the model can't be written to {folder} ({error.strerror or error}): "
                "make room or choose another --out; what was there is unchanged."
            ) from error
        return folder


def check_folder(folder: Path) -> None:
    """Raise InputError where a model can't go there: no folder, or one that holds something else."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is there already and is no folder: choose a new folder for --out.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} is there already and is no model: choose a new folder for --out.")


def check_heads(folder: Path, old: LinearEngine, new: Iterable[str]) -> None:
    """Raise TrainingError where a model in a folder answers heads that the new one would not."""
    lost = [head.name for head in old.heads if head.name not in set(new)]
    if lost:
        raise TrainingError(
            f"the model in {folder} also answers {', '.join(lost)}, which the new one does not: it was kept; "
            f"label these too, start --from {folder}, or use --force to replace it."
        )


def _refuse_better(folder: Path, result: TrainResult) -> None:
    try:
        old = LinearEngine.load(folder)
        found = compare(old, result.answers, result.held_out)
    except ModelError as error:
        raise TrainingError(
            f"{folder} can't be compared with ({error}) Use --force to replace it."
        ) from error
    check_heads(folder, old, [head["name"] for head in result.manifest["heads"]])
    if not found.changes:
        raise TrainingError(
            f"the model in {folder} can't be compared with the new one (no held-out row with a label of its "
            "heads): it was kept; use --force to replace it."
        )
    if found.worse():
        seems = "is" if found.fair else "seems"
        raise TrainingError(
            f"the model in {folder} {seems} better ({found.sentence()}): it was kept; use --force to "
            "replace it."
        )


def load_engine(name: str | Path) -> LinearEngine:
    """Return a packaged linear engine by name or a model folder's by path; raise ModelError."""
    folder = packaged(str(name)) or Path(name)
    if not folder.is_dir():
        raise ModelNotFound(
            f"no packaged model and no folder is named {str(name)!r}: give 'linear' or a path."
        )
    return LinearEngine.load(folder)
