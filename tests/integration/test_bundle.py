"""A bundle installs into a fresh environment that has no package index, and works there."""

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from hotline_nlp.bundle import Bundle, make_bundle
from hotline_nlp.bundle_text import install_page, requirement_lines
from hotline_nlp.errors import InputError, ModelCorrupt, ModelNotFound, PackError

ROOT = Path(__file__).resolve().parents[2]
REQUEST = "昭山路的路灯坏了三天，晚上黑漆漆的，请尽快维修"


def offline() -> dict[str, str]:
    """Return this process's settings without any that name an index or other libraries."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHONPATH", "VIRTUAL_ENV"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Make a bundle by the command, without the large compiler that `fast` brings."""
    folder = tmp_path_factory.mktemp("bundle") / "hotline"
    command = [sys.executable, "-m", "hotline_nlp", "bundle", str(folder), "--extra", "service", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["folder"] == str(folder)
    return Bundle(folder, tuple(said["wheels"]), said["bytes"])


@pytest.fixture(scope="module")
def fresh(made: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow INSTALL.txt in an environment of its own; return its folder of programs."""
    folder = tmp_path_factory.mktemp("fresh") / "env"
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    command = next(line for line in install_page(("service",)).splitlines() if "pip install" in line)
    arguments = command.split("pip ", 1)[1].split()
    pip = [str(programs / "python"), "-m", "pip", *arguments, "--quiet", "--no-compile"]
    done = subprocess.run(pip, capture_output=True, text=True, cwd=made.folder, env=offline())
    assert done.returncode == 0, done.stderr
    return programs


def test_it_installs_without_an_index_and_reads_a_request(made: Bundle, fresh: Path) -> None:
    command = [
        str(fresh / "hotline-nlp"),
        "classify",
        "--json",
        "--model",
        "model",
        "--city",
        "pack",
        REQUEST,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=made.folder, env=offline())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["dispatch"]["lead"]


def test_the_service_of_the_bundle_has_its_page(made: Bundle, fresh: Path, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from hotline_nlp.service.app import create_app, static;"
        "from hotline_nlp.service.settings import Settings;"
        "app = create_app(Settings(data=Path('data'), model='model', city='pack'));"
        "print(sorted(path.name for path in (static() / 'console').iterdir()), "
        "any(getattr(route, 'path', '') == '/' for route in app.routes))"
    )
    for name in ("model", "pack"):
        (tmp_path / name).symlink_to(made.folder / name)
    command = [str(fresh / "python"), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=offline())
    assert done.returncode == 0, done.stderr
    source = ROOT / "hotline_nlp" / "service" / "static" / "console"
    assert done.stdout.strip() == f"{sorted(path.name for path in source.iterdir())} True"


def test_an_installed_copy_knows_that_its_wheel_is_gone(made: Bundle, fresh: Path, tmp_path: Path) -> None:
    moved = made.folder / "wheels"
    hidden = moved.rename(made.folder / "hidden")
    try:
        command = [str(fresh / "hotline-nlp"), "bundle", str(tmp_path / "again")]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=offline())
    finally:
        hidden.rename(moved)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_every_file_has_its_hash(made: Bundle) -> None:
    lines = (made.folder / "SHA256SUMS").read_text("utf-8").splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines)
    present = {
        path.relative_to(made.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in made.folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert listed == present
    assert {"model/weights.safetensors", "pack/pack.json", "INSTALL.txt", "requirements.txt"} <= set(listed)
    assert {f"wheels/{name}" for name in made.wheels} <= set(listed)
    assert made.size == sum(path.stat().st_size for path in made.folder.rglob("*") if path.is_file())


def test_a_changed_wheel_is_refused(made: Bundle, fresh: Path, tmp_path: Path) -> None:
    (name,) = (name for name in made.wheels if name.startswith("mdurl-"))
    (tmp_path / name).write_bytes((made.folder / "wheels" / name).read_bytes() + b"\0")
    lines = (made.folder / "requirements.txt").read_text("utf-8").splitlines()
    (tmp_path / "one.txt").write_text(next(line for line in lines if line.startswith("mdurl==")), "utf-8")
    pip = [str(fresh / "python"), "-m", "pip", "install", "--force-reinstall", "--no-deps", "--dry-run"]
    pip += ["--find-links", str(tmp_path), "--require-hashes", "-r", str(tmp_path / "one.txt")]
    done = subprocess.run(pip, capture_output=True, text=True, env=offline())
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_what_cannot_be_bundled_is_said_before_anything_is_made(tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / "manifest.json").write_text("{}", "utf-8")
    out = tmp_path / "out"
    with pytest.raises(ModelNotFound):
        make_bundle(out, model="no-such-model")
    with pytest.raises(ModelCorrupt):
        make_bundle(out, model=torn)
    with pytest.raises(PackError):
        make_bundle(out, city=torn)
    with pytest.raises(InputError, match="exists already"):
        make_bundle(torn)
    with pytest.raises(InputError, match="inside one that exists"):
        make_bundle(tmp_path / "no" / "out")
    with pytest.raises(InputError, match="no wheel and no source folder"):
        make_bundle(out, source=torn)
    assert [path.name for path in tmp_path.iterdir()] == ["torn"]


def test_an_unknown_extra_and_a_silent_index_are_one_sentence_each(
    made: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = made.folder / "wheels" / next(name for name in made.wheels if name.startswith("hotline_nlp-"))
    with pytest.raises(InputError, match=r"has no extra nonsense: use some of .*service"):
        make_bundle(tmp_path / "out", extras=("nonsense",), source=own)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(InputError, match=r"pip download failed .*PIP_FIND_LINKS"):
        make_bundle(tmp_path / "out", extras=(), source=own)
    assert not list(tmp_path.iterdir())


def test_requirements_name_the_extras_and_the_hashes() -> None:
    wheels = {"hotline_nlp-0.1.0-py3-none-any.whl": "aa", "numpy-2.0.0-cp311-cp311-x.whl": "bb"}
    assert requirement_lines(wheels, ("fast", "service")) == [
        "hotline_nlp[fast,service]==0.1.0 --hash=sha256:aa",
        "numpy==2.0.0 --hash=sha256:bb",
    ]


def test_the_page_has_the_steps_of_the_docs_and_a_start_that_has_a_key() -> None:
    docs = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    steps = next(part for part in docs.split("```") if "sha256sum -c" in part).splitlines()[1:]
    for extras in (("service",), ("fast",)):
        for page in install_page(extras).split("Offline install"):
            commands = [line.strip() for line in page.splitlines() if line.startswith("   ")]
            assert commands[: len(steps)] == steps
            rest = [command.split("hotline-nlp ")[1].split()[:2] for command in commands[len(steps) :]]
            assert rest == ([["key", "create"], ["serve", "--model"]] if "service" in extras else [])
