"""Meetings to the windows that are searched: three to six turns, each with its speaker's name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meetbot.domain import Transcript, Utterance
from meetbot.llm import heard, neutral
from meetbot.words import tokens

MOST_TURNS = 6
FEWEST_TURNS = 3
MOST = 1500  # characters of one turn; what a longer one says after that is not searched
ENOUGH = 90  # words; a window of long turns is shorter


@dataclass(frozen=True)
class Window:
    """Consecutive turns of one meeting. `meeting` is its place in the sequence that was asked about."""

    meeting: int
    turns: tuple[Utterance, ...]
    text: str


def windows(meetings: Sequence[Transcript]) -> list[Window]:
    """Every window of every meeting, each a turn or two after the one before."""
    return [window for index, transcript in enumerate(meetings) for window in _of(index, transcript)]


def _of(index: int, transcript: Transcript) -> Iterator[Window]:
    spoken = [utterance for utterance in transcript.utterances if neutral(heard(utterance.text))]
    for begin in range(0, len(spoken), 2):
        end, words = begin, 0
        while end < len(spoken) and end - begin < MOST_TURNS and (words < ENOUGH or end - begin < FEWEST_TURNS):
            words += len(tokens(spoken[end].text))
            end += 1
        chosen = tuple(spoken[begin:end])
        yield Window(index, chosen, "\n".join(line(transcript, one) for one in chosen))
        if end == len(spoken):
            break


def line(transcript: Transcript, utterance: Utterance) -> str:
    """A turn as it is searched and read: the speaker, a colon, the words."""
    return f"{neutral(transcript.label(utterance.speaker))}: {neutral(heard(utterance.text))[:MOST]}"
