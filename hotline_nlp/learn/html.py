"""Write reports as one HTML file that needs nothing else: tables, and plots where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from . import plots
from .compare import Comparison
from .evaluate import EvalReport
from .measure import HeadReport
from .report import (
    CHANGED,
    CLASSES,
    LINE,
    MOVED,
    acted_sentence,
    changed_lines,
    class_lines,
    facts,
    head_line,
    moved_lines,
    unknown_sentence,
)

if TYPE_CHECKING:
    from .outcome import TrainResult

_STYLE = """
body { font: 15px/1.5 system-ui, "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: .6rem 0 }
th, td { border-bottom: 1px solid #ddd; padding: .2rem .7rem; text-align: left }
td { font-variant-numeric: tabular-nums }
svg { max-width: 100%; height: auto }
.plots { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0 }
.bar { background: linear-gradient(to right, #cfe3f7 var(--f1), transparent 0) }
"""  # noqa: E501


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return an HTML table, every cell escaped."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def _classes(head: HeadReport) -> str:
    """Return the table of labels, F1 drawn as a bar behind the label."""
    rows = "".join(
        f'<tr><td class="bar" style="--f1:{found.f1:.0%}">{escape(str(line[0]))}</td>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in line[1:])
        + "</tr>\n"
        for found, line in zip(head.classes, class_lines(head), strict=True)
    )
    names = "".join(f"<th>{name}</th>" for name in CLASSES)
    return f"<table><thead><tr>{names}</tr></thead><tbody>\n{rows}</tbody></table>"


def _plots(head: HeadReport) -> str:
    if not plots.available():
        bins = [(f"{b.confidence:.2f}", f"{b.accuracy:.2f}", f"{b.rows:,}") for b in head.reliability]
        cover = [(f"{share:.0%}", f"{right:.3f}") for share, right in head.coverage]
        return table(("mean confidence", "share right", "rows"), bins) + table(
            ("share answered", "share right"), cover
        )
    drawn = {"Calibration": plots.reliability(head), "Coverage": plots.coverage(head)}
    figures = "".join(f"<figure><figcaption>{k}</figcaption>{v}</figure>" for k, v in drawn.items())
    return f'<div class="plots">{figures}</div>'


def _head(head: HeadReport) -> list[str]:
    parts = [
        f"<h2>{escape(head.name)}</h2>",
        _paragraph(unknown_sentence(head)),
        _plots(head),
        _classes(head),
    ]
    if head.confused:
        parts += ["<h3>Most confused</h3>", table(("true", "answered", "rows"), head.confused)]
    return parts


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _body(report: EvalReport) -> list[str]:
    parts = [table(LINE, (head_line(head) for head in report.heads.values()))]
    parts.append(_paragraph(acted_sentence(report)))
    for head in report.heads.values():
        parts += _head(head)
    return parts


def _notes(notes: Sequence[str]) -> list[str]:
    items = "".join(f"<li>{escape(note)}</li>\n" for note in notes)
    return ["<h2>What could not be used</h2>", f"<ul>\n{items}</ul>"] if notes else []


def _comparison(comparison: Comparison) -> list[str]:
    parts = [f"<h2>Against {escape(comparison.previous)}</h2>"]
    if not comparison.changes:
        return [*parts, _paragraph(comparison.sentence())]
    parts += [_paragraph(comparison.note), table(CHANGED, changed_lines(comparison))]
    return [*parts, "<h3>Labels that moved most</h3>", table(MOVED, moved_lines(comparison))]


def page(title: str, parts: Iterable[str]) -> str:
    """Return a whole HTML page."""
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="zh">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def evaluation_html(report: EvalReport) -> str:
    """Return an evaluation as one HTML page."""
    return page(f"{report.model} on {report.rows:,} rows", [*_body(report), *_notes(report.notes)])


def training_html(result: TrainResult) -> str:
    """Return a training report as one HTML page."""
    title = f"{result.manifest['name'] or 'model'} {result.manifest['version']}"
    against = _comparison(result.comparison) if result.comparison else []
    told = [_paragraph(fact) for fact in facts(result)]
    return page(title, [*told, *_body(result.report), *against, *_notes(result.notes)])
