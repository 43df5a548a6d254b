"""An hour was diarized before a language that does not exist was refused; other values meant nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import here


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["transcribe", "talk.wav", "--language", "klingon"], "Whisper does not know the language 'klingon'."),
        (["transcribe", "talk.wav", "--beam-size", "0"], "--beam-size must be at least 1."),
        (["transcribe", "talk.wav", "--threads", "0"], "--threads must be at least 1."),
        (["transcribe", "talk.wav", "-o", "a.srt", "--output-dir", "b"], "Both --output and --output-dir say where."),
        (["transcribe", "talk.wav", "a/talk.wav", "--output-dir", "b"], "talk.wav and a/talk.wav would be written to"),
        (["summarize", "talk.wav", "a/talk.mp3", "--output-dir", "b"], "talk.wav and a/talk.mp3 would be written to"),
        (["export", "weekly", "-o", "a.srt", "--output-dir", "b"], "Both --output and --output-dir say where."),
        (["ask", "talk.wav", " "], "The question is empty."),
        (["vocabulary", "add", ""], "There is no term in that."),
    ],
)
def test_they_are_refused_before_the_recording_is_looked_at(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where there is no talk.wav
    found = here(*arguments)
    assert found.code == 2
    assert found.err.startswith(f"Error: {said}")
