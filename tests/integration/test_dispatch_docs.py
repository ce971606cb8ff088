"""The blocks of docs/dispatch.md run and print what the page shows; its figures are the committed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import machine
from benchmarks.snippets import Snippet, agrees, run, snippets
from hotline_nlp.route import PROCEDURES
from hotline_nlp.taxonomy import read_rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "dispatch.md").read_text("utf-8")
FOUND = list(snippets(PAGE))


def test_the_page_has_blocks_to_run() -> None:
    assert len(FOUND) >= 2 and all(snippet.shown and snippet.shown.strip() for snippet in FOUND)


@pytest.mark.parametrize("snippet", FOUND, ids=range(len(FOUND)))
def test_a_block_prints_what_the_page_shows(snippet: Snippet, tmp_path: Path) -> None:
    printed = run(snippet, tmp_path)
    assert snippet.shown is not None
    assert agrees(snippet.shown, printed), printed


def test_the_page_tells_the_committed_figures() -> None:
    result = machine.read("returns")
    assert result is not None
    last = result["curve"][-1]
    for name in ("without", "with", "floor"):
        assert f"{100 * last[name]['mean']:.1f}% ± {100 * last[name]['sd']:.1f}" in PAGE
    cases = read_rows(ROOT / "tests" / "golden" / "dispatch_cases.csv")
    assert f"holds {len(cases)} requests" in PAGE
    assert all(f"`{name}`" in PAGE for name in PROCEDURES)


def test_links_lead_somewhere() -> None:
    import re

    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
