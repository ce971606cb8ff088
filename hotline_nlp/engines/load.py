"""Find a model by name or path and load the engine that its manifest asks for."""

from __future__ import annotations

from pathlib import Path

from ..artefact import ELSEWHERE, packaged, read_manifest
from ..errors import InputError, ModelNotFound
from .base import Engine
from .linear import LinearEngine
from .shares import SUFFIX, corrected, read_shares

TRANSFORMER = "hotline_nlp/transformer"
JOINED = ("cascade", "ensemble")
MISSING = (
    "the transformer's weights are not here, since they are no part of the wheel: set "
    f"{ELSEWHERE} to the project's folder models/transformer, or make that folder with "
    "`python -m training.publish .cache/teacher/model.pt` in a checkout."
)


def transformer_folder() -> Path:
    """Return the folder of the transformer's weights; raise ModelNotFound where there is none."""
    folder = packaged("transformer")
    if folder is None or not folder.is_dir():
        raise ModelNotFound(
            f"{ELSEWHERE} names {folder}, which is no folder; {MISSING}" if folder else MISSING
        )
    return folder


def find(name_or_path: str | Path) -> Path:
    """Return the folder of a packaged model or of a path; raise ModelNotFound."""
    if str(name_or_path) == "transformer":
        return transformer_folder()
    folder = packaged(str(name_or_path)) or Path(name_or_path)
    if not folder.is_dir():
        raise ModelNotFound(
            f"no packaged model and no folder is named {str(name_or_path)!r}: use 'linear', 'transformer', "
            "'cascade', 'ensemble' or the path of a folder written by hotline-nlp train or a file by "
            "hotline-nlp adapt."
        )
    return folder


def load_engine(name_or_path: str | Path, device: str | None = None) -> Engine:
    """Load an engine by name, folder or file of shares; raise a ModelError, MissingExtra, or InputError."""
    if str(name_or_path) in JOINED:
        from .cascade import CascadeEngine

        return CascadeEngine.load(find("linear"), transformer_folder(), name=str(name_or_path), device=device)
    if Path(name_or_path).suffix == SUFFIX and Path(name_or_path).is_file():
        model, shares = read_shares(Path(name_or_path))
        return corrected(load_engine(model, device), shares)
    folder = find(name_or_path)
    if read_manifest(folder)["kind"] == TRANSFORMER:
        from .transformer import TransformerEngine

        return TransformerEngine.load(folder, device=device)
    if device not in (None, "cpu"):
        raise InputError(f"the linear engine runs on 'cpu', not {device!r}: leave device out.")
    return LinearEngine.load(folder)
