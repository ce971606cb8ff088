"""Write a document as one HTML file that needs nothing else: pictures are part of it."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from .blocks import Block, Document, Heading, Paragraph, Picture, Table

_STYLE = """
:root { --ink: #1d2733; --line: #b9c2cd }
body { margin: 0 auto; max-width: 46rem; padding: 3rem 1.2rem; color: var(--ink);
  font: 17px/1.9 FangSong, 仿宋, STFangsong, "Noto Serif CJK SC", SimSun, serif }
h1 { text-align: center; margin: 0;
  font: 700 1.7rem/1.5 "方正小标宋简体", "Noto Serif CJK SC", SimSun, serif }
h2, h3 { font-size: 1.1rem; margin: 1.2em 0 .3em; text-indent: 2em }
h2 { font-family: SimHei, 黑体, "Noto Sans CJK SC", sans-serif }
h3 { font-family: KaiTi, 楷体, STKaiti, "Noto Serif CJK SC", serif; font-weight: 400 }
p { margin: 0; text-indent: 2em; text-align: justify }
.sub { text-align: center; text-indent: 0; margin-bottom: 1.5em }
.sign { text-align: right; margin-right: 2em }
figure { margin: 1em 0; text-align: center } img { max-width: 100%; height: auto }
figcaption, caption { font: 600 .9rem/1.6 SimHei, 黑体, "Noto Sans CJK SC", sans-serif }
.wide { overflow-x: auto; margin: 1em 0 }
table { border-collapse: collapse; width: 100%; font: .88rem/1.5 SimSun, 宋体, "Noto Serif CJK SC", serif }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: center }
th { background: #e8edf4 } td.left { text-align: left; overflow-wrap: anywhere }
td { font-variant-numeric: tabular-nums }
@media print { body { padding: 0 } tr, figure { break-inside: avoid } h2, h3 { break-after: avoid } }
"""


def write_html(document: Document) -> bytes:
    """Return the bytes of an HTML page."""
    parts = [
        f"<h1>{escape(document.title)}</h1>",
        f'<p class="sub">{escape(document.subtitle)}</p>',
        *map(_block, document.blocks),
        f'<p class="sign">{escape(document.issuer)}</p>',
        f'<p class="sign">{escape(document.issued)}</p>',
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style>"
    )
    body = "\n".join(parts)
    page = f'<!doctype html>\n<html lang="zh-CN">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'
    return page.encode()


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level + 1}>{escape(text)}</h{level + 1}>"
        case Paragraph(text, lead):
            return f"<p>{f'<strong>{escape(lead)}</strong>' if lead else ''}{escape(text)}</p>"
        case Picture(caption, png, alt):
            data = b64encode(png).decode()
            image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">'
            return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"
        case Table():
            return _table(block)


def _table(block: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.columns)
    rows = "".join(f"<tr>{_cells(block, row)}</tr>\n" for row in block.rows)
    columns = "".join(f'<col style="width:{width:.1%}">' for width in block.widths)
    return (
        f'<div class="wide"><table><caption>{escape(block.caption)}</caption><colgroup>{columns}</colgroup>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>"
    )


def _cells(block: Table, row: tuple[str, ...]) -> str:
    return "".join(
        f"<td{' class=left' if name in block.left else ''}>{escape(cell)}</td>"
        for name, cell in zip(block.columns, row, strict=True)
    )
