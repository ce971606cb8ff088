"""The programs of docs/clients.md, as they stand there, against a running service."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_process import ROOT, make_key, served

from hotline_nlp import classify

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.M | re.S)
CURL = [code for language, code in BLOCKS if language == "bash"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    data = tmp_path_factory.mktemp("clients")
    key = make_key(data)
    with served(data, "--workers", "1") as live:
        yield data, {**os.environ, "HOTLINE_NLP_URL": live.url, "HOTLINE_NLP_KEY": key, "no_proxy": "*"}


def run(command: list[str], place: tuple[Path, dict[str, str]], **changed: str) -> str:
    folder, environment = place
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**environment, **changed},
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def block(language: str) -> str:
    (code,) = [code for found, code in BLOCKS if found == language]
    return code


def test_the_page_has_every_client() -> None:
    assert sorted({language for language, _ in BLOCKS}) == ["bash", "csharp", "java", "python"]
    assert len(CURL) == 3
    for language in ("java", "csharp", "python"):
        assert len(block(language).splitlines()) <= 20


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(place: tuple[Path, dict[str, str]]) -> None:
    shell = ["bash", "-c"]
    one = json.loads(run([*shell, CURL[0]], place))
    assert (
        one["unit"]["label"]
        == classify("易俗河镇金桂路的路灯坏了好几天，晚上黑漆漆的，麻烦派人来修一下").unit.label
    )
    lines = [json.dumps({"text": f"第{n}盏路灯坏了", "id": n}) for n in range(700)]
    (place[0] / "requests.jsonl").write_text("\n".join(lines), "utf-8")
    answers = [json.loads(line) for line in run([*shell, CURL[1]], place).splitlines()]
    assert [answer["id"] for answer in answers] == list(range(700))
    stored = json.loads(run([*shell, CURL[2]], place))
    assert stored["id"] == 1
    with pytest.raises(AssertionError, match="a valid API key is needed"):
        run([*shell, CURL[0]], place, HOTLINE_NLP_KEY="wrong")


def test_python(place: tuple[Path, dict[str, str]]) -> None:
    printed = run([sys.executable, "-c", block("python")], place, PYTHONIOENCODING="utf-8").splitlines()
    expected = classify("公交32路司机到站不停，老人追着车跑，投诉")
    assert printed[0].split() == [expected.type.label, expected.topic.label, expected.dispatch.lead]
    assert printed[1].split()[0] == expected.decision.action


@pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK is installed")
def test_java(place: tuple[Path, dict[str, str]]) -> None:
    (place[0] / "Classify.java").write_text(block("java"), "utf-8")
    printed = run(["java", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "Classify.java"], place)
    assert json.loads(printed)["schema"] == 1
