"""What `serve`, `key` and `feedback` say at the command line where they can't go on."""

import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine
from typer.testing import CliRunner

from hotline_nlp.cli import bundle, feedback, key, serve  # noqa: F401  (they register their commands)
from hotline_nlp.cli.app import app
from hotline_nlp.errors import ServiceError
from hotline_nlp.service import database
from hotline_nlp.service.server import check
from hotline_nlp.service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def refused(arguments: Sequence[str]) -> str:
    """Run a command that must end with one sentence; return that."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 2, done.exception
    assert done.output.startswith("error: ")
    assert done.output.count("\n") == 1
    return done.output


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_is_none_is_one_sentence(port: str, tmp_path: Path) -> None:
    assert f"port is {port}: give" in refused(["serve", "--port", port, "--no-auth", "--data", str(tmp_path)])


@pytest.mark.parametrize(
    "arguments",
    [
        ["key", "create", "平台"],
        ["key", "list"],
        ["key", "revoke", "hl_12345678"],
        ["feedback", "export", "OUT"],
    ],
)
def test_a_fault_of_the_store_is_one_sentence(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = database.open_database

    def spoiled(folder: Path) -> Engine:
        engine = inner(folder)
        with sqlite3.connect(folder / database.FILE) as other:
            for name in ("keys", "feedback"):
                other.execute(f"DROP TABLE {name}")
        other.close()
        return engine

    monkeypatch.setattr(database, "open_database", spoiled)
    out = str(tmp_path / "out.csv")
    said = refused(
        [*(out if word == "OUT" else word for word in arguments), "--data", str(tmp_path / "data")]
    )
    assert "hotline.sqlite can't be used (no such table" in said
    assert not Path(out).exists()


def made(folder: Path, name: str, *more: str) -> tuple[Path, Path]:
    """Make a certificate of its own signature and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    cert, key_ = folder / f"{name}.crt", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "1", "-subj", "/CN=localhost"]
    done = subprocess.run(
        [*command, "-keyout", key_, "-out", cert, *(more or ("-nodes",))], capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return cert, key_


def test_a_certificate_is_tried_before_the_start(tmp_path: Path) -> None:
    def tls(cert: Path, key_: Path) -> None:
        check(Settings(data=tmp_path / "data", auth=False, tls_cert=cert, tls_key=key_))

    junk = tmp_path / "junk.pem"
    junk.write_text("-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n")
    with pytest.raises(ServiceError, match="is no file"):
        tls(junk, tmp_path / "nowhere.pem")
    wrong = "are no certificate with its key: give --tls-cert"
    with pytest.raises(ServiceError, match=wrong):
        tls(junk, junk)
    cert, key_ = made(tmp_path, "one")
    tls(cert, key_)
    with pytest.raises(ServiceError, match=wrong):
        tls(cert, made(tmp_path, "other")[1])
    with pytest.raises(ServiceError, match="without a password"):
        tls(*made(tmp_path, "locked", "-passout", "pass:secret"))


def helped(command: str) -> str:
    """Return a command's help as one line."""
    done = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300", "TERM": "dumb"})
    return " ".join(done.output.replace("│", " ").split())


def test_the_help_names_the_variables_that_there_are() -> None:
    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    variables = {param.name: param.envvar for param in command.params if param.name != "help"}
    odd = {name: found for name, found in variables.items() if found != f"HOTLINE_NLP_{name.upper()}"}
    assert odd == {"auth": None, "allowed_host": None}
    assert Settings.from_env({"HOTLINE_NLP_HOSTS": "a.example, b.example"}).hosts == (
        "a.example",
        "b.example",
    )
    for page in (helped("serve"), " ".join((ROOT / "docs" / "service.md").read_text("utf-8").split())):
        assert "HOTLINE_NLP_HOSTS" in page
        assert "--no-auth` has none" in page or "--no-auth has none" in page


def test_the_help_names_the_models_that_a_command_takes() -> None:
    assert "a file of `adapt`" in helped("serve")
    assert "a file of `adapt`" not in helped("bundle")
    assert "`linear`, `transformer` or a model folder" in helped("bundle")
