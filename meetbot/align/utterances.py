"""Words that have a speaker to utterances and speakers: the shape in which a transcript is read and cited. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from meetbot.domain import Speaker, Turn, Utterance, Word
from meetbot.words import ends_sentence

PAUSE = 1.2
"""A speaker who pauses this long (seconds) after a sentence starts a new utterance."""
LONG_PAUSE = 2.5
"""… and this long anywhere."""
LONG_UTTERANCE = 25.0
"""From this length on (seconds), an utterance ends with the sentence: a citation must point at something."""
OVERLAP = 0.2
"""Somebody else must speak this long (seconds) within an utterance for it to be marked as overlapping."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word, who said it, and in which language."""

    word: Word
    speaker: str
    language: str


def utterances(spoken: Sequence[Spoken], turns: Sequence[Turn]) -> tuple[Utterance, ...]:
    """Runs of one speaker and language, cut again at pauses, ordered by start; `turns` say where others speak."""
    groups: list[list[Spoken]] = []
    for _, run in groupby(spoken, key=lambda item: (item.speaker, item.language)):
        current: list[Spoken] = []
        for item in run:
            if current and _breaks(current, item):
                groups.append(current)
                current = []
            current.append(item)
        groups.append(current)
    ordered = sorted(groups, key=lambda group: group[0].word.start)
    return tuple(_utterance(f"T{number}", group, turns) for number, group in enumerate(ordered, start=1))


def speakers(said: Sequence[Utterance], turns: Sequence[Turn]) -> tuple[Speaker, ...]:
    """Who speaks, in order of first appearance. Talk time is of the turns where there are any."""
    talk: dict[str, float] = {}
    for stretch in turns or [Turn(item.speaker, item.start, item.end) for item in said]:
        talk[stretch.speaker] = talk.get(stretch.speaker, 0.0) + stretch.duration
    counts: dict[str, int] = {}
    for utterance in said:
        counts[utterance.speaker] = counts.get(utterance.speaker, 0) + 1
    return tuple(Speaker(id=name, talk_time=talk.get(name, 0.0), turns=count) for name, count in counts.items())


def _breaks(current: Sequence[Spoken], following: Spoken) -> bool:
    pause = following.word.start - current[-1].word.end
    if pause >= LONG_PAUSE:
        return True
    if not ends_sentence(current[-1].word.text):
        return False
    return pause >= PAUSE or current[-1].word.end - current[0].word.start >= LONG_UTTERANCE


def _utterance(name: str, group: Sequence[Spoken], turns: Sequence[Turn]) -> Utterance:
    words = tuple(item.word for item in group)
    speaker, start, end = group[0].speaker, words[0].start, max(word.end for word in words)
    others = sum(max(0.0, min(end, turn.end) - max(start, turn.start)) for turn in turns if turn.speaker != speaker)
    same = sum(max(0.0, min(end, turn.end) - max(start, turn.start)) for turn in turns if turn.speaker == speaker)
    return Utterance(
        id=name,
        speaker=speaker,
        start=start,
        end=end,
        text="".join(word.text for word in words).strip(),
        overlap=others + same - (end - start) >= OVERLAP and others >= OVERLAP,
        words=words,
        language=group[0].language,
    )
