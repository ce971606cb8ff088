"""The tables of the service and of its console, from results/service.json and results/console.json."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from .tables_markdown import markdown


def service(result: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return rates and latencies of single requests, and the rates of streams."""
    rows = []
    for name, title in words["service_phases"].items():
        if name not in result:
            continue
        f = result[name]
        answered = f["milliseconds"].get("200", {})
        refused = sum(n for status, n in f["statuses"].items() if status in ("429", "503"))
        cells = [f"{f['per_second']:,.0f}", *(f"{answered[p]:.1f}" for p in ("p50", "p99"))]
        rows.append([title, *cells, f"{refused:,}", f"{f['errors'] - refused:,}"])
    notes = [_stream(result, words), words["service_note"].format(**_facts(result))]
    return "\n\n".join([markdown(words["service"], rows), " ".join(notes)])


def _stream(result: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return a sentence on the streams: each repeat's rate, and their median."""
    said = []
    for at_once in (1, 2):
        rates = [f["per_second"] for name, f in result.items() if name.startswith(f"streams_{at_once}_")]
        if rates:
            listed = ", ".join(f"{rate:,}" for rate in rates)
            said.append(words["streams"][at_once].format(median=f"{median(rates):,.0f}", rates=listed))
    return " ".join(said)


def _facts(result: Mapping[str, Any]) -> dict[str, Any]:
    machine = result["machine"]
    return {"workers": result["workers"], "cpu": machine["cpu"], "cores": machine["cores"]}


def console(result: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return a sentence on the time from the last key to the frame that shows its answer."""
    ms = result["milliseconds"]
    said: str = words["console"].format(
        keys=result["keys"],
        p50=ms["p50"],
        p99=ms["p99"],
        most=ms["p100"],
        within=f"{result['within_150_ms']:.1%}",
        cpu=result["machine"]["cpu"],
        cores=result["machine"]["cores"],
    )
    return said
