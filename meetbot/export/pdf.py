"""The notes as a PDF for paper and mail: A4, page numbers, headings as bookmarks, the letters of its fonts within.

The same meeting gives the same bytes. Concession: right-to-left scripts are shown, but their lines begin on the left.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from meetbot.export.document import Block, Kind, blocks
from meetbot.export.fonts import Fonts, fonts_for
from meetbot.export.meeting import ExportOptions, Meeting

if TYPE_CHECKING:
    from fpdf import FPDF

_INK, _SOFT = (28, 32, 38), (93, 102, 115)
_MARGIN = 20.0  # millimetres
_DATELESS = datetime(2000, 1, 1, tzinfo=UTC)  # for a transcript, whose day nobody told


@dataclass(frozen=True, slots=True)
class _Look:
    """How a kind of block is set: points, millimetres, and the sign that stands before it."""

    size: float
    before: float
    indent: float = 0.0
    sign: str = ""
    bold: bool = False


_LOOKS: Mapping[Kind, _Look] = {
    "title": _Look(19, 0, bold=True),
    "facts": _Look(9.5, 1),
    "heading": _Look(12.5, 5, bold=True),
    "text": _Look(10.5, 1.2),
    "item": _Look(10.5, 1.2, 5, "•"),
    "subitem": _Look(9.5, 0.6, 10, "–"),
    "open": _Look(10.5, 1.2, 6.5, "☐"),
    "done": _Look(10.5, 1.2, 6.5, "☑"),
    "said": _Look(10, 2),
}


def write(meeting: Meeting, options: ExportOptions) -> bytes:
    """The .pdf file. Raises UsageError when this machine has no font for a letter that was said."""
    from fpdf import FPDF

    document = tuple(blocks(meeting, options))
    language = meeting.notes.language if meeting.notes else meeting.transcript.language
    fonts = fonts_for("".join(block.text for block in document), language)

    class Paper(FPDF):
        def footer(self) -> None:
            """The page's number."""
            self.set_y(-14)
            self.set_font("text", "", 8.5)
            self.set_text_color(*_SOFT)
            self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="C")

    paper = Paper(format="A4")
    _prepare(paper, fonts)
    paper.set_title(document[0].text)
    paper.set_lang(language)
    day = datetime.fromisoformat(meeting.notes.date).replace(tzinfo=UTC) if meeting.notes else _DATELESS
    paper.set_creation_date(day)
    paper.add_page()
    # Without spaces between words a line may break anywhere.
    wrap = "CHAR" if language[:2] in ("ja", "zh", "th") else "WORD"
    for block in document:
        _set(paper, block, wrap)
    return bytes(paper.output())


def _prepare(paper: FPDF, fonts: Fonts) -> None:
    # Subsetting reports every table it drops, and a missing sign is reported with the sign: nothing said is logged.
    for name in ("fontTools", "fpdf"):
        logging.getLogger(name).setLevel(logging.ERROR)
    paper.set_margin(_MARGIN)
    paper.set_auto_page_break(True, 22)
    paper.add_font("text", "", fonts.regular.path)
    paper.add_font("text", "B", fonts.bold.path)
    names = [f"other{number}" for number in range(len(fonts.fallbacks))]
    for name, font in zip(names, fonts.fallbacks, strict=True):
        paper.add_font(name, "", font.path, collection_font_number=font.face)
    paper.set_fallback_fonts(names, exact_match=False)


def _set(paper: FPDF, block: Block, wrap: str) -> None:
    look = _LOOKS[block.kind]
    height = look.size * 0.5
    paper.set_y(paper.get_y() + look.before)
    if paper.get_y() + 2.5 * height > paper.page_break_trigger:
        paper.add_page()  # no heading or first line alone at the foot
    if block.kind == "heading":
        paper.start_section(block.text)
    if look.sign:
        paper.set_x(_MARGIN + look.indent - 4.5)
        _write(paper, look.sign, look, "", wrap)
    paper.set_left_margin(_MARGIN + look.indent)
    paper.set_x(_MARGIN + look.indent)
    for run in block.runs:
        bold = look.bold or run.style == "bold"
        soft = run.style == "soft" or block.kind in ("facts", "heading")
        paper.set_text_color(*(_SOFT if soft else _INK))
        _write(paper, run.text, look, "B" if bold else "", wrap)
    paper.ln(height)
    paper.set_left_margin(_MARGIN)


def _write(paper: FPDF, text: str, look: _Look, style: str, wrap: str) -> None:
    from fpdf.enums import WrapMode

    paper.set_font("text", style, look.size)
    paper.write(look.size * 0.5, text, wrapmode=WrapMode(wrap))
