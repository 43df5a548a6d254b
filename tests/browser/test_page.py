"""The HTML export in a real browser, opened from disk: it plays, follows, and runs nothing that was said."""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from meetbot.export import ExportOptions, Meeting, write
from tests.unit.export.meetings import NOTES, transcript
from tests.unit.export.test_formats import evil

pytestmark = pytest.mark.local_server  # Selenium talks to its driver over a socket of this machine

SAID = transcript(
    ("S1", 0.5, "Good morning, shall we release on Thursday?"),
    ("S2", 4.0, "Yes."),
    ("S1", 6.0, "Actually no, we release on Friday."),
    ("S2", 12.0, "I will send the report to Carla by Wednesday."),
)
SAID = replace(SAID, audio=replace(SAID.audio, duration=20.0))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Twenty seconds of a quiet tone."""
    path = tmp_path / "weekly sync #1.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = (int(800 * math.sin(2 * math.pi * 220 * k / 8000)) for k in range(20 * 8000))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
    return path


Open = Callable[[Meeting, ExportOptions], None]


@pytest.fixture
def show(browser: Chrome, tmp_path: Path) -> Open:
    """Writes a page beside the recording and opens it from there."""

    def opened(meeting: Meeting, options: ExportOptions) -> None:
        page = tmp_path / "page.html"
        page.write_text(str(write(meeting, "html", options)), encoding="utf-8")
        browser.get(page.as_uri())

    return opened


def until(browser: Chrome, script: str) -> None:
    """Wait until the JavaScript expression `script` is true."""
    WebDriverWait(browser, 15, poll_frequency=0.05).until(lambda _: browser.execute_script(f"return {script}"), script)


def complaints(browser: Chrome) -> list[str]:
    return [str(entry["message"]) for entry in browser.get_log("browser")]  # type: ignore[no-untyped-call]


AUDIO = "document.querySelector('audio')"
LIT = "(document.querySelector('.lit') || {}).textContent"


@pytest.mark.parametrize("linked", [False, True])
def test_a_click_on_a_time_plays_it_and_lights_the_words(
    browser: Chrome, show: Open, recording: Path, linked: bool
) -> None:
    options = ExportOptions(audio=recording, link_audio=linked)
    show(Meeting(SAID, replace(NOTES, topics=()), recording.name), options)
    until(browser, f"{AUDIO}.readyState >= 1")
    assert browser.execute_script(f"return {AUDIO}.duration") == pytest.approx(20.0, abs=0.1)
    browser.find_element(By.CSS_SELECTOR, "#T4 .time").click()
    until(browser, f"!{AUDIO}.paused && {AUDIO}.currentTime >= 12")
    until(browser, f"{LIT} === 'send'")
    assert browser.execute_script("return document.querySelector('.here').id") == "T4"
    until(browser, f"{LIT} === 'report'")
    assert browser.execute_script("return document.querySelectorAll('.lit').length") == 1
    browser.execute_script(f"{AUDIO}.pause()")
    assert complaints(browser) == []
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(name.startswith(("data:", "file:")) for name in loaded)


def test_words_notes_and_timeline_play_too(browser: Chrome, show: Open, recording: Path) -> None:
    notes = replace(NOTES, topics=(), action_items=(replace(NOTES.action_items[0], start=12.0),))
    show(Meeting(SAID, notes), ExportOptions(audio=recording))
    until(browser, f"{AUDIO}.readyState >= 1")
    browser.find_element(By.CSS_SELECTOR, ".tasks .time").click()
    until(browser, f"{AUDIO}.currentTime >= 12 && {LIT}")
    browser.execute_script(f"{AUDIO}.pause()")
    browser.find_elements(By.CSS_SELECTOR, "#T3 p span")[2].click()
    until(browser, f"{AUDIO}.currentTime >= 6.6 && {AUDIO}.currentTime < 9")
    browser.execute_script(f"{AUDIO}.pause()")
    browser.find_element(By.CSS_SELECTOR, ".voice:last-of-type .track, .voice .track").click()  # its middle
    until(browser, f"Math.abs({AUDIO}.currentTime - 10) < 1.5")
    until(browser, "document.querySelector('.head i').style.left.startsWith('5')")
    assert complaints(browser) == []


def test_nothing_that_was_said_runs(browser: Chrome, show: Open) -> None:
    show(evil(), ExportOptions())
    counted = "return ['script', 'img', 'iframe', 'b.owned'].map((kind) => document.querySelectorAll(kind).length)"
    assert browser.execute_script(counted) == [1, 0, 0, 0]
    assert "<script>alert(1)</script>" in browser.find_element(By.CSS_SELECTOR, "#T1 p").text
    assert complaints(browser) == []
    # And were an escape forgotten, the policy would still refuse it.
    browser.execute_script(
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"x\" onerror=\"window.owned = 1\">');"
        "const made = document.createElement('script');"
        "made.textContent = 'window.owned = 1';"
        "document.body.append(made);"
    )
    until(browser, "document.querySelectorAll('script').length === 2")
    assert browser.execute_script("return window.owned") is None
    assert any("Content Security Policy" in message for message in complaints(browser))


def test_it_follows_the_readers_colours_and_fits_a_phone(browser: Chrome, show: Open) -> None:
    show(Meeting(SAID, NOTES), ExportOptions())
    paper = "return getComputedStyle(document.body).backgroundColor"
    light = browser.execute_script(paper)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    assert browser.execute_script(paper) != light
    browser.set_window_size(500, 800)
    width = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert browser.execute_script(width)


def test_without_a_recording_times_lead_to_their_turns(browser: Chrome, show: Open) -> None:
    show(Meeting(SAID, None), ExportOptions())
    assert browser.execute_script(f"return {AUDIO}") is None
    browser.find_element(By.CSS_SELECTOR, "#T3 .time").click()
    assert browser.current_url.endswith("#T3")
    assert complaints(browser) == []


def test_what_cannot_be_read_cannot_be_embedded(tmp_path: Path) -> None:
    from meetbot.errors import AudioError

    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF nothing")
    with pytest.raises(AudioError, match=r"broken\.wav"):
        write(Meeting(SAID, None), "html", ExportOptions(audio=broken))
