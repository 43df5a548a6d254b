"""Meetings scored: a reference and what was found, to one row of scores; rows to a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meetbot.domain import Transcript, Turn
from meetbot.evaluate.join import whisperx_join
from meetbot.evaluate.references import Reference, Said
from meetbot.evaluate.scores import Change, Pooled, Score, pool, relative_change
from meetbot.evaluate.turns import turn_errors
from meetbot.evaluate.words import attributed_words, words

OURS = "meetbot"


@dataclass(frozen=True)
class MeetingScores:
    """One recording's scores. `speakers` counts those found, `expected` those there are; None: not known."""

    name: str
    language: str
    scores: tuple[Score, ...]
    speakers: int | None
    expected: int | None


@dataclass(frozen=True)
class JoinScores:
    """One way of giving words to speakers; `change` is how meetbot's own cpWER compares with it."""

    join: str
    pooled: tuple[Pooled, ...]
    change: Change


@dataclass(frozen=True)
class MeetingsReport:
    """Recordings one by one and pooled; `joins` if ways of joining words and turns were compared."""

    pooled: tuple[Pooled, ...]
    recordings: tuple[MeetingScores, ...]
    joins: tuple[JoinScores, ...] = ()
    schema_version: int = 1


def said(transcript: Transcript) -> tuple[Said, ...]:
    """A transcript's utterances as the scorers take them."""
    return tuple(Said(part.speaker, part.start, part.end, part.text) for part in transcript.utterances)


def score_meeting(
    reference: Reference, transcript: Transcript | None, turns: Sequence[Turn] | None, duration: float
) -> MeetingScores:
    """All the scores that `reference` and what was found allow.

    `turns` are the diarization's, overlapping ones included; without them everything about speakers is left out,
    without `transcript` everything about words. `duration` is the recording's, in seconds.
    """
    language = reference.language or (transcript.language if transcript else "")
    scores: list[Score] = []
    if reference.said is not None and transcript is not None:
        heard = said(transcript)
        scores.append(words(reference.said, heard, language))
        if turns is not None:
            scores += attributed_words(reference.said, heard, language)
    if reference.turns is not None and turns is not None:
        scores += turn_errors(reference.turns, turns, duration)
    return MeetingScores(
        name=reference.name,
        language=language,
        scores=tuple(scores),
        speakers=len({turn.speaker for turn in turns}) if turns is not None else None,
        expected=len({turn.speaker for turn in reference.turns}) if reference.turns is not None else None,
    )


def score_joins(reference: Reference, transcript: Transcript, turns: Sequence[Turn]) -> Mapping[str, tuple[Score, ...]]:
    """The scores about words and speakers, by how the same words were joined to the same turns."""
    if reference.said is None:
        return {}
    language = reference.language or transcript.language
    ordered = sorted((word for part in transcript.utterances for word in part.words), key=lambda word: word.start)
    ways = {
        OURS: said(transcript),
        "WhisperX, sentences": whisperx_join(ordered, turns, by="segment"),
        "WhisperX, words": whisperx_join(ordered, turns, by="word"),
    }
    return {way: attributed_words(reference.said, heard, language) for way, heard in ways.items()}


def compare_joins(recordings: Sequence[Mapping[str, tuple[Score, ...]]]) -> tuple[JoinScores, ...]:
    """Every way of joining over all recordings, and how much lower meetbot's cpWER is on the same ones."""
    rows = [recording for recording in recordings if recording]
    if not rows:
        return ()
    ours = [row[OURS] for row in rows]
    metric = ours[0][0].metric
    return tuple(
        JoinScores(way, pool([row[way] for row in rows]), relative_change([row[way] for row in rows], ours, metric))
        for way in rows[0]
    )


def report(
    recordings: Sequence[MeetingScores], joins: Sequence[Mapping[str, tuple[Score, ...]]] = ()
) -> MeetingsReport:
    """The rows and what they pool to."""
    pooled = pool([recording.scores for recording in recordings])
    return MeetingsReport(pooled, tuple(recordings), compare_joins(joins))
