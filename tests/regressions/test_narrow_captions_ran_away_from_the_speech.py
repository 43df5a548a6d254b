"""Cues of a second each, of one word each, came later and later: at ten columns two minutes behind."""

from __future__ import annotations

import pytest

from meetbot.export import CaptionStyle
from meetbot.export.captions import LOST, captions
from tests.unit.export.meetings import transcript

WORDS = 300


@pytest.mark.parametrize("width", [10, 16, 24, 42])
def test_cues_are_never_long_behind_the_words(width: int) -> None:
    talk = transcript(("S1", 0.0, " ".join(f"word{number}" for number in range(WORDS))))  # three a second
    cues = captions(talk, CaptionStyle(max_line_width=width, max_line_count=1))
    assert sum(line.text.count("word") for cue in cues for line in cue.lines) == WORDS
    assert max(cue.start - cue.lines[0].words[0].start for cue in cues) < LOST + 1
