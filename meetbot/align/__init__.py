"""Words and turns to utterances: who said what. Pure; knows nothing of audio or models.

A word belongs to somebody whose turns cover it, never one speaker to a whole Whisper segment (that alone doubles
cpWER). Whisper's word times wander by a tenth of a second or two and turns by as much, so a change of speaker has a
price that depends on where in the sentence it is: `evidence` and `path`. What each part is worth: docs/attribution.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meetbot.align import evidence, path
from meetbot.align.utterances import Spoken, speakers, utterances
from meetbot.domain import AudioInfo, Diarization, Transcript, Transcription

__all__ = ["align"]


def align(
    transcription: Transcription,
    diarization: Diarization | None,
    audio: AudioInfo,
    *,
    models: Mapping[str, str] | None = None,
    timings: Mapping[str, float] | None = None,
) -> Transcript:
    """The transcript of `transcription`, its words given to the speakers of `diarization`.

    Without a diarization, or with one that heard nobody, everything is said by S1. Speakers to whom no word falls are
    left out.
    """
    turns = diarization.turns if diarization else ()
    said = utterances(_attributed(transcription, diarization), turns)
    return Transcript(
        audio=audio,
        language=transcription.language,
        speakers=speakers(said, turns),
        utterances=said,
        task=transcription.task,
        models=models or {},
        timings=timings or {},
    )


def _attributed(transcription: Transcription, diarization: Diarization | None) -> Sequence[Spoken]:
    """Every word with its speaker."""
    words = transcription.words
    languages = [segment.language for segment in transcription.segments for _ in segment.words]
    known = diarization.speakers if diarization else ()
    if diarization is None or not known or not words:
        owners = ["S1"] * len(words)
    else:
        scores = evidence.of_turns(words, diarization.turns, known)
        owners = [known[column] for column in path.likeliest(words, scores)]
    return [Spoken(*item) for item in zip(words, owners, languages, strict=True)]
