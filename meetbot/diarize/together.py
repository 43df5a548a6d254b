"""Several diarizations of one recording, a channel each, as one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from meetbot.domain import Diarization, Turn


def distinct(sides: Sequence[Diarization]) -> tuple[Diarization, ...]:
    """`sides` with every speaker's id their own: S1, S2, … by first appearance on any of them."""
    firsts = sorted((turn.start, number, turn.speaker) for number, side in enumerate(sides) for turn in side.turns)
    names: dict[tuple[int, str], str] = {}
    for _, number, speaker in firsts:
        names.setdefault((number, speaker), f"S{len(names) + 1}")

    def renamed(number: int, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        return tuple(replace(turn, speaker=names[number, turn.speaker]) for turn in turns)

    return tuple(
        Diarization(
            renamed(number, side.turns),
            renamed(number, side.exclusive),
            {names[number, speaker]: voice for speaker, voice in side.voices.items() if (number, speaker) in names},
        )
        for number, side in enumerate(sides)
    )


def together(sides: Sequence[Diarization]) -> Diarization:
    """Everybody on all of `sides`, whose speakers are distinct. Whoever holds the floor keeps it in `exclusive`."""
    turns = sorted((turn for side in sides for turn in side.turns), key=lambda turn: (turn.start, turn.end))
    exclusive: list[Turn] = []
    reached = 0.0
    for turn in sorted((turn for side in sides for turn in side.exclusive), key=lambda turn: (turn.start, turn.end)):
        if turn.end > reached:
            exclusive.append(replace(turn, start=max(turn.start, reached)))
            reached = turn.end
    voices = {speaker: voice for side in sides for speaker, voice in side.voices.items()}
    order = dict.fromkeys(turn.speaker for turn in turns)
    return Diarization(tuple(turns), tuple(exclusive), {name: voices[name] for name in order if name in voices})
