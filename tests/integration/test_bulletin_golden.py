"""A month with exactly the counts of a printed bulletin gives back its figures to the printed digit."""

from __future__ import annotations

import csv
import re
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from PIL import Image

import hotline_nlp.report.count as counting
from hotline_nlp.report import Bulletin, make_bulletin
from tests.golden import november as golden


def write(path: Path, columns: dict[str, list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


@pytest.fixture(scope="module")
def bulletin(tmp_path_factory: pytest.TempPathFactory) -> Bulletin:
    folder = tmp_path_factory.mktemp("tickets")
    files = [
        write(folder / "11月.csv", golden.november()),
        write(folder / "10月.csv", golden.past(2024, 10, 28_000), "gb18030"),
        write(folder / "去年11月.csv", golden.past(2023, 11, 25_000)),
    ]
    patch = pytest.MonkeyPatch()
    patch.setattr(counting, "count_repeats", lambda *_: "本次未作重复分析。")
    patch.setattr(counting, "find_fresh", lambda *_: "本次未作新情况分析。")
    with patch.context():
        return make_bulletin(files, "2024-11", columns={"unit": "承办单位"})


def counts(lines) -> dict[str, int]:
    return {line.label: line.count for line in lines}


def shares(lines) -> list[str]:
    return [str(line.share) for line in lines]


def test_calls_and_acceptance(bulletin: Bulletin) -> None:
    found = bulletin.figures
    assert (found.calls.count, found.requests.count) == (29_847, 30_044)
    assert (found.spot.now.part, str(found.spot.now)) == (20_676, "68.82%")
    assert found.dispatched == 9_368


def test_types_to_the_printed_digit(bulletin: Bulletin) -> None:
    found = bulletin.figures.types
    assert counts(found.lines) == golden.TYPES
    assert shares(found.lines) == ["41.43%", "38.11%", "19.35%", "0.75%", "0.36%"]


def test_the_ten_hot_topics_in_their_order(bulletin: Bulletin) -> None:
    top = bulletin.figures.topics.top(10, without=("其他",))
    assert list(counts(top).items()) == list(golden.TOPICS.items())
    assert bulletin.figures.topics.whole == 30_044


def test_the_ten_units_and_their_share(bulletin: Bulletin) -> None:
    found = bulletin.figures
    assert list(counts(found.units.top(10)).items()) == list(golden.UNITS.items())
    assert (found.units_top.part, str(found.units_top)) == (7_662, "81.79%")
    assert found.units.whole == 9_368


def test_the_other_columns_come_back_as_they_were_made(bulletin: Bulletin) -> None:
    found = bulletin.figures
    assert counts(found.channels.lines) == golden.CHANNELS
    assert counts(found.districts.lines) == golden.DISTRICTS
    assert counts(found.desks.lines) == golden.DESKS
    assert counts(found.grades.lines) == golden.GRADES
    assert (found.on_time.now.part, found.on_time.now.whole) == (golden.FATES["done"], 9_368)
    content = sum(golden.GRADES[name] for name in ("非常满意", "满意", "基本满意"))
    assert (found.satisfied.now.part, found.satisfied.now.whole) == (content, sum(golden.GRADES.values()))
    late = found.watch[0]
    assert (late.what, late.count) == ("已超过办理时限仍未办结的工单", golden.FATES["open"])
    assert not found.by_model and not found.model


def test_the_months_compared_are_told_apart(bulletin: Bulletin) -> None:
    found = bulletin.figures
    assert (found.requests.previous, found.requests.year_before) == (28_000, 25_000)
    assert str(found.spot.previous) != str(found.spot.year_before)
    assert {s.against for s in found.shifts if s.kind == "总量"} == {"环比", "同比"}
    assert len(found.shifts) - 2 <= 2 < found.tests  # the shares of all labels are the same but for chance


def test_the_document_prints_them(bulletin: Bulletin, tmp_path: Path) -> None:
    document = docx.Document(str(bulletin.save(tmp_path / "b.docx")))
    text = "\n".join(p.text for p in document.paragraphs)
    for said in (
        "湘潭市12345政务服务便民热线", "接听来电29,847个", "受理群众诉求30,044件",
        "当场答复办结20,676件，当场办结率68.82%",
        "转办工单9,368件", "咨询12,447件，占41.43%", "求助11,450件，占38.11%", "投诉5,813件，占19.35%",
        "其他227件，占0.75%", "建议107件，占0.36%", "合计7,662件，占转办工单总量的81.79%",
    ):  # fmt: skip
        assert said in text
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert [h[:2] for h in headings] == ["一、", "二、", "三、", "四、", "五、", "六、", "七、", "八、"]
    assert len(document.inline_shapes) == 5
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    assert {"消费维权", "2,442", "8.13%", "岳塘区", "1,537", "16.41%"} <= set(cells)


def test_pictures_and_tables_are_told_to_every_reader(bulletin: Bulletin, tmp_path: Path) -> None:
    document = docx.Document(str(bulletin.save(tmp_path / "b.docx")))
    body = document.element.xml
    assert body.count("<w:tblHeader") == len(document.tables)
    assert len(re.findall(r'descr="[^"]{10,}"', body)) == 5
    section = document.sections[0]
    margins = section.top_margin, section.bottom_margin, section.left_margin, section.right_margin
    assert [round(x.mm) for x in margins] == [37, 35, 28, 26]
    assert document.core_properties.title.endswith("2024年11月运行情况通报")
    for relation in document.part.related_parts.values():
        if relation.content_type == "image/png":
            assert Image.open(BytesIO(relation.blob)).size[0] > 1000


def test_the_page_needs_nothing_else(bulletin: Bulletin, tmp_path: Path) -> None:
    page = bulletin.save(tmp_path / "b.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 5
    assert not re.findall(r'(?:src|href)="(?!data:)', page) and "http" not in page and "<script" not in page
    assert "81.79%" in page and "0.75%" in page


def test_markdown_has_its_pictures_beside_it(bulletin: Bulletin, tmp_path: Path) -> None:
    page = bulletin.save(tmp_path / "b.md").read_text("utf-8")
    names = re.findall(r"\]\((b\.md\.pictures/\d\d\.png)\)", page)
    assert len(names) == 5 and all((tmp_path / name).is_file() for name in names)
    assert "| 消费维权 | 2,442 | 8.13% |" in page


def test_the_workbook_holds_numbers(bulletin: Bulletin, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(bulletin.save(tmp_path / "b.xlsx"))
    types = {row[0]: row[1:3] for row in book["诉求类型"].iter_rows(min_row=2, values_only=True)}
    assert types["其他"] == (227, 0.0075) and sum(share for _, share in types.values()) == pytest.approx(1)
    main = {row[0]: row[1:4] for row in book["指标"].iter_rows(min_row=2, values_only=True)}
    assert main["当场办结率"] == (0.6882, 20_676, 30_044) and main["前十位单位占比"] == (0.8179, 7_662, 9_368)
    assert book["热点事项"].max_row == 1 + len(golden.all_topics())
