"""Make a month's bulletin from tickets: read, score what is raw, count, write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..batch.report import ProgressCallback
from ..classifier import Classifier
from ..errors import InputError
from ..files import save_file
from ..pack import load_pack
from .blocks import Document
from .count import count
from .dedupe import dedupe
from .document import write_document
from .figures import Figures
from .names import settle
from .period import Month
from .read import read_ledger
from .tiles import read_tiles

SUFFIXES = (".docx", ".html", ".md", ".xlsx")


@dataclass(frozen=True)
class Bulletin:
    """A month's figures and the document that tells them."""

    figures: Figures
    document: Document

    def save(self, out: str | Path) -> Path:
        """Write the bulletin as its suffix says (.docx, .html, .md, .xlsx), whole or not at all.

        Markdown's pictures go into a folder beside it, OUT.pictures. Raises InputError for another suffix or
        a path that can't be written, MissingExtra where .docx lacks python-docx.
        """
        path = check_out(out)
        if path.suffix.lower() == ".docx":
            from .write_docx import write_docx

            _write(path, write_docx(self.document))
        elif path.suffix.lower() == ".html":
            from .write_html import write_html

            _write(path, write_html(self.document))
        elif path.suffix.lower() == ".xlsx":
            from .write_xlsx import write_xlsx

            _write(path, write_xlsx(self.figures))
        else:
            from .write_md import write_markdown

            folder = path.with_name(path.name + ".pictures")
            page, pictures = write_markdown(self.document, folder.name)
            for name, png in pictures.items():
                _write(folder / name, png)
            _write(path, page)
        return path


def make_bulletin(
    source: Any,
    month: str | Month,
    *,
    city: str = "xiangtan",
    model: str = "linear",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    issuer: str = "",
    issued: dt.date | None = None,
    out: Path | None = None,
    progress: ProgressCallback | None = None,
) -> Bulletin:
    """Return the bulletin of a month, from tickets of it and, for comparison, of the twelve months before.

    source: a path, folder, glob or several (CSV, XLSX, JSONL, Parquet), or a pandas, polars or Arrow table.
    columns: role -> heading for columns whose names are not known; see hotline_nlp.report.roles. Labels that
    the tickets lack are given by `model`, loaded only then. issuer and issued sign the document. `out` is
    left out of folders and globs. Raises InputError where no ticket is dated in the month, ColumnError for
    columns that are missing, FileFormatError for a file that can't be read, PackError for a faulty pack.
    """
    pack = load_pack(city)
    chosen = month if isinstance(month, Month) else Month.parse(month)
    ledger = read_ledger(
        source,
        chosen,
        lambda: Classifier.load(model, city=city),
        columns=columns,
        tags=pack.tags,
        sheet=sheet,
        out=out,
        progress=progress,
    )
    figures = count(settle(dedupe(ledger), pack), pack, city)
    return Bulletin(figures, write_document(figures, read_tiles(pack), issuer=issuer, issued=issued))


def check_out(out: str | Path) -> Path:
    """Return the output's path; raise InputError for a suffix or folder that won't do."""
    path = Path(out)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path.name} has a suffix that is not known: use one of {', '.join(SUFFIXES)}.")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path} can't be written: name a file in a folder that exists.")
    return path


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole."""
    save_file(path, content, "choose another place for it", make_folder=True)
