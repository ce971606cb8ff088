"""Render the transformer's model card from its manifest, so that no figure in it is typed."""

from __future__ import annotations

from typing import Any

from .card import decision, figures

INTRO = """# {name} {version}

Reads a Chinese citizen request made to a 12345 government hotline: its type, topic, responsible unit
function, urgency and flags. A multilingual-e5-small encoder (MIT) with a Chinese vocabulary of {words:,}
pieces, {layers} layers of {width}, mean pooling and one linear layer a head, fine-tuned on all heads at once.
Matrices are int8 with one step a row, the rest float32; {megabytes:.1f} MB with the tokenizer.

- **Use it for** overnight runs, and for the requests that the linear engine doubts
  (`Classifier.load("cascade")`), or beside that engine on all (`Classifier.load("ensemble")`).
- **Not for** deciding about a person, or emergencies: `urgent` is a hint, not an alarm.
- **Trained on** {gold:,} labelled requests{more},
  labelled by a language model against a written guideline (two readings of the gold rows agree on 93% of
  types, 92% of topics, 90% of units; a third decided where they differ). Expect other cities' habits.
- **Limits**: rare units and topics have few examples; a text is read to {tokens} tokens, some {characters}
  characters; probabilities may differ by about 0.01 between batches of different shapes.
- **Calibrated on** {calibrated}.
"""
_MORE = {
    "labelled": "{:,} of the pool",
    "haikou": "{:,} tickets with Haikou's own labels",
    "soft": "{:,} softly labelled requests",
    "written": "{:,} requests written to the guideline",
}


def render(manifest: dict[str, Any]) -> str:
    """Return the card's Markdown."""
    encoder, rows = manifest["encoder"], manifest["rows"]
    more = [text.format(rows[key]) for key, text in _MORE.items() if rows.get(key)]
    text = INTRO.format(
        name=manifest["name"],
        version=manifest["version"],
        words=encoder["config"]["vocab_size"],
        layers=encoder["config"]["num_hidden_layers"],
        width=encoder["config"]["hidden_size"],
        megabytes=manifest["size"] / 1e6,
        gold=rows["gold"],
        more="".join(f" and {part}" for part in more),
        tokens=encoder["text"]["max_tokens"],
        characters=int(round(encoder["text"]["max_tokens"] * 1.3, -1)),
        calibrated=manifest["calibrated_on"],
    )
    text += figures(manifest["metrics"]["gold_dev"]) + _steps(manifest["steps"]) + decision(manifest)
    return text + (_cascade(manifest["cascade"], manifest["ensemble"]) if "cascade" in manifest else "")


def _cascade(tuned: dict[str, Any], whole: dict[str, Any]) -> str:
    return (
        "\n## In the cascade and the ensemble\n\n"
        f"The linear engine reads every text; the {tuned['share']:.0%} of gold dev that it doubts most "
        f"(entropy of its answers above {tuned['threshold']:.2f} nats) get the mean of both engines' "
        f"probabilities, the transformer's counting {tuned['weight']:.0%}. Accuracy on gold dev: "
        f"{_accuracies(tuned)}. In the ensemble all texts get it: {_accuracies(whole)}.\n"
    )


def _accuracies(tuned: dict[str, Any]) -> str:
    found = tuned["metrics"]["gold_dev"]
    return ", ".join(f"{head} {found[head]['accuracy']:.3f}" for head in ("type", "topic", "unit"))


def _steps(steps: dict[str, Any]) -> str:
    lines = [
        "\n## What each step to the small model cost (accuracy on gold dev)\n",
        "| weights | MB | type | topic | unit |",
        "|---|---|---|---|---|",
    ]
    for name, row in steps.items():
        cells = " | ".join(f"{row[head]:.4f}" for head in ("type", "topic", "unit"))
        lines.append(f"| {name} | {row['megabytes']} | {cells} |")
    return "\n".join(lines) + "\n"
