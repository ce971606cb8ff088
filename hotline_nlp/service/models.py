"""The worker's classifier: loaded once, replaced while requests go on."""

from __future__ import annotations

import threading
from pathlib import Path

from ..classifier import Classifier
from ..engines.compiled import COMPILER, PATIENCE


class Models:
    """Holds the current classifier; whoever took it keeps the one it took."""

    def __init__(self, model: str | Path, city: str | Path) -> None:
        """Load the model and the city's pack; raise as Classifier.load does."""
        self._model, self._city = model, city
        self._lock = threading.Lock()
        self.current = self._load()
        COMPILER.after(PATIENCE)  # compiles in a thread of its own where numba is installed

    def reload(self) -> Classifier:
        """Load both again and put them in place; what stood before stays where that fails."""
        with self._lock:
            self.current = self._load()
        return self.current

    def _load(self) -> Classifier:
        loaded = Classifier.load(self._model, city=self._city)
        loaded.classify("路灯坏了，晚上看不见路，请派人来修。")  # the first answer fills caches
        return loaded
