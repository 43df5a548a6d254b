"""`--engine ctranslate2` ended in a ValueError where windows of one batch follow texts of different lengths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meetbot.audio import load
from meetbot.transcribe import TranscribeOptions, transcribe

SAMPLE = Path(__file__).parents[2] / "samples" / "words.flac"


def test_every_lane_is_told_what_was_said_in_it(models: Callable[[str], Path]) -> None:
    models("whisper-tiny.en")
    audio = load(SAMPLE)
    found = transcribe(audio, None, TranscribeOptions(model="whisper-tiny.en", engine="ctranslate2"))
    assert len(found.words) > 40  # of 50
    assert found.words[-1].start > 80  # of 92 s
