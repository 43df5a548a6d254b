"""Who spoke when, as a line of coloured blocks on the terminal, while the notes are still being written."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from meetbot.cli.bar import clock, say

if TYPE_CHECKING:
    from meetbot.domain import Transcript

WIDEST = 100
"""Blocks: more are harder to take in, not easier."""


def show(transcript: Transcript, *, quiet: bool) -> None:
    """The line and whose colours they are, on stderr, if that is a terminal. Digits instead under NO_COLOR."""
    if quiet or not transcript.utterances or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return
    say(picture(transcript, shutil.get_terminal_size().columns, colour="NO_COLOR" not in os.environ))


def picture(transcript: Transcript, columns: int, *, colour: bool) -> str:
    """Two lines at most `columns` wide (names permitting): the blocks between their times, and the legend."""
    from meetbot.diarize.plot import block, blocks
    from meetbot.domain import Turn

    said = transcript.utterances
    start, end = said[0].start, max(one.end for one in said)
    left, right = clock(start), clock(end)
    width = max(10, min(WIDEST, columns - len(left) - len(right) - 3))
    turns = [Turn(one.speaker, one.start, one.end) for one in said]
    order = list(dict.fromkeys(turn.speaker for turn in turns))
    everything = sum(one.talk_time for one in transcript.speakers) or 1.0
    shares = {one.id: round(100 * one.talk_time / everything) for one in transcript.speakers}
    legend = "  ".join(
        f"{block(number, colour=colour)} {transcript.label(speaker)} {shares[speaker]} %"
        for number, speaker in enumerate(order)
    )
    return f"{left} {blocks(turns, start, end, width, colour=colour)} {right}\n{legend}"
