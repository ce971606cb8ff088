"""Write a document as .docx."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from .._require import require
from .blocks import Block, Document, Heading, Paragraph, Picture, Table
from .docx_style import BODY, FIRST, LINE, SECOND, SONG, TEXT_WIDTH, font, indent, set_page, set_styles

SMALL = 10.5
"""Points of the text in tables."""
_WHOLE = 12
"""Rows up to which a table of one-line cells is kept on one page."""
_LEFT, _CENTRE, _RIGHT, _BOTH = 0, 1, 2, 3


def write_docx(document: Document) -> bytes:
    """Return the bytes of a .docx; raise MissingExtra without python-docx."""
    docx = require("docx", "report")
    made = docx.Document()
    set_page(made)
    set_styles(made)
    _properties(made, document)
    _title(made, document)
    for block in document.blocks:
        _ADD[type(block)](made, block)
    _signature(made, document)
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def _properties(made: Any, document: Document) -> None:
    properties = made.core_properties
    properties.title, properties.author = document.title, document.issuer
    properties.language, properties.comments = "zh-CN", ""


def _title(made: Any, document: Document) -> None:
    from docx.shared import Pt

    title = made.add_paragraph(style="Title")
    title.alignment = _CENTRE
    title.paragraph_format.line_spacing = Pt(36)
    name, sign, month = document.title.rpartition("热线")
    if sign:
        title.add_run(name + sign).add_break()
    title.add_run(month)
    under = made.add_paragraph(style="Normal")
    under.alignment = _CENTRE
    under.paragraph_format.space_after = Pt(LINE / 2)
    font(under.add_run(document.subtitle), SECOND, 16)


def _heading(made: Any, block: Heading) -> None:
    paragraph = made.add_paragraph(block.text, style=f"Heading {block.level}")
    paragraph.paragraph_format.keep_with_next = True
    indent(paragraph)


def _paragraph(made: Any, block: Paragraph) -> None:
    paragraph = made.add_paragraph(style="Normal")
    paragraph.alignment = _BOTH
    indent(paragraph)
    if block.lead:
        font(paragraph.add_run(block.lead), BODY, 16, bold=True)
    paragraph.add_run(block.text)


def _caption(made: Any, text: str, *, above: bool) -> None:
    from docx.shared import Pt

    paragraph = made.add_paragraph(text, style="Caption")
    paragraph.alignment = _CENTRE
    paragraph.paragraph_format.line_spacing = Pt(20)
    paragraph.paragraph_format.keep_with_next = above
    if above:
        paragraph.paragraph_format.space_before = Pt(6)
    else:
        paragraph.paragraph_format.space_after = Pt(6)


def _picture(made: Any, block: Picture) -> None:
    from docx.shared import Mm, Pt

    paragraph = made.add_paragraph(style="Normal")
    paragraph.alignment = _CENTRE
    form = paragraph.paragraph_format
    form.line_spacing, form.space_before, form.keep_with_next = 1.0, Pt(6), True
    shape = paragraph.add_run().add_picture(BytesIO(block.png), width=Mm(TEXT_WIDTH * block.width))
    shape._inline.docPr.set("descr", block.alt)
    _caption(made, block.caption, above=False)


def _table(made: Any, block: Table) -> None:
    from docx.shared import Mm, Pt

    _caption(made, block.caption, above=True)
    table = made.add_table(rows=1 + len(block.rows), cols=len(block.columns), style="Table Grid")
    table.alignment, table.autofit = 1, False
    widths = block.widths or (1 / len(block.columns),) * len(block.columns)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(TEXT_WIDTH * width)
    last = len(block.rows) if _is_small(block) else 0
    for number, (row, values) in enumerate(zip(table.rows, (block.columns, *block.rows), strict=True)):
        _keep(row, heading=number == 0)
        for cell, value, name, width in zip(row.cells, values, block.columns, widths, strict=True):
            cell.width, cell.vertical_alignment = Mm(TEXT_WIDTH * width), 1
            paragraph = cell.paragraphs[0]
            paragraph.alignment = _LEFT if name in block.left and number else _CENTRE
            paragraph.paragraph_format.line_spacing = Pt(17)
            paragraph.paragraph_format.keep_with_next = number == 0 or number < last
            font(paragraph.add_run(value), FIRST if number == 0 else SONG, SMALL)
            if number == 0:
                _shade(cell)
    after = made.add_paragraph(style="Normal")
    after.paragraph_format.line_spacing = Pt(10)


def _is_small(block: Table) -> bool:
    """Say whether a table is kept on one page: few rows of one line each."""
    return len(block.rows) <= _WHOLE and all(len(cell) < 20 for row in block.rows for cell in row)


def _keep(row: Any, *, heading: bool) -> None:
    """Keep a row on one page; repeat the heading on every page."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if heading:
        properties.append(OxmlElement("w:tblHeader"))


def _shade(cell: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", "E8EDF4")):
        shade.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _signature(made: Any, document: Document) -> None:
    from docx.shared import Pt

    for text in ("", document.issuer, document.issued):
        paragraph = made.add_paragraph(text, style="Normal")
        paragraph.alignment = _RIGHT
        paragraph.paragraph_format.right_indent = Pt(32)
        paragraph.paragraph_format.keep_with_next = text != document.issued


_ADD: dict[type[Block], Any] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Table: _table,
    Picture: _picture,
}
