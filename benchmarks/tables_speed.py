"""The table of speed and the picture of growth, from results/speed.json and results/scale.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotline_nlp._require import require

from .tables_markdown import markdown


def speed(result: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return texts a second beside the peers, then the latencies, the start, the memory and the roofline."""
    ours, peers = result["columns"], result["peers"]
    found = {
        **{f"columns_{name}": value for name, value in ours.items()},
        "columns_numpy": result["numpy"]["columns"],
        "results": result["results"],
        **{name: peers[name] for name in ("svc", "fasttext", "fasttext_one_head")},
    }
    rows = []
    for name, title in words["speed_rows"].items():
        if name in found:
            rate = found[name]
            rows.append([title, *[f"{rate[key]:,}" for key in ("per_second", "slowest", "fastest")]])
    return "\n\n".join([markdown(words["speed"], rows), words["speed_note"].format(**_facts(result))])


def _facts(result: Mapping[str, Any]) -> dict[str, Any]:
    single, start, roof, ratios = (result[name] for name in ("single", "start", "roofline", "ratios"))
    return {
        "characters": round(result["texts"]["mean_characters"]),
        "cpu": result["machine"]["cpu"],
        "cores": result["machine"]["cores"],
        "svc": ratios["svc_one_core"],
        "fasttext": ratios["fasttext_one_core"],
        "labels": single["probabilities"]["median_ms"],
        "classify": single["classify"]["median_ms"],
        "first": start["import_load_first_answer_seconds"],
        "peaks": {how: round(peak) for how, peak in start["peak_mib_after_20000_texts"].items()},
        "compile": result["compile_seconds"],
        "ngrams": round(roof["ngrams_per_text"]),
        "bytes": round(roof["bytes_gathered_per_text"] / 1000, 1),
        "additions": round(roof["int8_additions_per_text"] / 1000, 1),
        "bound": min(roof["bound_by_gathers_per_second"], roof["bound_by_bandwidth_per_second"]),
        "fraction": roof["fraction_of_bound"],
    }


_LINES = {
    "columns_labels": ("columns", "#0072b2", "o"),
    "columns_dispatch": ("columns with dispatch", "#009e73", "^"),
    "files": ("a Parquet file, with dispatch", "#d55e00", "s"),
}


def draw(result: Mapping[str, Any], folder: Path) -> Path:
    """Draw growth.png: seconds and peak memory by the number of texts; raise MissingExtra if need be."""
    require("matplotlib", "train")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.8), dpi=120, layout="constrained")
    seconds, peaks = figure.subplots(1, 2)
    for name, (title, colour, mark) in _LINES.items():
        steps = result.get(name, {}).get("steps", ())
        if steps:
            counts = [step["rows"] for step in steps]
            style = {"color": colour, "marker": mark, "label": title}
            seconds.plot(counts, [step["seconds"] for step in steps], **style)
            peaks.plot(counts, [step["peak_mib"] for step in steps], **style)
    seconds.set(xscale="log", yscale="log", xlabel="texts", ylabel="seconds", title="time")
    peaks.set(xscale="log", xlabel="texts", ylabel="MiB", title="peak memory of a process")
    peaks.set_ylim(bottom=0)
    for axes in (seconds, peaks):
        axes.grid(alpha=0.3)
    seconds.legend(frameon=False)
    path = folder / "growth.png"
    # Without a date and a version, the same figures give the same bytes.
    figure.savefig(path, metadata={"Software": None})
    return path
