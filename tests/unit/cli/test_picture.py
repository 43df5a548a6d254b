"""The line of blocks that shows who spoke when."""

from __future__ import annotations

import pytest

from meetbot.cli import picture
from meetbot.domain import AudioInfo, Speaker, Transcript, Utterance

SAID = Transcript(
    AudioInfo("a.wav", "0" * 64, 80.0),
    "en",
    (Speaker("S1", "Ana", talk_time=30.0), Speaker("S2", talk_time=10.0)),
    (Utterance("T1", "S1", 0.0, 60.0, "So."), Utterance("T2", "S2", 60.0, 80.0, "Yes.")),
)


def test_blocks_lie_between_their_times_and_the_legend_says_whose_they_are() -> None:
    assert picture.picture(SAID, 19, colour=False) == "0:00 1111111122 1:20\n1 Ana 75 %  2 S2 25 %"
    coloured = picture.picture(SAID, 200, colour=True)
    assert coloured.count("█") == picture.WIDEST + 2


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    picture.show(SAID, quiet=False)  # the tests' stderr is no terminal
    assert capsys.readouterr().err == ""
