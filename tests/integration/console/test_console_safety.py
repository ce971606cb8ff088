"""Keys, markup and policy; keyboard, contrast and size of the page."""

import json
import time
from pathlib import Path

import pytest
from console_desk import LAMP, Desk

MARKUP = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>路灯坏了 &lt;b&gt; 13912345678'
FOCUS = """(() => {
  const at = document.activeElement;
  const outline = (node) => (node ? getComputedStyle(node).outlineStyle : "none");
  const shown = [outline(at), outline(at.nextElementSibling)].find((style) => style !== "none");
  return [at.id, at === document.body ? "page" : shown];
})()"""
OVERFLOWING = """[...document.querySelectorAll(".actions button, .tabs button, .lead, .fact dd")]
  .filter((node) => node.offsetParent && node.scrollWidth > node.clientWidth + 1)
  .map((node) => node.outerHTML.slice(0, 80))"""


def test_a_wrong_key_is_refused_and_a_revoked_one_asked_for_again(desk: Desk, tmp_path: Path) -> None:
    page, key = desk.page, desk.service.make_key("临时")
    page.wait_for_selector("#sign[open]")
    page.keyboard.type("hl_00000000_" + "x" * 43)
    page.keyboard.press("Enter")
    page.wait_for_selector("#sign-fault:visible")
    assert "密钥不对" in page.inner_text("#sign-fault")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.is_visible("#sign[open]")
    desk.picture("console-key", tmp_path)
    desk.sign_in(key)
    assert page.inner_text("#user") == "临时"
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("document.cookie") == ""
    desk.service.revoke(key)
    time.sleep(1.2)  # a running service sees a revoked key a second later
    page.keyboard.type("路灯")
    page.wait_for_selector("#sign[open]")
    assert "不再有效" in page.inner_text("#sign-fault")
    desk.sign_in()
    page.wait_for_selector("#answer:visible")


def test_markup_is_shown_as_text_wherever_it_comes_from(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.sign_in()
    desk.service.ask(
        "POST", "/v1/feedback", json={"kind": "accepted", "text": MARKUP + "，请修", "lead": MARKUP[:60]}
    )
    desk.read(MARKUP)
    assert "<script>" in (page.text_content("#ink") or "")
    assert "<img src=x" in page.inner_text("#similar-items")
    page.keyboard.press("F4")
    desk.said("已放入复核队列")
    page.keyboard.press("Alt+2")
    desk.until("document.querySelector('#queue-items').textContent.includes('<img src=x')")
    page.keyboard.press("Alt+3")
    (tmp_path / "a.csv").write_text(
        f'编号,"{MARKUP.replace(chr(34), "")}"\r\n1,"{MARKUP.replace(chr(34), "")}"\r\n', "utf-8"
    )
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(
        [{"name": "<b onclick=x>.csv", "mimeType": "text/csv", "buffer": (tmp_path / "a.csv").read_bytes()}]
    )
    page.wait_for_selector("text=开始研判")
    assert "<img src=x" in page.inner_text(".preview")
    assert page.inner_text(".job h3") == "<b onclick=x>.csv"
    page.click("text=开始研判")
    page.wait_for_selector("text=下载结果", timeout=60_000)
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.querySelectorAll('img[onerror], body script, [onclick]').length") == 0
    page.click("text=移除")


def test_scripts_and_styles_in_the_page_itself_would_not_run(desk: Desk) -> None:
    desk.sign_in()
    desk.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.hit = 2";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<p id=styled style='color: red'>x</p>");
        }"""
    )
    assert desk.page.evaluate("window.hit") is None
    assert desk.page.evaluate("getComputedStyle(document.querySelector('#styled')).color") != "rgb(255, 0, 0)"
    assert any("Content Security Policy" in line for line in desk.complaints)
    desk.complaints.clear()
    asked = desk.page.evaluate(
        "performance.getEntriesByType('resource').map(entry => new URL(entry.name).origin)"
    )
    assert set(asked) == {desk.service.address}


def test_every_control_can_be_reached_and_seen_by_keyboard(desk: Desk) -> None:
    page = desk.page
    desk.sign_in()
    desk.read(LAMP)
    wanted = {"accept", "amend", "later", "next", "text", "leave"}
    reached: set[str] = set()
    page.evaluate("document.activeElement.blur()")
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(FOCUS)
        assert outline, f"{name} does not show that it has the focus"
        reached.add(name)
    assert wanted <= reached
    page.locator("#text").focus()
    page.keyboard.press("F8")
    assert page.input_value("#text") == ""
    assert page.is_visible("#blank")


def test_the_page_keeps_to_the_rules_of_accessibility(desk: Desk) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    desk.sign_in()
    desk.read(LAMP)
    for view, keys in {
        "read": [],
        "correct": ["F2", "ArrowDown"],
        "queue": ["Alt+2"],
        "files": ["Alt+3"],
    }.items():
        if view == "queue":
            for _ in range(2):  # the list, then the form
                desk.page.keyboard.press("Escape")
        for key in keys:
            desk.page.keyboard.press(key)
        desk.page.wait_for_timeout(300)
        violations = axe.Axe().run(desk.page, options=rules).response["violations"]
        found = [[v["id"], [n["html"][:120] for n in v["nodes"]]] for v in violations]
        assert not found, f"{view}: {json.dumps(found, ensure_ascii=False)}"


def test_nothing_is_cut_off_at_any_size(desk: Desk) -> None:
    page = desk.page
    desk.sign_in()
    desk.read(LAMP)
    for width, height in ((1366, 768), (1366, 620), (1920, 1080), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        overflowing = page.evaluate(OVERFLOWING)
        assert overflowing == [], (width, overflowing)
        if width < 1024:
            continue  # a page to scroll through
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        for one in ("#accept", "#next", "#lead", "[data-head=unit]", "#text"):
            box = page.locator(one).bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
