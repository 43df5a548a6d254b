"""Going on behind a window's last timestamp, CTranslate2's rules began it again: 60 % errors."""

from __future__ import annotations

from pathlib import Path

from meetbot.audio import load
from meetbot.domain import EngineName
from meetbot.evaluate.text import units
from meetbot.evaluate.words import word_errors
from meetbot.transcribe import TranscribeOptions, transcribe

SAMPLE = Path(__file__).parents[2] / "samples" / "weekly-sync.flac"


def test_both_engines_say_about_the_same() -> None:
    audio = load(SAMPLE, end=70.0)

    def words(engine: EngineName) -> list[str]:
        found = transcribe(audio, None, TranscribeOptions(engine=engine, language="en"))
        return list(units("".join(word.text for word in found.words), "en"))

    ours, theirs = words("auto"), words("ctranslate2")
    errors = word_errors(ours, theirs, "WER")
    assert len(ours) > 100
    assert errors.detail["insertions"] < 0.1 * len(ours)
    assert errors.errors < 0.3 * len(ours)
