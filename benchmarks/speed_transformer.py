"""Speed of the transformer engine beside the usual way to run such a model, on the same weights, in one run.

python -m benchmarks.speed_transformer [--texts 256] [--repeats 3]

The usual way: transformers' BertModel with eager attention in float32, 32 texts a batch in the order given,
each batch padded to its longest. Both start from strings and end with every head's logits. The accuracy of
both on gold dev is measured too, for which the labelled data is needed. Times are of the clock, and of the
processor's own time, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hotline_nlp.engines.base import Floats
from hotline_nlp.engines.load import find
from hotline_nlp.engines.transformer import TransformerEngine
from hotline_nlp.engines.transformer.paths import processor, torch_of
from hotline_nlp.engines.transformer.tokens import padded
from hotline_nlp.engines.transformer.weights import HEADS
from hotline_nlp.normalise import normalise_many

from . import machine
from .speed_clock import load
from .speed_texts import make

BATCH = 32
SHORTER = 12
"""Characters cut from the timing texts of about 112, so that their mean is 100."""


class Eager:
    """The same weights, run the usual way."""

    def __init__(self, engine: TransformerEngine) -> None:
        """Take an engine's weights and tokenizer."""
        self.engine = engine
        self.model = engine._traced().model
        self.model.set_attn_implementation("eager")

    def logits(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return each head's logits, shape (texts, labels)."""
        torch, parts = torch_of(), []
        for start in range(0, len(texts), BATCH):
            rows = self.engine._tokens.numbers(texts[start : start + BATCH])
            ids, sizes = padded(rows, self.engine._pad)
            known = torch.arange(ids.shape[1]) < torch.from_numpy(sizes)[:, None]
            with torch.no_grad():
                hidden = self.model(
                    input_ids=torch.from_numpy(ids), attention_mask=known.long()
                ).last_hidden_state
            mean = (hidden * known[:, :, None]).sum(1) / known.sum(1, keepdim=True)
            parts.append(mean.numpy())
        pooled = np.concatenate(parts)
        tensors = self.engine._tensors
        return {
            head.name: pooled @ tensors[f"{HEADS}{head.name}.weight"].T + tensors[f"{HEADS}{head.name}.bias"]
            for head in self.engine.heads
        }


def clock(calls: dict[str, Callable[[], Any]], rows: int, repeats: int) -> dict[str, dict[str, float]]:
    """Time each call in turn, `repeats` times after one that does not count; return texts a second."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for repeat in range(repeats + 1):
        for name, call in calls.items():
            began = time.perf_counter(), time.process_time()
            call()
            if repeat:
                seconds[name].append((time.perf_counter() - began[0], time.process_time() - began[1]))
    out = {}
    for name, found in seconds.items():
        wall, own = np.median(found, axis=0)
        out[name] = {
            "per_second": round(rows / float(wall), 2),
            "per_processor_second": round(rows / float(own), 2),
        }
    return out


def single(engine: TransformerEngine, texts: Sequence[str]) -> dict[str, float]:
    """Return the milliseconds of one text at a time."""
    found = []
    for text in texts:
        began = time.perf_counter()
        engine.logits([text])
        found.append(1e3 * (time.perf_counter() - began))
    return {
        "median_ms": round(float(np.median(found)), 2),
        "p95_ms": round(float(np.quantile(found, 0.95)), 2),
    }


def accuracy(calls: dict[str, Callable[[Sequence[str]], dict[str, Floats]]]) -> dict[str, dict[str, float]]:
    """Return the accuracy of each on gold dev."""
    from training import data
    from training.publish import accuracies

    gold = data.gold("dev")
    targets = data.gold_targets(gold.rows)
    return {name: accuracies(call(gold.texts), targets) for name, call in calls.items()}


def run(rows: int = 256, repeats: int = 3, dev: bool = True) -> dict[str, Any]:
    """Measure and write results/speed_transformer.json."""
    busy, torch = load(), torch_of()
    texts = normalise_many([text[: max(len(text) - SHORTER, 40)] for text in make(rows)])
    began = time.perf_counter()
    engine = TransformerEngine.load(find("transformer"))
    loading = time.perf_counter() - began
    eager = Eager(engine)
    timed = clock(
        {"eager": lambda: eager.logits(texts), "engine": lambda: engine.logits(texts)}, rows, repeats
    )
    answers = eager.logits(texts), engine.logits(texts)
    result: dict[str, Any] = {
        **machine.context(("gold.csv",) if dev else ()),
        "command": f"python -m benchmarks.speed_transformer --texts {rows} --repeats {repeats}",
        "load_before": busy,
        "processor": processor(),
        "path": engine.path,
        "threads": int(torch.get_num_threads()),
        "texts": {"rows": rows, "mean_characters": round(float(np.mean([len(t) for t in texts])), 1)},
        "load_seconds": round(loading, 2),
        "usual_way": timed["eager"],
        "engine": timed["engine"],
        "times_as_fast": round(timed["engine"]["per_second"] / timed["eager"]["per_second"], 2),
        "times_as_fast_by_processor_time": round(
            timed["engine"]["per_processor_second"] / timed["eager"]["per_processor_second"], 2
        ),
        "same_answers": {
            name: round(float((answers[0][name].argmax(1) == answers[1][name].argmax(1)).mean()), 4)
            for name in ("type", "topic", "unit")
        },
        "one_text": single(engine, texts[:50]),
        "model": engine.name,
        "weights_sha256": engine.manifest["weights"]["sha256"],
    }
    if dev:
        result["gold_dev"] = accuracy({"usual_way": eager.logits, "engine": engine.logits})
    result["load_after"] = load()
    machine.write("speed_transformer", result)
    return result


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-dev", action="store_true", help="leave the accuracy on gold dev out")
    options = parser.parse_args(argv)
    if options.texts < 1 or options.repeats < 1:
        parser.error("--texts and --repeats are from 1 on")
    found = run(options.texts, options.repeats, not options.no_dev)
    for name in ("path", "threads", "usual_way", "engine", "times_as_fast", "same_answers"):
        print(f"{name:16} {found[name]}")


if __name__ == "__main__":
    main()
