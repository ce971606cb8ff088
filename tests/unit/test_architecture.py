"""The shape of the house: imports flow one way, start-up stays light, public names are held."""

import ast
import configparser
import json
import subprocess
import sys
from pathlib import Path

import pytest

import hotline_nlp

ROOT = Path(__file__).resolve().parents[2]
# A module may import from its own stage or a lower one.
STAGES = [
    {"errors", "_require", "files", "headings"},
    {"result", "taxonomy", "samples", "artefact", "workbook"},
    {"pack"},
    {"normalise", "calibrate", "hashing"},
    {"tokenise", "vocabulary"},
    {"features"},
    {"engines"},
    {"decide", "evidence"},
    {"route"},
    {"columns", "classifier"},
    {"batch"},
    {"learn"},
    {"insight"},
    {"report", "service", "bundle", "bundle_text", "bundle_wheels"},
    {"cli"},
    {"__main__"},
]
# Methods that hand over to a later stage at call time, so that users find it on the classifier.
DELEGATES = {("classifier", "batch"), ("classifier", "learn")}
RANK = {name: rank for rank, names in enumerate(STAGES) for name in names}


def modules() -> list[Path]:
    return sorted(p for p in (ROOT / "hotline_nlp").rglob("*.py"))


def stage_of(path: Path) -> str:
    first = path.relative_to(ROOT / "hotline_nlp").parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> set[str]:
    package = ["hotline_nlp", *path.relative_to(ROOT / "hotline_nlp").parts[:-1]]
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_flow_one_way(path: Path) -> None:
    here = stage_of(path)
    if here == "__init__":
        return
    assert here in RANK, f"{here} has no stage: add it to STAGES where the flow puts it"
    for name in imported(path):
        parts = name.split(".")
        assert parts[0] not in ("training", "benchmarks", "tests"), name
        to = parts[1] if parts[0] == "hotline_nlp" and len(parts) > 1 else here
        if to in RANK and (here, to) not in DELEGATES:
            assert RANK[to] <= RANK[here], f"{path.name} imports {name} against the flow"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


def test_import_is_light() -> None:
    heavy = ("torch", "sklearn", "scipy", "numba", "jieba", "pandas", "pyarrow", "rich", "typer", "numpy")
    loaded = json.loads(run("import hotline_nlp, sys, json; print(json.dumps(sorted(sys.modules)))"))
    assert not [name for name in heavy if name in loaded]
    assert hotline_nlp.__version__


def test_classifying_needs_no_training_library() -> None:
    code = (
        "import sys, json; from hotline_nlp import classify; classify('路灯不亮，晚上看不见路');"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(run(code))
    assert not [
        name for name in ("torch", "sklearn", "scipy", "jieba", "pandas", "pyarrow") if name in loaded
    ]


def test_public_names_are_held() -> None:
    assert list(hotline_nlp.__all__) == sorted(hotline_nlp.__all__)
    assert dir(hotline_nlp) == sorted(hotline_nlp.__all__)
    for name in hotline_nlp.__all__:
        assert getattr(hotline_nlp, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        hotline_nlp.nothing_of_the_kind  # noqa: B018


def test_error_tree_is_the_drawn_one() -> None:
    from hotline_nlp import errors

    drawn = {line.split("──")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "──" in line}
    real = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.HotlineError) and name != "HotlineError"
    }
    assert drawn == real


def test_package_map_lists_every_package_on_disk() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    listed = set(config["options"]["packages"].split())
    disk = {
        ".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "hotline_nlp").rglob("__init__.py")
    } | {"hotline_nlp._models", "hotline_nlp._corpora"}
    assert listed == disk


def test_package_data_reaches_every_data_file() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    data = config["options.package_data"]
    for package, folder in (("hotline_nlp._corpora", "corpora"),):
        globs = [g.strip() for g in data[package].split(",")]
        reached = {p for g in globs for p in (ROOT / folder).glob(g)}
        present = {
            p
            for p in (ROOT / folder).rglob("*")
            if p.is_file() and p.suffix != ".py" and "__pycache__" not in p.parts
        }
        assert present == reached, f"setup.cfg misses {sorted(map(str, present - reached))}"


def test_files_stay_small() -> None:
    lengths = {p: len(p.read_text("utf-8").splitlines()) for p in modules()}
    assert max(lengths.values()) <= 500, max(lengths, key=lambda p: lengths[p])
    assert sorted(lengths.values())[len(lengths) // 2] <= 120


def test_top_level_folders_are_the_agreed_ones() -> None:
    done = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    folders = {line.split("/")[0] for line in done.stdout.splitlines() if "/" in line}
    required = {"hotline_nlp", "models", "training", "corpora", "benchmarks", "tests"}
    assert required <= folders
    assert folders <= required | {"docs", ".ci", "requirements"}
