"""Render a model card from a manifest, so that no figure in it is typed."""

from __future__ import annotations

from typing import Any

DEV = "gold dev itself"
"""What a manifest says it is calibrated on where no rows were held out."""
INTRO = """# {name} {version}

Reads a Chinese citizen request made to a 12345 government hotline: its type, topic, responsible unit
function, urgency and flags. Character {order}-grams and words, {buckets:,} of them known by a hash of 32
bits, one int8 row of scores each; the n-grams themselves are not stored, so no text can be read out of it.

- **Use it for** sorting and pre-dispatching requests, with a person behind every `review`.
- **Not for** deciding about a person, or emergencies: `urgent` is a hint, not an alarm.
- **Trained on** {gold:,} labelled requests{more},
  of Haikou, Hunan, Hangzhou, Beijing and Fuzhou{own}.
  Labels are a language model's, given by reading each text against a written guideline (two readings of the
  gold rows agree on 93% of types, 92% of topics, 90% of units; a third decided where they differ).
  Temperatures are those of gold dev, their slopes those of train rows left out. Expect other cities'
  habits until it is retrained on local orders.
- **Limits**: rare units and topics have few examples; long letters are read to their first {length}
  characters; the shares of types differ from city to city.
"""


def render(manifest: dict[str, Any]) -> str:
    """Return the card's Markdown."""
    features, rows = manifest["features"], manifest["rows"]
    more = f", {rows['labelled']:,} more" if rows["labelled"] else ""
    soft = rows["pool"] - rows["labelled"]
    more += f" and {soft:,} that larger models labelled softly" if soft else ""
    own = rows.get("written", 0)
    added = f", and {own:,} that a language model wrote for rare and near labels" if own else ""
    text = INTRO.format(
        name=manifest["name"],
        version=manifest["version"],
        order=f"1-{features['order']}",
        buckets=rows["known"],
        gold=rows["gold"],
        more=more,
        own=added,
        length=features["length"],
    )
    return text + figures(manifest["metrics"]["gold_dev"]) + decision(manifest)


def figures(metrics: dict[str, Any]) -> str:
    """Return the table of a model's figures on gold dev."""
    lines = [
        "\n## On gold dev (600 requests, not trained on)\n",
        "| head | accuracy | macro-F1 | top-3 | accuracy at 87.9% coverage | ECE |",
        "|---|---|---|---|---|---|",
    ]
    for head in ("type", "topic", "unit"):
        m = metrics[head]
        cells = (m["accuracy"], m["macro_f1"], m["top3"], m["accuracy_at_87.9"], m["ece"])
        lines.append(f"| {head} | " + " | ".join(f"{value:.3f}" for value in cells) + " |")
    binary = {**metrics["flags"], "urgent": metrics["urgent"]["urgent"]}
    lines.append("\nF1 of the yes/no heads: " + ", ".join(f"{k} {v:.3f}" for k, v in binary.items()) + ".")
    return "\n".join(lines) + "\n"


def decision(manifest: dict[str, Any]) -> str:
    """Return what `auto` rests on."""
    policy, auto = manifest["decision"], manifest["metrics"]["gold_dev"]["auto"]
    on_dev = manifest.get("calibrated_on") == DEV
    rows = "answers of gold dev" if on_dev else "held-out answers"
    same = ", the rows that it was chosen on: expect more elsewhere" if on_dev else ""
    return (
        "\n## The decision\n\n"
        f"`auto` where {policy['head']} probability is at least {policy['threshold']:.2f}: chosen on "
        f"{policy['samples']:,} {rows} so that at most {policy['error_rate']:.0%} are wrong "
        f"(confidence {1 - policy['delta']:.0%}). On gold dev it acts on {auto['coverage']:.1%} of requests "
        f"and is wrong on {auto['error_rate']:.1%} of those{same}.\n"
    )
