"""The pages' code blocks run and print what the pages show."""

from pathlib import Path

import pytest

from benchmarks.snippets import Snippet, agrees, run, snippets

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "README.zh-CN.md")
FOUND = [(page, snippet) for page in PAGES for snippet in snippets((ROOT / page).read_text("utf-8"))]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "tickets.csv").write_bytes((ROOT / "corpora" / "samples" / "requests.csv").read_bytes())
    return folder


@pytest.mark.parametrize(("page", "snippet"), FOUND, ids=[f"{p}-{i}" for i, (p, _) in enumerate(FOUND)])
def test_a_block_prints_what_the_page_shows(page: str, snippet: Snippet, workplace: Path) -> None:
    printed = run(snippet, workplace)
    if snippet.shown is not None and snippet.shown.strip():
        assert agrees(snippet.shown, printed), f"{page} shows:\n{snippet.shown}\nprinted:\n{printed}"


def test_both_pages_show_the_same_commands() -> None:
    english, chinese = ([s.argv for p, s in FOUND if p == page] for page in PAGES)
    assert english == chinese
    assert len(english) >= 5


def test_agrees_can_fail() -> None:
    assert agrees("a\n...\nz\n", "a\nb\nc\nz  \n")
    assert not agrees("a\n...\nz\n", "a\nb\n")
    assert not agrees("a b\n", "a c\n")
