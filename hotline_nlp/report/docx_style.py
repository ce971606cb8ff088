"""Page, fonts and paragraphs of an official document (GB/T 9704-2012), for python-docx.

A4 with margins of 37, 26, 35 and 28 mm; title in 22 pt 小标宋; body in 16 pt 仿宋 on lines of 28 pt with two
characters' indent; headings in 黑体 and 楷体; page numbers — 1 — outside, in 14 pt 宋体.
"""

from __future__ import annotations

from typing import Any

TITLE, BODY, FIRST, SECOND, SONG = "方正小标宋简体", "仿宋", "黑体", "楷体", "宋体"
LATIN = "Times New Roman"
LINE = 28
"""Points from line to line."""
TEXT_WIDTH = 156
"""Millimetres between the margins."""


def set_page(document: Any) -> None:
    """Set paper, margins and page numbers, odd ones to the right and even ones to the left."""
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.right_margin = Mm(37), Mm(26)
    section.bottom_margin, section.left_margin = Mm(35), Mm(28)
    section.footer_distance = Mm(25)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, side in ((section.footer, 2), (section.even_page_footer, 0)):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        for part in ("— ", None, " —"):
            font(_page_number(paragraph) if part is None else paragraph.add_run(part), SONG, 14)


def _page_number(paragraph: Any) -> Any:
    """Add a run that shows the page's number."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = text
        run._r.append(element)
    return run


def set_styles(document: Any) -> None:
    """Set the styles of body and headings, so that Word's outline and a reader's program know them."""
    from docx.shared import Pt, RGBColor

    for name, family, bold in (
        ("Normal", BODY, False),
        ("Title", TITLE, False),
        ("Heading 1", FIRST, False),
        ("Heading 2", SECOND, False),
        ("Caption", FIRST, False),
    ):
        style = document.styles[name]
        size = {"Title": 22, "Caption": 12}.get(name, 16)
        _family(style.element.get_or_add_rPr(), family)
        _chinese(style.element.get_or_add_rPr())
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing = Pt(LINE)
        form.widow_control = True
    _plain_title(document.styles["Title"])


def _chinese(properties: Any) -> None:
    """Say that the text is simplified Chinese, so that its punctuation is set as such."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    language = OxmlElement("w:lang")
    for key, value in (("val", "en-US"), ("eastAsia", "zh-CN")):
        language.set(qn(f"w:{key}"), value)
    properties.append(language)


def _plain_title(style: Any) -> None:
    """Take the line under the title away that the template draws."""
    from docx.oxml.ns import qn

    for border in style.element.pPr.findall(qn("w:pBdr")):
        style.element.pPr.remove(border)


def _family(properties: Any, family: str) -> None:
    """Name the font of Chinese and of other characters in run properties."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for key, value in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", family)):
        fonts.set(qn(f"w:{key}"), value)


def font(run: Any, family: str, size: float, *, bold: bool = False) -> Any:
    """Set a run's font and size in points; return the run."""
    from docx.shared import Pt

    _family(run._r.get_or_add_rPr(), family)
    run.font.size = Pt(size)
    run.font.bold = bold
    return run


def indent(paragraph: Any, characters: float = 2.0) -> None:
    """Indent a paragraph's first line by so many characters, whatever its font."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = paragraph._p.get_or_add_pPr()
    element = properties.find(qn("w:ind"))
    if element is None:
        element = OxmlElement("w:ind")
        properties.append(element)
    element.set(qn("w:firstLineChars"), str(round(characters * 100)))
    element.set(qn("w:firstLine"), str(round(characters * 320)))
