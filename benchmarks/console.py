"""The dispatcher's page in a browser: milliseconds from the last key to the answer; needs playwright."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hotline_nlp.samples import load_samples

from . import machine
from .service import HOST, serving
from .speed_clock import load

TYPED = 3
"""Characters typed one by one at the end of each text; the page is asked after each."""
GAP = 140
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def run(browser: str = "/usr/bin/chromium", say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure and write results/console.json."""
    busy = load()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), 2) as (port, _):
        taken = _measure(f"http://{HOST}:{port}", browser)
    shares = {f"p{share}": round(float(np.percentile(taken, share)), 1) for share in (50, 90, 99, 100)}
    result = {
        **machine.context(()),
        "load_before": busy,
        "load_after": load(),
        "what": "milliseconds from the last key's input event to the frame that shows its answer, 10 of them "
        "the page's own pause; browser and service share the machine",
        "keys": len(taken),
        "milliseconds": shares,
        "within_150_ms": round(float(np.mean(np.array(taken) <= 150)), 4),
    }
    machine.write("console", result)
    say(f"{result['milliseconds']} milliseconds, {result['within_150_ms']:.1%} within 150")
    return result


def _measure(address: str, browser: str) -> list[float]:
    from playwright.sync_api import sync_playwright

    taken: list[float] = []
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=browser, args=FLAGS.split())
        page = opened.new_page(viewport={"width": 1366, "height": 768})
        page.goto(address)
        page.wait_for_selector("#model:not(:empty)")
        for text in [sample["text"] for sample in load_samples()]:
            page.fill("#text", text[:-TYPED])
            page.wait_for_timeout(GAP)
            for letter in text[-TYPED:]:
                page.keyboard.insert_text(letter)
                page.wait_for_timeout(GAP)
            page.wait_for_selector("#amend:enabled")
            page.wait_for_timeout(50)
            taken.append(float(page.get_attribute("#speed", "data-taken") or "nan"))
        opened.close()
    return taken
