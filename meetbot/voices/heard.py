"""The voices of a meeting's speakers as its transcript has them now: after every correction, merge and split.

A diarization knows only the speakers it found. What the user made of them stands in the transcript, so the voice to
be remembered, or compared, is heard again in the turns that are this speaker's today: half a minute of them is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meetbot.audio import Audio
from meetbot.diarize.cluster import people
from meetbot.diarize.listen import listen
from meetbot.domain import Transcript, Utterance
from meetbot.errors import UsageError
from meetbot.voices.profiles import Sample

MOST = 30.0
"""Seconds of each speaker that are listened to, the longest turns first: more changes a mean by less than 0.02."""
BRIEF = 1.0
"""Seconds; shorter turns are listened to only where there are no others."""
PAUSE = 0.4
"""Seconds of silence between words that are left out."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Heard:
    """A speaker's voice, and the turns it was heard in, the most typical ones first."""

    sample: Sample
    typical: tuple[str, ...]


def hear(audio: Audio, transcript: Transcript, *, offline: bool = False) -> Mapping[str, Heard]:
    """The voice of every speaker of `transcript` who can be heard alone. Raises ModelMissing."""
    turns = [(each, spans(each)) for one in transcript.speakers for each in clear(transcript, one.id)]
    vectors = _means(listen(audio, [span for _, own in turns for span in own], offline=offline), turns)
    found = {}
    for one in transcript.speakers:
        mine = [(each, length, vector) for (each, length, vector) in vectors if each.speaker == one.id]
        if not mine:
            continue
        seconds = np.array([length for _, length, _ in mine])
        mean = np.average(np.stack([vector for _, _, vector in mine]), axis=0, weights=seconds)
        mean /= np.linalg.norm(mean)
        order = sorted(mine, key=lambda item: -float(item[2] @ mean))
        sample = Sample(tuple(mean.tolist()), round(float(seconds.sum()), 1), transcript.audio.sha256)
        found[one.id] = Heard(sample, tuple(each.id for each, _, _ in order))
    return found


def other_voice(audio: Audio, transcript: Transcript, speaker: str, *, offline: bool = False) -> frozenset[str]:
    """The turns of `speaker` that are of the second of two people, who has less to say of the two.

    Every turn that can be heard is listened to; one that cannot stays with the first. Raises UsageError when one
    voice is heard in all of them, and ModelMissing.
    """
    turns = [(each, spans(each)) for each in transcript.utterances if each.speaker == speaker]
    heard = _means(listen(audio, [span for _, own in turns for span in own], offline=offline), turns)
    if len(heard) < 2:
        raise UsageError(f"Too little is heard of {transcript.label(speaker)} to tell two people apart.")
    vectors = np.stack([vector for _, _, vector in heard]).astype(np.float32)
    seconds = np.array([length for _, length, _ in heard])
    means = people(vectors, seconds, fewest=2, most=2)
    belongs = np.argmax(vectors @ means.T, axis=1)
    second = int(np.bincount(belongs, seconds, minlength=2).argmin())
    return frozenset(each.id for (each, _, _), whose in zip(heard, belongs, strict=True) if whose == second)


def clear(transcript: Transcript, speaker: str) -> tuple[Utterance, ...]:
    """Turns in which `speaker` is alone, the longest first, until they hold MOST seconds."""
    alone = [each for each in transcript.utterances if each.speaker == speaker and not each.overlap]
    long = [each for each in alone if each.end - each.start >= BRIEF] or alone
    chosen, seconds = [], 0.0
    for each in sorted(long, key=lambda one: one.start - one.end):
        if seconds >= MOST:
            break
        chosen.append(each)
        seconds += each.end - each.start
    return tuple(chosen)


def spans(utterance: Utterance) -> tuple[Span, ...]:
    """The stretches of an utterance in which there are words; all of it when its words are not known."""
    found: list[Span] = []
    for word in utterance.words:
        if found and word.start - found[-1][1] < PAUSE:
            found[-1] = (found[-1][0], max(found[-1][1], word.end))
        else:
            found.append((word.start, word.end))
    return tuple(found) or ((utterance.start, utterance.end),)


def _means(
    vectors: NDArray[np.float32], turns: Sequence[tuple[Utterance, tuple[Span, ...]]]
) -> list[tuple[Utterance, float, NDArray[np.float64]]]:
    """Each turn with the seconds heard in it and its voice, a unit vector; without those nothing was heard in."""
    found, at = [], 0
    for utterance, own in turns:
        mine = vectors[at : at + len(own)]
        at += len(own)
        known = ~np.isnan(mine).any(axis=1)
        lengths = np.array([end - start for start, end in own])[known]
        if lengths.sum() > 0:
            mean = np.average(mine[known].astype(np.float64), axis=0, weights=lengths)
            found.append((utterance, float(lengths.sum()), mean / np.linalg.norm(mean)))
    return found
