"""Wheel, sdist -> wheel and editable installs, each into a fresh environment, used from an empty folder."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "import json, sys; from hotline_nlp import classify; import hotline_nlp;"
    "r = classify('昭山路的路灯坏了三天，晚上黑漆漆的，请尽快维修');"
    "print(json.dumps([r.unit.label, r.dispatch.lead, hotline_nlp.__file__]))"
)
pytestmark = pytest.mark.install


def clean_env() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}


def call(*command: object, cwd: Path) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd, env=clean_env())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an sdist from a copy of the tracked tree, and a wheel from that sdist."""
    out, tree = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("tree")
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           capture_output=True, text=True, cwd=ROOT, check=True).stdout  # fmt: skip
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    call(sys.executable, "-m", "build", "--outdir", out, tree, cwd=out)
    call(sys.executable, "-m", "build", "--wheel", "--outdir", out / "direct", tree, cwd=out)
    return out


def environment(folder: Path) -> Path:
    """Make an environment that sees this one's libraries but not this checkout."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    purelib = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    mine = call(
        sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
    ).strip()
    # A plain path line adds the libraries; .pth files in that folder (the editable checkout) stay unread.
    (Path(purelib) / "libraries.pth").write_text(mine + "\n", "utf-8")
    return python


def check(python: Path, empty: Path, expected_home: str) -> None:
    unit, lead, home = json.loads(call(python, "-c", CODE, cwd=empty))
    assert unit
    assert lead
    assert expected_home in home.replace("\\", "/")


def test_wheels_hold_the_same_files(built: Path) -> None:
    (from_sdist,), (direct,) = built.glob("*.whl"), (built / "direct").glob("*.whl")
    listing = [sorted(zipfile.ZipFile(w).namelist()) for w in (from_sdist, direct)]
    assert listing[0] == listing[1]
    top = {name.split("/")[0] for name in listing[0]}
    assert top == {"hotline_nlp", *(t for t in top if t.endswith(".dist-info"))}
    assert "hotline_nlp/_models/linear/weights.safetensors" in listing[0]
    assert "hotline_nlp/_corpora/taxonomy/topics.csv" in listing[0]
    assert from_sdist.stat().st_size < 40e6


def test_wheel_from_sdist_installs_and_classifies(built: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    (wheel,) = built.glob("*.whl")
    call(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    check(python, empty, "/site-packages/hotline_nlp/")
    script = python.parent / ("hotline-nlp.exe" if os.name == "nt" else "hotline-nlp")
    assert "12345" in call(script, "--help", cwd=empty)


def test_direct_wheel_installs_and_classifies(built: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    (wheel,) = (built / "direct").glob("*.whl")
    call(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    check(python, empty, "/site-packages/hotline_nlp/")


def test_editable_install_classifies(tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    call(python, "-m", "pip", "install", "-q", "--no-deps", "-e", ROOT, cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    check(python, empty, "/hotline_nlp/__init__.py")
