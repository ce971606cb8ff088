"""The training loop: a run that was killed goes on from its last saved step, to the same weights.

What an epoch's batches are follows from the seed alone; the state file holds all else that the rest of a run
depends on: weights, optimiser, schedule, the random numbers' state, the step, and the best epoch so far.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from .checkpoint import save
from .encoder import MultiHead, pad, precision
from .losses import divergence, loss_of
from .rows import Row, batches

STATE, MODEL = "checkpoint.pt", "model.pt"


@dataclass(frozen=True)
class Config:
    """How to fine-tune. `batch` texts make a step, `accumulate` steps an update; `gold`, `labelled`, `soft`,
    `haikou` and `written` are the shares of each kind of rows that an epoch sees; the embeddings and `frozen`
    layers stay as they are; `patience` epochs without a better score end the run.
    """

    epochs: int = 5
    seed: int = 0
    batch: int = 32
    accumulate: int = 1
    rate: float = 1.2e-4
    head_rate: float = 1e-3
    decay: float = 0.9
    warmup: float = 0.06
    frozen: int = 2
    gold: float = 1.0
    labelled: float = 1.0
    soft: float = 0.15
    haikou: float = 0.4
    written: float = 0.0
    rdrop: float = 0.0
    patience: int = 2
    save_every: int = 100
    device: str = "cpu"


@dataclass
class Run:
    """Where a run stands."""

    epoch: int = 0
    step: int = 0
    best: float = -1.0
    best_epoch: int = -1
    scores: list[float] = field(default_factory=list)


class Loop:
    """Fine-tunes a model in a folder."""

    def __init__(
        self, model: MultiHead, rows: Sequence[Row], config: Config, out: Path, say: Callable[[str], None]
    ) -> None:
        """Set up optimiser and schedule, and take up what the folder holds of an earlier run."""
        self.model, self.rows, self.config, self.out, self.say = model, rows, config, out, say
        self.plan = [self._batches(epoch) for epoch in range(config.epochs)]
        updates = sum(-(-len(found) // config.accumulate) for found in self.plan)
        self.optimiser = torch.optim.AdamW(
            model.groups(config.rate, config.decay, config.head_rate), weight_decay=0.01
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser,
            lambda n: min(1.0, (n + 1) / max(config.warmup * updates, 1)) * max(0.02, 1 - n / updates),
        )
        self.run = Run()
        if (out / STATE).is_file():
            self._resume(torch.load(out / STATE, map_location=config.device, weights_only=True))
        self._began, self._before = time.monotonic(), self._steps_done()

    def _batches(self, epoch: int) -> list[list[Row]]:
        c = self.config
        kinds = "gold", "labelled", "soft", "haikou", "written"
        return batches(self.rows, epoch, c.seed, c.batch, {kind: getattr(c, kind) for kind in kinds})

    def seen(self) -> Counter[str]:
        """Return how many rows of each kind the plan has, each counted once."""
        found = {id(row): row.kind for epoch in self.plan for batch in epoch for row in batch}
        return Counter(found.values())

    def _steps_done(self) -> int:
        return sum(map(len, self.plan[: self.run.epoch])) + self.run.step

    def _resume(self, saved: dict[str, Any]) -> None:
        now, was = self._of(), saved.get("of", {})
        other = sorted(name for name in now if was.get(name) != now[name])
        if other:
            raise SystemExit(
                f"error: {self.out} holds a run with other {', '.join(other)}: name another --out."
            )
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.schedule.load_state_dict(saved["schedule"])
        torch.set_rng_state(saved["random"].cpu())
        if saved["random_device"]:
            torch.cuda.set_rng_state_all([state.cpu() for state in saved["random_device"]])
        self.run = Run(**saved["run"])
        self.say(f"going on from epoch {self.run.epoch + 1}, step {self.run.step}")

    def _of(self) -> dict[str, Any]:
        """Return what a run must agree in with the one that it goes on from."""
        settings = {k: v for k, v in asdict(self.config).items() if k not in ("device", "save_every")}
        tokens = sum(len(row.ids) for row in self.rows)
        return {**settings, "rows": len(self.rows), "tokens": tokens}

    def _save(self) -> None:
        on_device = self.config.device.startswith("cuda")
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": torch.get_rng_state(),
            "random_device": torch.cuda.get_rng_state_all() if on_device else [],
            "run": vars(self.run),
            "of": self._of(),
        }
        save(state, self.out / STATE)

    def fit(self, score: Callable[[MultiHead], float]) -> Run:
        """Run the epochs that are left; the best by `score` ends up in the model and in MODEL."""
        c = self.config
        self.model.train()
        while self.run.epoch < c.epochs and not self._stopped():
            self._epoch(self.plan[self.run.epoch])
            found = score(self.model)
            self.run.scores.append(found)
            if found > self.run.best:
                self.run.best, self.run.best_epoch = found, self.run.epoch
                save({"model": self.model.state_dict()}, self.out / MODEL)
            self.say(f"epoch {self.run.epoch + 1}: score {found:.4f}, best {self.run.best:.4f}")
            self.run.epoch, self.run.step = self.run.epoch + 1, 0
            self._save()
        best = torch.load(self.out / MODEL, map_location=c.device, weights_only=True)
        self.model.load_state_dict(best["model"])
        return self.run

    def _stopped(self) -> bool:
        return self.run.epoch - self.run.best_epoch > self.config.patience and self.run.epoch > 0

    def _epoch(self, found: list[list[Row]]) -> None:
        c = self.config
        for number in range(self.run.step, len(found)):
            first = number - number % c.accumulate
            share = min(c.accumulate, len(found) - first)
            loss = self._loss(found[number])
            (loss / share).backward()
            if number + 1 - first == share:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimiser.step()
                self.schedule.step()
                self.optimiser.zero_grad()
                self.run.step = number + 1
                if (self.run.step // c.accumulate) % c.save_every == 0:
                    self._save()
                    self._tell(loss.item())

    def _loss(self, batch: Sequence[Row]) -> torch.Tensor:
        device = self.config.device
        ids, mask = (part.to(device) for part in pad([row.ids for row in batch]))
        with precision(device):
            scores = self.model(ids, mask)
            again = self.model(ids, mask) if self.config.rdrop else None
        if again is None:
            return loss_of(scores, batch)
        both = (loss_of(scores, batch) + loss_of(again, batch)) / 2
        return both + self.config.rdrop * divergence(scores, again)

    def _tell(self, loss: float) -> None:
        total, done = sum(map(len, self.plan)), self._steps_done()
        left = (time.monotonic() - self._began) / max(done - self._before, 1) * (total - done)
        self.say(f"epoch {self.run.epoch + 1} step {done}/{total} loss {loss:.3f} ETA {left / 60:.0f} min")
