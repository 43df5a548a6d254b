"""Words and turns to utterances: who said what. Pure; knows nothing of audio or models.

A word belongs to somebody whose turns cover it, never one speaker to a whole Whisper segment (that alone doubles
cpWER). Whisper's word times wander by a tenth of a second or two and turns by as much, so a change of speaker has a
price that depends on where in the sentence it is: `evidence` and `path`. Whose turn a short sentence is, its voice says
(`sentences`), if somebody listened. What each part is worth: docs/attribution.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from meetbot.align import evidence, path, sentences
from meetbot.align.sentences import Sentence
from meetbot.align.utterances import Spoken, speakers, utterances
from meetbot.domain import AudioInfo, Diarization, Transcript, Transcription, Turn

__all__ = ["Sentence", "align", "short", "together"]

HINT = 0.25
"""Share of the price of a change that the turns must be worth for a sentence to be taken apart: its parts are heard."""


def short(transcription: Transcription, diarization: Diarization) -> list[Sentence]:
    """The sentences whose voice is to be asked by itself (`sentences`): `align` takes what it says as `likeness`."""
    words, known = transcription.words, diarization.speakers
    if not words or not known:
        return []
    turn = path.likeliest(words, evidence.of_turns(words, diarization.turns, known), HINT)
    return sentences.short(words, turn)


def align(
    transcription: Transcription,
    diarization: Diarization | None,
    audio: AudioInfo,
    *,
    likeness: Sequence[Sequence[float]] = (),
    elsewhere: Sequence[Turn] = (),
    models: Mapping[str, str] | None = None,
    timings: Mapping[str, float] | None = None,
) -> Transcript:
    """The transcript of `transcription`, its words given to the speakers of `diarization`.

    Without a diarization, or with one that heard nobody, everything is said by S1. Speakers to whom no word falls are
    left out. `likeness` is how like the diarization's voices each of the `short` sentences sounds, cosines in the order
    of both. `elsewhere` are turns of people who said none of these words: their channel is another.
    """
    turns = (*(diarization.turns if diarization else ()), *elsewhere)
    said = utterances(_attributed(transcription, diarization, likeness), turns)
    return Transcript(
        audio=audio,
        language=transcription.language,
        speakers=speakers(said, turns),
        utterances=said,
        task=transcription.task,
        models=models or {},
        timings=timings or {},
    )


def together(sides: Sequence[Transcript]) -> Transcript:
    """The transcripts of a recording's channels as one: utterances by start, ids anew, the language spoken most.

    A speaker whose id is taken by somebody on an earlier channel gets the next one that is free.
    """
    if len(sides) == 1:
        return sides[0]
    taken: set[str] = set()
    people, said = [], []
    for side in sides:
        names = {}
        for one in side.speakers:
            free = (f"S{number}" for number in range(1, len(taken) + 2) if f"S{number}" not in taken)
            names[one.id] = one.id if one.id not in taken else next(free)
            taken.add(names[one.id])
            people.append(replace(one, id=names[one.id]))
        said += [replace(each, speaker=names[each.speaker]) for each in side.utterances]
    said.sort(key=lambda each: each.start)
    first = {each.speaker: number for number, each in reversed(list(enumerate(said)))}
    longest = max(sides, key=lambda side: sum(len(each.words) for each in side.utterances))
    return replace(
        longest,
        speakers=tuple(sorted(people, key=lambda one: first[one.id])),
        utterances=tuple(replace(each, id=f"T{number}") for number, each in enumerate(said, start=1)),
    )


def _attributed(
    transcription: Transcription, diarization: Diarization | None, likeness: Sequence[Sequence[float]]
) -> Sequence[Spoken]:
    """Every word with its speaker."""
    words = transcription.words
    languages = [segment.language for segment in transcription.segments for _ in segment.words]
    known = diarization.speakers if diarization else ()
    if diarization is None or not known or not words:
        owners = ["S1"] * len(words)
    else:
        scores = evidence.of_turns(words, diarization.turns, known)
        if likeness:
            asked = short(transcription, diarization)
            scores += evidence.of_voices(len(words), asked, likeness, list(diarization.voices), known)
        owners = [known[column] for column in path.likeliest(words, scores)]
    return [Spoken(*item) for item in zip(words, owners, languages, strict=True)]
