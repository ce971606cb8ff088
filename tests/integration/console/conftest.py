"""A real service of two workers and a real browser on the dispatcher's page."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from console_desk import ROOT, Desk, Service, until

BROWSERS = [os.environ.get("HOTLINE_NLP_BROWSER", ""), "/usr/bin/chromium", "/usr/bin/google-chrome"]
BROWSER = next((path for path in BROWSERS if path and Path(path).exists()), None)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("service")
    made = Service("", "", data, httpx.Client())
    made.key = made.make_key("话务一组")
    command = [
        sys.executable,
        "-m",
        "hotline_nlp",
        "serve",
        "--port",
        "0",
        "--workers",
        "2",
        "--data",
        str(data),
    ]
    settings = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=settings) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        made.address = re.findall(r"http://\S+", said)[0]
        made.client = httpx.Client(
            base_url=made.address,
            headers={"Authorization": f"Bearer {made.key}"},
            timeout=30,
            trust_env=False,
        )
        until(lambda: made.ask("GET", "/readyz").status_code == 200, 60)
        yield made
        made.client.close()
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        process.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no Chromium found: install it (apt-get install chromium) or set HOTLINE_NLP_BROWSER")
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with sync_api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=BROWSER, args=FLAGS.split())
        yield opened
        opened.close()


@pytest.fixture
def desk(browser: Any, service: Service) -> Iterator[Desk]:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    made = Desk(page, service)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    page.on("console", lambda line: made.complaints.append(line.text) if line.type == "error" else None)
    page.on("filechooser", lambda _: None)  # from the start, or the first one may be missed
    page.goto(service.address)
    yield made
    context.close()
    # A refused key is a 401, which the browser notes on its console.
    assert [line for line in made.complaints if "401" not in line] == []
