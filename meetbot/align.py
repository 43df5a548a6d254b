"""Words and turns to utterances: who said what. Pure; knows nothing of audio or models.

A word belongs to the speaker whose exclusive turns cover most of it, never one speaker to a whole Whisper
segment (that alone doubles cpWER). Whisper's word times wander by a tenth of a second or two and turns by as
much, so a change of speaker that falls within a word or two of a sentence's end is moved there; words that lie
in nobody's turn go where time and sentence say.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from meetbot.domain import AudioInfo, Diarization, Speaker, Transcript, Transcription, Turn, Utterance, Word

SENTENCE_END = tuple(".?!。？！…")

SNAP_WORDS = 2
"""A change of speaker moves at most this many words to reach a sentence's end."""
SNAP_SECONDS = 0.6
"""… and at most this far."""
PAUSE = 1.2
"""A speaker who pauses this long (seconds) after a sentence starts a new utterance."""
LONG_PAUSE = 2.5
"""… and this long anywhere."""
LONG_UTTERANCE = 25.0
"""From this length on (seconds), an utterance ends with the sentence: a citation must point at something."""
OVERLAP = 0.2
"""Somebody else must speak this long (seconds) within an utterance for it to be marked as overlapping."""


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A word and who said it; `last` marks the last word of a Whisper segment."""

    word: Word
    speaker: str
    language: str


def align(
    transcription: Transcription,
    diarization: Diarization | None,
    audio: AudioInfo,
    *,
    models: Mapping[str, str] | None = None,
    timings: Mapping[str, float] | None = None,
) -> Transcript:
    """The transcript of `transcription`, its words given to the speakers of `diarization`.

    Without a diarization everything is said by S1. Speakers to whom no word falls are left out.
    """
    exclusive = diarization.exclusive if diarization else ()
    spoken = _snap(_attribute(transcription, exclusive))
    turns = diarization.turns if diarization else ()
    utterances = tuple(
        _utterance(f"T{number}", group, turns) for number, group in enumerate(_utterances(spoken), start=1)
    )
    return Transcript(
        audio=audio,
        language=transcription.language,
        speakers=_speakers(utterances, turns),
        utterances=utterances,
        task=transcription.task,
        models=models or {},
        timings=timings or {},
    )


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with the word `text`, quotes and brackets aside."""
    return text.rstrip("\"'”’»)]」』 ").endswith(SENTENCE_END)


# -------------------------------------------------------------------------------- words to speakers


def _attribute(transcription: Transcription, turns: Sequence[Turn]) -> list[_Spoken]:
    """Every word with the speaker of the exclusive turns that cover most of it."""
    starts = [turn.start for turn in turns]
    ends = [turn.end for turn in turns]
    spoken: list[_Spoken] = []
    for segment in transcription.segments:
        for word in segment.words:
            first, last = bisect_right(ends, word.start), bisect_left(starts, word.end)
            if first < last:
                speaker = _most_overlap(word, turns[first:last])
            elif turns:
                speaker = _in_a_gap(word, spoken, turns, first)
            else:
                speaker = "S1"
            spoken.append(_Spoken(word, speaker, segment.language))
    return spoken


def _most_overlap(word: Word, turns: Iterable[Turn]) -> str:
    shares: dict[str, float] = {}
    for turn in turns:
        shared = min(word.end, turn.end) - max(word.start, turn.start)
        shares[turn.speaker] = shares.get(turn.speaker, 0.0) + shared
    return max(shares, key=shares.__getitem__)


def _in_a_gap(word: Word, spoken: Sequence[_Spoken], turns: Sequence[Turn], following: int) -> str:
    """The speaker of a word outside every turn: that of its sentence, else that of the nearer turn."""
    before = turns[following - 1] if following > 0 else None
    after = turns[following] if following < len(turns) else None
    if before is None or after is None:
        nearest = before or after
        assert nearest is not None
        return nearest.speaker
    previous = spoken[-1] if spoken else None
    if previous and not ends_sentence(previous.word.text) and word.start - previous.word.end < PAUSE:
        return previous.speaker
    return before.speaker if word.start - before.end <= after.start - word.end else after.speaker


def _snap(spoken: Sequence[_Spoken]) -> list[_Spoken]:
    """Changes of speaker moved to a sentence's end close by."""
    snapped = list(spoken)
    for change in range(1, len(snapped)):
        left, right = snapped[change - 1].speaker, snapped[change].speaker
        if left == right or ends_sentence(snapped[change - 1].word.text):
            continue
        target = _sentence_end_near(snapped, change)
        if target is None:
            continue
        for index in range(min(change, target), max(change, target)):
            snapped[index] = replace(snapped[index], speaker=left if target > change else right)
    return snapped


def _sentence_end_near(spoken: Sequence[_Spoken], change: int) -> int | None:
    """The index nearest to `change` that starts a sentence within reach, crossing no other change."""
    at = spoken[change].word.start
    for distance in range(1, SNAP_WORDS + 1):
        for index in (change - distance, change + distance):
            if not 0 < index < len(spoken):
                continue
            between = spoken[min(index, change) : max(index, change)]
            if len({item.speaker for item in between}) > 1:
                continue
            if abs(spoken[index].word.start - at) <= SNAP_SECONDS and ends_sentence(spoken[index - 1].word.text):
                return index
    return None


# ------------------------------------------------------------------------------ words to utterances


def _utterances(spoken: Sequence[_Spoken]) -> list[list[_Spoken]]:
    """Runs of one speaker and language, cut again at pauses."""
    groups: list[list[_Spoken]] = []
    for _, run in groupby(spoken, key=lambda item: (item.speaker, item.language)):
        current: list[_Spoken] = []
        for item in run:
            if current and _breaks(current, item):
                groups.append(current)
                current = []
            current.append(item)
        groups.append(current)
    return sorted(groups, key=lambda group: group[0].word.start)


def _breaks(current: Sequence[_Spoken], following: _Spoken) -> bool:
    pause = following.word.start - current[-1].word.end
    if pause >= LONG_PAUSE:
        return True
    if not ends_sentence(current[-1].word.text):
        return False
    return pause >= PAUSE or current[-1].word.end - current[0].word.start >= LONG_UTTERANCE


def _utterance(name: str, group: Sequence[_Spoken], turns: Sequence[Turn]) -> Utterance:
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


def _speakers(utterances: Sequence[Utterance], turns: Sequence[Turn]) -> tuple[Speaker, ...]:
    """Who speaks, in order of first appearance. Talk time is of the turns where there are any."""
    talk: dict[str, float] = {}
    for stretch in turns or [Turn(item.speaker, item.start, item.end) for item in utterances]:
        talk[stretch.speaker] = talk.get(stretch.speaker, 0.0) + stretch.duration
    counts: dict[str, int] = {}
    for utterance in utterances:
        counts[utterance.speaker] = counts.get(utterance.speaker, 0) + 1
    return tuple(Speaker(id=name, talk_time=talk.get(name, 0.0), turns=count) for name, count in counts.items())
