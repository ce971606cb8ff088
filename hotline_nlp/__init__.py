"""Read a Chinese 12345 citizen request: its type, topic and responsible unit, and how sure that is."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> the module that holds it; imported at first use, so that `import hotline_nlp` stays light.
_HOME = {
    "Classifier": "classifier",
    "Decision": "result",
    "Dispatch": "result",
    "EvalReport": "learn.evaluate",
    "Evidence": "result",
    "Matter": "result",
    "Place": "result",
    "Result": "result",
    "Return": "route",
    "Score": "result",
    "TagHit": "result",
    "Topic": "result",
    "TrainConfig": "learn.train",
    "TrainResult": "learn.outcome",
    "classify": "classifier",
    "errors": "",
    "evaluate": "learn.evaluate",
    "train": "learn.train",
}

__all__ = [
    "Classifier",
    "Decision",
    "Dispatch",
    "EvalReport",
    "Evidence",
    "Matter",
    "Place",
    "Result",
    "Return",
    "Score",
    "TagHit",
    "Topic",
    "TrainConfig",
    "TrainResult",
    "__version__",
    "classify",
    "errors",
    "evaluate",
    "train",
]

if TYPE_CHECKING:
    from . import errors
    from .classifier import Classifier, classify
    from .learn.evaluate import EvalReport, evaluate
    from .learn.outcome import TrainResult
    from .learn.train import TrainConfig, train
    from .result import Decision, Dispatch, Evidence, Matter, Place, Result, Score, TagHit, Topic
    from .route import Return


def __getattr__(name: str) -> Any:
    """Import a public name at first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'hotline_nlp' has no attribute {name!r}")
    home = _HOME[name]
    value = (
        getattr(import_module(f".{home}", __name__), name) if home else import_module(f".{name}", __name__)
    )
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
