"""Files dropped on the page are scored and come back."""

import csv
import io
import re
from pathlib import Path

import openpyxl
from console_desk import LAMP, NOISE, Desk

from hotline_nlp.samples import load_samples

ROWS = 60_000
"""As many as take some seconds, so that the progress bar is seen on its way."""


def tickets(rows: int) -> bytes:
    table = io.StringIO()
    lines = csv.writer(table)
    lines.writerow(["工单号", "诉求内容"])
    samples = [LAMP, *(sample["text"] for sample in load_samples())]
    lines.writerows([f"T{n:05}", samples[n % len(samples)]] for n in range(rows))
    return table.getvalue().encode("gb18030")


def test_a_file_is_scored_by_keyboard_and_downloaded(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.sign_in()
    page.keyboard.press("Alt+3")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    (tmp_path / "九月工单.csv").write_bytes(tickets(ROWS))
    chooser.value.set_files(tmp_path / "九月工单.csv")
    page.wait_for_selector("text=开始研判")
    assert page.evaluate("document.activeElement.value") == "诉求内容"
    desk.picture("console-columns", tmp_path)
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=progressbar]:not([aria-valuenow='0'])")
    desk.picture("console-progress", tmp_path)
    page.wait_for_selector("text=下载结果", timeout=60_000)
    desk.said("已研判完成")
    desk.picture("console-file", tmp_path)
    with page.expect_download() as download:
        page.locator("text=下载结果").focus()
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "九月工单-研判结果.csv"
    rows = list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
    assert len(rows) == ROWS
    assert (rows[0]["工单号"], rows[0]["诉求内容"]) == ("T00000", LAMP)
    assert {row["decision"] for row in rows} <= {"auto", "review", "reject"}
    assert rows[0]["lead_unit"] == "湘潭县城市管理和综合执法局"
    wanted = {row["诉求内容"] for row in rows if row["decision"] == "review"}
    queued = re.findall(r"(\d+) 件已放入复核队列", page.inner_text(".job"))
    assert [int(number) for number in queued] == [min(len(wanted), 100)]
    page.click("text=移除")
    desk.until("!document.querySelector('.job')")
    assert desk.service.ask("GET", "/v1/console/files").json() == {"jobs": []}


def test_a_workbook_dropped_on_the_page_comes_back_as_a_workbook(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.sign_in()
    page.keyboard.press("Alt+3")
    book = openpyxl.Workbook()
    for row in (["编号", "内容", "备注"], [1, LAMP, "=1+1"], [2, NOISE, ""], [3, "", "空"]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    page.evaluate(
        """bytes => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(bytes)], "值班记录.xlsx"));
          for (const type of ["dragenter", "dragover", "drop"])
            document.querySelector("#drop").dispatchEvent(
              new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried }));
        }""",
        list(stream.getvalue()),
    )
    page.click("text=开始研判")
    page.wait_for_selector("text=下载结果", timeout=60_000)
    assert "1 行没有可研判的内容" in page.inner_text(".sum")
    with page.expect_download() as download:
        page.click("text=下载结果")
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    head, *rows = openpyxl.load_workbook(saved).active.values
    assert head[:4] == ("编号", "内容", "备注", "type")
    assert rows[0][:2] == (1, LAMP)
    with page.expect_download() as download:
        page.click("text=下载未研判的行")
    assert "4" in download.value.path().read_text("utf-8-sig").splitlines()[1]


def test_what_cannot_be_scored_is_said_in_the_page(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.sign_in()
    page.keyboard.press("Alt+3")
    kept = len(desk.service.ask("GET", "/v1/console/files").json()["jobs"])
    desk.until("n => document.querySelectorAll('.job').length === n", arg=kept)
    for name, content, words in (
        ("旧表.xls", b"\xd0\xcf\x11\xe0", "另存为 .xlsx"),
        ("坏表.xlsx", b"this is no workbook", "内容与后缀不符"),
        ("空表.csv", "工单号,诉求内容\r\n".encode(), "没有数据行"),
    ):
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#file", tmp_path / name)
        desk.until("w => document.querySelector('#file-fault').textContent.includes(w)", arg=words)
    desk.complaints[:] = [line for line in desk.complaints if "422" not in line]
    assert page.locator(".job").count() == kept
    assert len(desk.service.ask("GET", "/v1/console/files").json()["jobs"]) == kept
