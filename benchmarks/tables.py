"""Render the tables of the pages from results/*.json, between markers, so that no figure is typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import machine
from .tables_care import care_audit, care_months, care_sure
from .tables_markdown import markdown
from .tables_service import console, service
from .tables_speed import speed
from .text import LANGUAGES, Words

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "models/linear/README.md",
    "benchmarks/README.md",
    "docs/service.md",
    "docs/console.md",
    "docs/transformer.md",
)


def share(value: Any, digits: int = 3) -> str:
    """Return a figure with three digits, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def accuracy(result: dict[str, Any], words: Words) -> str:
    """Return the table of gold dev and that of Haikou's June."""
    gold, june = [], []
    for name, title in words["systems"].items():
        system = result["systems"].get(name)
        if system is None or "unavailable" in system:
            continue
        cells = [_mean(system, f"gold_{head}", figure) for head, figure in _GOLD]
        if "gold_type" in system:
            gold.append([title, *cells])
        if "haikou_raw_unit" in system:
            june.append([title, *[_mean(system, f"haikou_{kind}_unit", figure) for kind, figure in _JUNE]])
    note = words["note"].format(**_facts(result))
    return "\n\n".join([markdown(words["gold"], gold), markdown(words["june"], june), note])


_GOLD = (
    ("type", "accuracy"),
    ("type", "macro_f1"),
    ("topic", "accuracy"),
    ("topic", "macro_f1"),
    ("topic", "top3"),
    ("unit", "accuracy"),
    ("unit", "macro_f1"),
    ("unit", "top3"),
    ("unit", "accuracy_at_87.9"),
)
_JUNE = tuple((kind, figure) for kind in ("stripped", "raw") for figure in ("accuracy", "macro_f1", "top3"))


def _mean(system: dict[str, Any], task: str, figure: str) -> str:
    """Return a figure's mean over the seeds, with its spread where there is one."""
    if task not in system:
        return "–"
    found = system[task]["spread"][figure]
    return share(found["mean"]) + (f" ± {found['sd']:.3f}" if found["sd"] >= 0.0005 else "")


def _facts(result: dict[str, Any]) -> dict[str, Any]:
    tasks = result["tasks"]
    return {
        "seeds": max((s[t]["seeds"] for s in result["systems"].values() for t in tasks if t in s), default=1),
        "dev": tasks["gold_type"]["test_rows"],
        "train": f"{tasks['gold_type']['train_rows']:,}",
        "june": f"{tasks['haikou_raw_unit']['test_rows']:,}",
        "before": f"{tasks['haikou_raw_unit']['train_rows']:,}",
    }


def categories(result: dict[str, Any], words: Words) -> str:
    """Return the table against the rule engine, on the topics that its categories cover."""
    rows = []
    for name, title in words["systems"].items():
        found = result["systems"].get(name, {}).get("topic_nine")
        if found and "accuracy" in found:
            rows.append([title, str(found["rows"]), share(found["accuracy"]), share(found["macro_f1"])])
    return markdown(words["categories"], rows)


def cities(result: dict[str, Any], words: Words) -> str:
    """Return the leave-one-city-out table."""
    rows = []
    for city, found in result["cities"].items():
        for head in ("type", "topic", "unit"):
            f = found[head]
            cells = (f["unseen"]["accuracy"], f["unseen"]["macro_f1"], f["unseen"]["top3"])
            dev = (f["unseen_dev"]["accuracy"], f["seen_dev"]["accuracy"])
            rows.append(
                [
                    city,
                    head,
                    f"{found['rows']:,}",
                    *map(share, cells),
                    str(found["dev_rows"]),
                    *map(share, dev),
                ]
            )
    return markdown(words["cities"], rows)


def shift(result: dict[str, Any], words: Words) -> str:
    """Return what each correction for label shift gains."""
    rows = []
    packaged = {f"{head}, {words['packaged']}": f for head, f in result.get("packaged", {}).items()}
    for head, methods in {**result["heads"], **packaged}.items():
        for method, f in methods.items():
            gap = f.get("share_error", {}).get("mean")
            rows.append(
                [
                    head,
                    words["methods"][method],
                    f"{f['accuracy']['mean']:.3f} ± {f['accuracy']['sd']:.3f}",
                    share(f["log_loss"]["mean"]),
                    share(f["ece"]["mean"]),
                    share(gap),
                ]
            )
    return markdown(words["shift"], rows)


def calibration(result: dict[str, Any], words: Words) -> str:
    """Return the calibration error of each head and the accuracy at some coverages."""
    rows = []
    for head, f in result["heads"].items():
        curve = {round(c, 3): a for c, a in f["coverage"]}
        errors = [share(f.get(key)) for key in ("ece", "ece_cross_fitted", "ece_of_perfect_calibration")]
        rows.append([head, *errors, *[share(curve.get(c)) for c in (1.0, 0.9, 0.879, 0.8, 0.7, 0.5)]])
    return markdown(words["calibration"], rows)


def pair(result: dict[str, Any], words: Words) -> str:
    """Return the confusion of 求助 and 投诉."""
    found = result["pair"]
    rows = [[true, *[str(n) for n in counts.values()]] for true, counts in found["confusion"].items()]
    header: list[str] = [words["true"], *next(iter(found["confusion"].values()))]
    said: str = words["pair"].format(**{k: v for k, v in found.items() if k != "confusion"})
    return markdown(header, rows) + "\n\n" + said


def ablation(result: dict[str, Any], words: Words) -> str:
    """Return what each lever is worth: accuracy of each head, and the gain over the variant without it."""
    rows = []
    for name, found in result["variants"].items():
        if "against" in found:
            gain = found.get("gain")
            cells = [
                share(found[h]["accuracy"]) + (f" ({gain[h]['accuracy']:+.3f})" if gain else "")
                for h in ("type", "topic", "unit")
            ]
            rows.append([name, found["against"] or "–", *cells])
    return markdown(words["ablation"], rows)


def encoder(result: dict[str, Any], words: Words) -> str:
    """Return the trials of the encoder: mean accuracy of each head on held-out rows and on dev."""
    rows = []
    for name, runs in result["trials"].items():
        if not runs:
            continue
        cells = [
            _over([run[part][head]["accuracy"] for run in runs])
            for part in ("held_out", "dev")
            for head in ("type", "topic", "unit")
        ]
        rows.append([name, *cells, f"{sum(run['seconds'] for run in runs) / len(runs) / 60:.0f}"])
    return markdown(words["encoder"], rows)


def checkpoints(result: dict[str, Any], words: Words) -> str:
    """Return what each checkpoint of the encoder's training scores on gold dev."""
    rows = [
        [found["title"], *[share(found[head][figure]) for head, figure in _GOLD[:-1]]]
        for found in result["checkpoints"].values()
    ]
    return markdown(words["checkpoints"], rows)


def _over(values: list[float]) -> str:
    mean = sum(values) / len(values)
    if len(values) == 1:
        return share(mean)
    return f"{mean:.3f} ± {(sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5:.3f}"


def curve(result: dict[str, Any], words: Words) -> str:
    """Return the accuracy by the number of local tickets, one column a start."""
    found = {(point["rows"], point["start"]): point["figures"]["accuracy"] for point in result["curve"]}
    starts = [start for start in words["starts"] if any(s == start for _, s in found)]
    rows = [
        [f"{size:,}", *[_spread(found.get((size, start))) for start in starts]]
        for size in sorted({size for size, _ in found})
    ]
    return markdown((words["tickets"], *[words["starts"][start] for start in starts]), rows)


def _spread(figure: dict[str, float] | None) -> str:
    return "–" if figure is None else f"{figure['mean']:.3f} ± {figure['sd']:.3f}"


TABLES: dict[str, tuple[str, Callable[[dict[str, Any], Words], str]]] = {
    "accuracy": ("accuracy", accuracy),
    "categories": ("accuracy", categories),
    "cities": ("cities", cities),
    "shift": ("shift", shift),
    "care_audit": ("care", care_audit),
    "care_sure": ("care", care_sure),
    "care_months": ("care", care_months),
    "calibration": ("calibration", calibration),
    "pair": ("calibration", pair),
    "ablation": ("ablation", ablation),
    "encoder": ("encoder", encoder),
    "checkpoints": ("checkpoints", checkpoints),
    "curve": ("learning_curve", curve),
    "service": ("service", service),
    "console": ("console", console),
    "speed": ("speed", speed),
}


def fill(page: str, tables: dict[str, str]) -> str:
    """Return a page with each marked table replaced; a marker without a table stays as it is."""

    def put(match: re.Match[str]) -> str:
        table = tables.get(match["name"])
        return match[0] if table is None else f"{match['open']}\n{table}\n<!-- /table -->"

    return re.sub(
        r"(?P<open><!-- table:(?P<name>[\w-]+) -->)\n.*?<!-- /table -->", put, page, flags=re.DOTALL
    )


def rendered(language: str) -> dict[str, str]:
    """Return every table whose result was measured."""
    out = {}
    for name, (source, make) in TABLES.items():
        result = machine.read(source)
        if result is not None:
            out[name] = make(result, LANGUAGES[language])
    return out


def render_all(root: Path = ROOT, say: Callable[[str], None] = print) -> None:
    """Fill the tables of every page that is there, and draw the pictures where matplotlib is installed."""
    for name in PAGES:
        path = root / name
        if not path.is_file():
            continue
        old = path.read_text("utf-8")
        new = fill(old, rendered("zh" if "zh-CN" in name else "en"))
        if new != old:
            path.write_text(new, "utf-8", newline="\n")
        say(f"{name}: {'changed' if new != old else 'up to date'}")
    result = machine.read("calibration")
    if result is not None:
        from .figures import draw

        for path in draw(result, root / "benchmarks" / "results"):
            say(f"{path.relative_to(root)}: drawn")
    result = machine.read("scale")
    if result is not None:
        from .tables_speed import draw as draw_growth

        path = draw_growth(result, root / "benchmarks" / "results")
        say(f"{path.relative_to(root)}: drawn")
