"""What a test of the page works with: the service, the page and its operator."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from hotline_nlp.service.database import open_database
from hotline_nlp.service.feedback import FeedbackStore
from hotline_nlp.service.keys import KeyStore

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[3]
LAMP = "易俗河镇金桂路的路灯坏了好几天，晚上黑漆漆的看不见路，孩子放学不安全，请派人来修一下"
NOISE = "岳塘区东坪街道的工地半夜还在打桩，吵得一栋楼的人睡不着，向社区反映过没有用"


@dataclass
class Service:
    address: str
    key: str
    data: Path
    client: httpx.Client

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.client.request(method, path, **options)

    def feedback(self) -> list[dict[str, object]]:
        database = open_database(self.data)
        try:
            return [item.to_dict() for item in FeedbackStore(database).all()]
        finally:
            database.dispose()

    def make_key(self, name: str) -> str:
        database = open_database(self.data)
        try:
            return KeyStore(database).create(name)
        finally:
            database.dispose()

    def revoke(self, key: str) -> None:
        database = open_database(self.data)
        try:
            KeyStore(database).revoke(key[:11])
        finally:
            database.dispose()


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, "it did not become true in time"
        time.sleep(0.05)


@dataclass
class Desk:
    """A page on a 1366x768 screen, and what the browser complained of."""

    page: Page
    service: Service
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, key: str | None = None) -> None:
        self.page.wait_for_selector("#sign[open]")
        self.page.keyboard.type(key or self.service.key)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#leave:visible")

    def read(self, text: str) -> None:
        """Type a request and wait for its answer."""
        before = self.page.locator("#speed").text_content()
        self.page.locator("#text").focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        self.until(
            "([text, before]) => document.querySelector('#text').value === text "
            "&& !document.querySelector('#amend').disabled",
            arg=[text, before],
        )

    def until(self, true: str, arg: Any = None) -> None:
        """Wait till an expression, or a function of `arg`, is true; asked from outside, by the policy."""
        end = time.monotonic() + 15
        while not self.page.evaluate(true, arg):
            assert time.monotonic() < end, f"never true: {true}"
            self.page.wait_for_timeout(30)

    def said(self, words: str) -> None:
        self.until("words => document.querySelector('#toast').textContent.includes(words)", arg=words)

    def picture(self, name: str, folder: Path) -> None:
        kept = os.environ.get("HOTLINE_NLP_SCREENSHOTS")
        self.page.mouse.move(0, 0)
        self.page.screenshot(path=(ROOT / "docs" / "images" if kept else folder) / f"{name}.png")
