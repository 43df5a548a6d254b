"""Word and PDF: everything is in them, in order, and nothing that was said is more than text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetbot.domain import Answer, Citation, Section
from meetbot.errors import UsageError
from meetbot.export import ExportOptions, Meeting, fonts, write
from meetbot.export.document import blocks
from tests.unit.export.meetings import NOTES, WEEKLY, transcript
from tests.unit.export.test_formats import EVIL, evil

FULL = Meeting(WEEKLY, NOTES)
WHOLE = ExportOptions(transcript=True, done=frozenset({1}))


def words_of_docx(content: bytes | str) -> str:
    assert isinstance(content, bytes)
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)


def words_of_pdf(content: bytes | str) -> str:
    assert isinstance(content, bytes)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    return "\n".join(pages).replace("\x00", "")  # pypdf reads the two-byte codes of CFF fonts byte by byte


READERS: dict[str, Callable[[bytes | str], str]] = {"docx": words_of_docx, "pdf": words_of_pdf}


@pytest.mark.parametrize("format", READERS)
def test_everything_is_in_it_in_order(format: str) -> None:
    read = " ".join(READERS[format](write(FULL, format, WHOLE)).split())
    place = -1
    for expected in (
        "Weekly sync",
        "2026-11-22 · 8m 1s · Ana · Ben López",
        "The release moves to Friday.",
        "Release on Friday. 1:41",
        "Earlier: Release on Thursday.",
        "☐",
        "Ben López: Send the report to Carla. — due Wednesday (2026-11-25) 12:04",
        "☑",
        "Book a room.",
        "Context: “Yes.” Ben López, 0:04",
        "Who tests?",
        "Release: When to release.",
        "Decision: Hire 80 people.",
        "the number 80 is not in T3",
        "0:04 Ben López Yes.",
        "I will send the report to Carla by Wednesday.",
    ):
        place = read.find(expected, place + 1)
        assert place >= 0, expected


@pytest.mark.parametrize("format", READERS)
def test_without_notes_it_is_the_transcript(format: str) -> None:
    read = READERS[format](write(Meeting(WEEKLY), format))
    assert "weekly sync.flac" in read
    assert "I will send the report" in read
    assert "Decisions" not in read


@pytest.mark.parametrize("format", READERS)
def test_speech_stays_text(format: str) -> None:
    read = " ".join(READERS[format](write(evil(), format, WHOLE)).split())
    assert "<script>alert(1)</script>" in read
    assert EVIL.split("\n")[-1] in read


def test_a_word_document_has_an_outline_and_no_outside() -> None:
    content = write(evil(), "docx", WHOLE)
    assert isinstance(content, bytes)
    document = docx.Document(io.BytesIO(content))
    headings = [one.text for one in document.paragraphs if one.style and one.style.name == "Heading 1"]
    assert headings[:3] == ["Overview", "Decisions", "Action items"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        related = archive.read("word/_rels/document.xml.rels").decode()
    assert "External" not in related


def test_a_pdf_has_bookmarks_a_title_and_nothing_active() -> None:
    content = write(evil(), "pdf", WHOLE)
    assert isinstance(content, bytes)
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Done. --- admin")
    assert [str(entry["/Title"]) for entry in reader.outline if isinstance(entry, dict)][:2] == [
        "Overview",
        "Decisions",
    ]
    assert not any(page.get("/Annots") for page in reader.pages)
    assert not any(name in content for name in (b"/JavaScript", b"/OpenAction /S", b"/Launch", b"/URI"))


def test_the_same_meeting_gives_the_same_pdf() -> None:
    assert write(FULL, "pdf", WHOLE) == write(FULL, "pdf", WHOLE)


def test_long_meetings_run_over_many_pages() -> None:
    said = transcript(*((f"S{k % 2 + 1}", 5.0 * k, "This is what was said at that moment. " * 4) for k in range(120)))
    reader = pypdf.PdfReader(io.BytesIO(bytes(write(Meeting(said), "pdf"))))  # type: ignore[arg-type]
    assert len(reader.pages) > 4
    assert reader.pages[1].extract_text().rstrip().endswith(f"2 / {len(reader.pages)}")


def test_a_letter_without_a_font_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_files", dict[str, Path])
    said = transcript(("S1", 0.0, "会議"))
    with pytest.raises(UsageError, match="CJK UNIFIED IDEOGRAPH") as refused:
        write(Meeting(said), "pdf")
    assert "fonts-noto-cjk" in refused.value.hint
    assert write(Meeting(transcript(("S1", 0.0, "Ça va? Привет! Ωραία 🙂"))), "pdf")


@pytest.mark.skipif("notosanscjk-regular.ttc" not in fonts._files(), reason="no Noto CJK on this machine")
@pytest.mark.parametrize(("language", "text"), [("ja", "会議は明日です。"), ("zh", "会议定在明天下午")])
def test_chinese_and_japanese_are_set_with_the_machines_font(language: str, text: str) -> None:
    said = replace(transcript(("S1", 0.0, text)), language=language)
    assert text in words_of_pdf(write(Meeting(said), "pdf"))


@given(st.text())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_makes_a_word_document(said: str) -> None:
    spoken = replace(WEEKLY.utterances[0], text=said)
    meeting = Meeting(replace(WEEKLY, utterances=(spoken,)), replace(NOTES, title=said[:200] or "x"))
    assert words_of_docx(write(meeting, "docx", WHOLE))
    assert all(block.text == " ".join(block.text.splitlines()) for block in blocks(meeting, WHOLE))


LAID_OUT = replace(
    NOTES,
    sections=(
        Section("action_items", "Next"),
        Section(
            "answer", "Blockers", Answer("?", True, "Tests run.", (Citation("m", "T3", "Ana", 101.2, "still running"),))
        ),
        Section("answer", "Votes", Answer("?", False, "")),
        Section("overview"),
    ),
)


@pytest.mark.parametrize("format", ["md", "html", "docx", "pdf"])
def test_a_template_decides_order_headings_and_questions(format: str) -> None:
    written = write(Meeting(WEEKLY, LAID_OUT), format)
    text = READERS[format](written) if format in READERS else str(written)
    body = (
        text[text.index('<section class="notes">') : text.index('<section class="spoken">')]
        if format == "html"
        else text.split("\n---\n")[-1]
    )
    order = ["Next", "Send the report", "Blockers", "Tests run.", "still running", "1:41", "Votes", "does not say"]
    places = [body.index(word) for word in [*order, "Overview", "The release moves"]]
    assert places == sorted(places)
    assert "Decisions" not in body
    assert "Open questions" not in body


@pytest.mark.parametrize("format", ["md", "html", "docx", "pdf", "csv", "ics"])
def test_what_could_not_be_translated_says_so(format: str) -> None:
    task = replace(NOTES.action_items[0], language="en")
    written = write(Meeting(WEEKLY, replace(NOTES, language="de", action_items=(task,))), format)
    text = READERS[format](written) if format in READERS else str(written)
    assert "Carla. (nicht übersetzt)" in text.replace("\r\n ", "")
