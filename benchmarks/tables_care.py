"""The tables of audit and of adapt, from results/care.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .tables_markdown import markdown

PLAIN = "0.0"
"""Confident learning alone: no least probability of a suggestion."""


def care_audit(result: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return what the audit lists of each kind of table, and what it would without its thresholds."""
    sure = f"{result['thresholds']['sure']:.1f}"
    groups: dict[tuple[int, str, str], list[Any]] = {}
    for each in result["tables"]:
        groups.setdefault((each["rows"], each["head"], each["drawn"]), []).append(each)
    rows = []
    for (size, head, drawn), found in groups.items():
        agreed = [each["agreement"] for each in found]
        cells = [f"{size:,}", f"{min(agreed):.0%}–{max(agreed):.0%}", str(sum(e["wrong"] for e in found))]
        for lists in (
            [each["audit"] for each in found],
            [each["lists"][sure] for each in found],
            [each["lists"][PLAIN] for each in found],
        ):
            cells += _shown(pooled(lists, found))
        rows.append([f"{head}, {words['care_drawn'][drawn]}", *cells])
    return "\n\n".join([markdown(words["care_audit"], rows), words["care_note"].format(**facts(result))])


def care_sure(result: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return what each least probability lists, apart for judges that agree with enough labels or too few."""
    agreed = result["thresholds"]["agreed"]
    parts = [
        [each for each in result["tables"] if (each["agreement"] >= agreed) is enough]
        for enough in (True, False)
    ]
    rows = [
        [sure, *(cell for part in parts for cell in _shown(pooled([e["lists"][sure] for e in part], part)))]
        for sure in result["tables"][0]["lists"]
    ]
    return markdown(words["care_sure"], rows)


def care_months(result: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return how far estimates stand above the answers, which are refused, and what they do to accuracy."""
    rows = [
        [
            f"{f['head']}, {words['care_months_drawn'][f['drawn']]}",
            f"{f['rows']:,}",
            *[f"{f['times'][k]:.1f}" for k in ("min", "mean", "max")],
            f"{f['points']['max']:.3f}",
            f"{f['refused']['mean']:.0%}",
            *[f"{f[k]['mean']:.3f}" for k in ("before", "adapted")],
            f"{f['worse']['mean']:.0%}",
        ]
        for f in result["adapt"]["figures"]
    ]
    return markdown(words["care_months"], rows)


def pooled(lists: Iterable[Mapping[str, int]], tables: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return how many labels the lists of some tables hold, how many of these are wrong, and of all wrong."""
    lists, tables = list(lists), list(tables)
    listed, wrong = (sum(each[key] for each in lists) for key in ("listed", "wrong"))
    return {"listed": listed, "wrong": wrong, "all": sum(each["wrong"] for each in tables)}


def _shown(found: Mapping[str, float]) -> list[str]:
    """Return a list's length, precision and recall, dashes where nothing is listed."""
    if not found["listed"]:
        return ["0", "–", "–"]
    precision, recall = found["wrong"] / found["listed"], found["wrong"] / found["all"]
    return [f"{found['listed']:,}", f"{precision:.2f}", f"{recall:.2f}"]


def facts(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the note below the audit's table says."""
    return {
        "seeds": result["seeds"],
        "wrong": f"{result['wrong_share']:.0%}",
        **{name: f"{value:.0%}" for name, value in result["thresholds"].items()},
    }
