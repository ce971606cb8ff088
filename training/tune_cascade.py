"""Choose on gold dev from which doubt on the cascade asks the transformer, and calibrate what comes out.

python -m training.tune_cascade      after either packaged model changed; rewrites the transformer's manifest

The ensemble, where every text goes to both engines, is calibrated likewise.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from hotline_nlp.artefact import MANIFEST
from hotline_nlp.calibrate import best_thresholds
from hotline_nlp.decide import choose_policy
from hotline_nlp.engines.base import Engine, Head
from hotline_nlp.engines.cascade import CascadeEngine, doubt
from hotline_nlp.engines.linear import LinearEngine
from hotline_nlp.engines.load import find
from hotline_nlp.engines.transformer import TransformerEngine
from hotline_nlp.files import write_whole

from .data import Gold, gold, gold_targets
from .distil import level
from .known import Known
from .measure import measure

SHARE = 0.28
"""The share of gold dev that is sent on: the cascade then takes a third of the transformer's time."""
PARTS = {"type": 0.5}
"""What a head's entropy counts in the doubt: the transformer answers types hardly better."""
WEIGHT = 0.6
"""The transformer's part in the mean of both engines' probabilities."""
ERROR_RATE, DELTA = 0.1, 0.05


def tune(linear: LinearEngine, transformer: Engine, dev: Gold) -> dict[str, dict[str, Any]]:
    """Return threshold, heads, decision and figures of the cascade of two engines and of their ensemble."""
    return {
        "cascade": joined(linear, transformer, dev, SHARE),
        "ensemble": joined(linear, transformer, dev, 1.0),
    }


def joined(linear: LinearEngine, transformer: Engine, dev: Gold, share: float) -> dict[str, Any]:
    """Return the same of one of them, `share` being the part of gold dev that both engines read."""
    targets = gold_targets(dev.rows)
    logits = linear.logits(dev.texts)
    p = {head.name: head.probabilities(logits[head.name]) for head in linear.heads}
    unsure = np.sort(doubt(linear.heads, p, PARTS))
    threshold = -1.0 if share == 1 else float(unsure[len(unsure) - 1 - int(share * len(unsure))])
    plain = [Head(h.name, h.kind, h.labels, 1.0, (0.5,) * len(h.thresholds)) for h in linear.heads]
    policy = choose_policy(np.ones(1), np.ones(1, bool), head="unit", error_rate=ERROR_RATE, delta=DELTA)
    tuned: dict[str, Any] = {
        "linear": linear.manifest["weights"]["sha256"],
        "share": share,
        "parts": PARTS,
        "threshold": round(threshold, 6),
        "weight": WEIGHT,
        "temperatures": {},
        "heads": [head.to_dict() for head in plain],
        "decision": policy.to_dict(),
    }
    known = Known(dev.texts, transformer.logits(dev.texts), transformer.heads, transformer.manifest)
    plainly = CascadeEngine(linear, known, tuned)
    rows, means = plainly.doubted(p), plainly.logits(dev.texts)
    tuned["temperatures"] = {
        head.name: round(level(head, means[head.name][rows], targets[head.name][rows].argmax(axis=1)), 4)
        for head in plain
        if head.kind == "softmax"
    }
    found = CascadeEngine(linear, known, tuned).logits(dev.texts)
    heads = []
    for head in plain:
        p_head = head.probabilities(found[head.name])
        limits = best_thresholds(p_head, targets[head.name]) if head.kind == "sigmoid" else ()
        heads.append(Head(head.name, head.kind, head.labels, 1.0, limits))
        if head.name == "unit":
            right = p_head.argmax(axis=1) == targets["unit"].argmax(axis=1)
            policy = choose_policy(p_head.max(axis=1), right, head="unit", error_rate=ERROR_RATE, delta=DELTA)
    tuned |= {"heads": [head.to_dict() for head in heads], "decision": policy.to_dict()}
    final = CascadeEngine(linear, known, tuned)
    return tuned | {"metrics": {"gold_dev": measure(final, dev)}}


def main(argv: list[str] | None = None) -> None:
    """Tune the packaged cascade and write it into the transformer's manifest and card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--transformer", type=Path, help="a folder of transformer weights")
    options = parser.parse_args(argv)
    from .transformer_card import render

    folder = options.transformer or find("transformer")
    engine = TransformerEngine.load(folder)
    tuned = tune(LinearEngine.load(find("linear")), engine, gold("dev"))
    engine.manifest.update(tuned)
    text = json.dumps(engine.manifest, ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / MANIFEST, lambda stream: stream.write(text.encode()))
    (folder / "README.md").write_text(render(engine.manifest), "utf-8")
    for name, found in tuned.items():
        print(f"tuned {name}: {found['metrics']}")


if __name__ == "__main__":
    main()
