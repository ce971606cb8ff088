"""Reading, accepting, correcting and reviewing on the page."""

import re
from pathlib import Path

import pytest
from console_desk import LAMP, NOISE, Desk


def test_typing_shows_the_answer_with_its_evidence_in_the_text(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.sign_in()
    past = "金桂路靠菜市场那头的路灯坏了好几天，晚上黑漆漆的看不见路"
    said = {"topic": "市政设施", "unit": "市城管执法局", "lead": "湘潭县城市管理和综合执法局"}
    desk.service.ask("POST", "/v1/feedback", json={"kind": "accepted", "text": past, **said})
    page.keyboard.type(LAMP, delay=5)
    page.wait_for_selector("#decision")
    answer = desk.service.ask("POST", "/v1/classify", json={"text": LAMP, "explain": True}).json()
    assert page.inner_text("#lead") == answer["dispatch"]["lead"]
    for head in ("type", "topic", "unit"):
        rows = page.locator(f"[data-head={head}] .choice .name").all_inner_texts()
        assert rows == [item["label"] for item in answer[head]["alternatives"]]
    assert answer["place"]["district"] in page.inner_text(".dispatch dl")
    duty = next(line for line in answer["dispatch"]["reasons"] if line.startswith("职责"))
    quoted = page.inner_text(".reasons blockquote p")
    assert quoted
    assert quoted in duty
    assert past in page.inner_text("#similar-items")
    assert float(page.get_attribute("#speed", "data-taken") or 0) > 0
    widths = page.locator("[data-head=topic] .bar span").evaluate_all("bars => bars.map(b => b.style.width)")
    assert float(widths[0].rstrip("%")) == pytest.approx(answer["topic"]["probability"] * 100, abs=0.1)
    desk.until("document.querySelector('#spoken').textContent !== ''")
    assert answer["dispatch"]["lead"] in (page.text_content("#spoken") or "")
    desk.picture("console", tmp_path)


def test_marks_are_the_words_that_counted_for_the_head_chosen(desk: Desk) -> None:
    page = desk.page
    desk.sign_in()
    text = "😀𠮷" + LAMP  # two characters that take two units each in the browser
    desk.read(text)
    evidence = desk.service.ask("POST", "/v1/classify", json={"text": text, "explain": True}).json()[
        "evidence"
    ]
    seen = {}
    for head in ("topic", "type", "unit"):
        page.locator(f"#heads input[value={head}]").check(force=True)
        marks = page.locator("#ink mark").all_inner_texts()
        helped = {item["text"] for item in evidence if item["head"] == head and item["contribution"] > 0}
        assert marks
        assert set(marks) <= helped
        strongest = max((i for i in evidence if i["head"] == head), key=lambda i: i["contribution"])
        assert strongest["text"] in marks
        assert page.locator("#why li").first.inner_text().startswith(strongest["text"])
        seen[head] = page.locator("#ink mark").evaluate_all("marks => marks.map(m => m.className)")
    assert len({tuple(strengths) for strengths in seen.values()}) > 1
    assert (page.text_content("#ink") or "").removesuffix("\n") == text
    place = "id => (({x, y, width}) => [x, y, width])(document.getElementById(id).getBoundingClientRect())"
    boxes = [page.evaluate(place, name) for name in ("ink", "text")]
    assert boxes[0] == boxes[1]


def test_marks_stay_under_their_words_in_a_long_text_that_scrolls(desk: Desk) -> None:
    page = desk.page
    desk.sign_in()
    desk.read("\n".join(f"第{n}段：{LAMP}" for n in range(30)))
    page.evaluate("document.querySelector('#text').scrollTop = 1e6")
    desk.until("document.querySelector('#ink').scrollTop === document.querySelector('#text').scrollTop")
    heights = [page.evaluate(f"document.querySelector('{one}').scrollHeight") for one in ("#ink", "#text")]
    assert abs(heights[0] - heights[1]) <= 34
    page.locator("#text").press("End")
    page.locator("#text").press("x")
    desk.until("document.querySelectorAll('#ink mark').length > 3")


def test_letters_of_an_input_method_are_no_request_yet(desk: Desk) -> None:
    page, sent = desk.page, []
    desk.sign_in()
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/read") else None)
    typing = page.context.new_cdp_session(page)
    for letters in ("l", "lu", "lu d", "lu deng"):
        typing.send(
            "Input.imeSetComposition", {"text": letters, "selectionStart": 0, "selectionEnd": len(letters)}
        )
    page.wait_for_timeout(300)
    assert sent == []
    typing.send("Input.insertText", {"text": "路灯坏了"})
    page.wait_for_selector("#decision")
    assert page.input_value("#text") == "路灯坏了"
    assert len(sent) == 1


def test_one_key_accepts_and_one_corrects(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.sign_in()
    desk.read(f"{NOISE}，我的电话13912345678")
    page.keyboard.press("F9")
    desk.said("已采纳")
    accepted = desk.service.feedback()[-1]
    assert (accepted["kind"], accepted["lead"]) == ("accepted", page.inner_text("#lead"))
    assert accepted["text"] == f"{NOISE}，我的电话***********"
    page.keyboard.type("小区门口的井盖破了一个洞，走路差点踩空")  # replaces the old text, which is selected
    desk.until("!document.querySelector('#amend').disabled")
    page.keyboard.press("F2")
    page.wait_for_selector("#correct:visible")
    page.keyboard.press("Control+A")
    page.keyboard.type("雨湖城管")
    assert page.get_attribute("#right-lead", "aria-expanded") == "true"
    desk.picture("console-correct", tmp_path)
    page.keyboard.press("Control+A")
    page.keyboard.type("湘潭市城管")
    first = page.locator("#right-lead-list li").first.inner_text()
    page.keyboard.press("Enter")
    assert page.input_value("#right-lead") == first.split("\n")[0]
    page.keyboard.press("Alt+2")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("市政")
    page.keyboard.press("Enter")
    assert page.input_value("#right-topic") == "市政设施"
    page.keyboard.press("Enter")
    desk.said("已更正")
    corrected = desk.service.feedback()[-1]
    assert corrected["kind"] == "correction"
    assert (corrected["type"], corrected["topic"]) == ("求助", "市政设施")
    assert corrected["unit"] == "市城管执法局"
    assert corrected["lead"] == first.split("\n")[0]


def test_a_correction_takes_known_names_alone_and_esc_leaves_it(desk: Desk) -> None:
    page, before = desk.page, len(desk.service.feedback())
    desk.sign_in()
    desk.read(LAMP)
    page.keyboard.press("F2")
    page.keyboard.press("Control+A")
    page.keyboard.type("没有这个单位")
    page.keyboard.press("Escape")  # closes the list
    page.keyboard.press("Enter")
    page.wait_for_selector("#correct .fault:visible")
    page.keyboard.press("Escape")
    assert page.is_hidden("#correct")
    assert page.evaluate("document.activeElement.id") == "text"
    assert len(desk.service.feedback()) == before
    page.locator("[data-head=topic] .choice").nth(1).click()
    assert page.input_value("#right-topic") == page.locator("[data-head=topic] .name").nth(1).text_content()


def test_the_review_queue_goes_from_the_most_doubtful_on(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.sign_in()
    texts = [
        "请问这个事情到底归哪个部门管，跑了好几家都说不是自己的",
        "孩子在学校门口被收了资料费，想问问合不合规",
        "楼上装修把承重墙砸了，物业和社区都说管不了",
        "门口那条路修了又挖，挖了又修，能不能一次弄好",
    ]
    for text in texts:
        desk.read(text)
        page.keyboard.press("F4")
        desk.said("已放入复核队列")
        desk.until("document.querySelector('#text').value === ''")
    page.keyboard.press("Alt+2")
    rows = page.locator("#queue-items li")
    desk.until("document.querySelectorAll('#queue-items li').length >= 4")
    doubts = [int(re.findall(r"疑虑 <?(\d+)%", row)[0]) for row in rows.all_inner_texts()]
    assert doubts == sorted(doubts, reverse=True)
    first = rows.first.locator("p").inner_text()
    desk.until("!document.querySelector('#accept').disabled")
    assert page.input_value("#text") == first
    desk.picture("console-queue", tmp_path)
    page.keyboard.press("ArrowDown")
    desk.until(
        "t => document.getElementById('text').value === t && !document.getElementById('accept').disabled",
        arg=rows.nth(1).locator("p").inner_text(),
    )
    page.keyboard.press("ArrowUp")
    desk.until("!document.querySelector('#accept').disabled")
    waiting = int(page.inner_text("#waiting"))
    page.keyboard.press("F9")
    desk.said("已采纳")
    desk.until("n => Number(document.querySelector('#waiting').textContent) === n", arg=waiting - 1)
    assert first not in page.locator("#queue-items").inner_text()
    assert desk.service.feedback()[-1]["text"] == first
