"""A whole recording: windows in batches, each batch to segments, finished batches remembered.

Within a batch: hear, ask the language, write, write again what is doubtful, time the words, and hear once more the
speech that a window's text did not reach. Memory does not grow with the recording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, zip_longest

import numpy as np

from meetbot import codec
from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.device import DeviceName
from meetbot.domain import Segment, Transcription, Turn
from meetbot.progress import Progress
from meetbot.store import Memo, digest
from meetbot.transcribe import batch, voice, windows
from meetbot.transcribe.ahead import Ahead
from meetbot.transcribe.batch import Written
from meetbot.transcribe.context import Before, lanes
from meetbot.transcribe.engine import Engine
from meetbot.transcribe.engines import open_engine
from meetbot.transcribe.features import FRAME, energies
from meetbot.transcribe.languages import Vote
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.script import in_script
from meetbot.transcribe.windows import Span, Window


def transcribe_recording(
    audio: Audio,
    turns: Sequence[Turn] | None,
    options: TranscribeOptions,
    *,
    device: DeviceName,
    offline: bool,
    memo: Memo,
    progress: Progress,
) -> Transcription:
    """See `meetbot.transcribe.transcribe`."""

    # Opened at the first window: a recording without speech needs no model.
    def opened() -> Engine:
        return open_engine(options, device=device, offline=offline, progress=progress)

    return _transcribe(opened, audio, turns, options, memo=memo, progress=progress)


def transcribe_with(
    engine: Engine,
    audio: Audio,
    turns: Sequence[Turn] | None,
    options: TranscribeOptions,
    *,
    memo: Memo,
    progress: Progress,
) -> Transcription:
    """The same with an engine that is open already."""
    return _transcribe(lambda: engine, audio, turns, options, memo=memo, progress=progress)


def _transcribe(
    opened: Callable[[], Engine],
    audio: Audio,
    turns: Sequence[Turn] | None,
    options: TranscribeOptions,
    *,
    memo: Memo,
    progress: Progress,
) -> Transcription:
    with progress.stage("transcribe", total=audio.end - audio.start, unit="s") as step:
        cut = cut_recording(audio, turns, options)
        vote = Vote()
        done: list[Segment] = []
        engine = opened() if cut else None
        # Seconds from the end of the window before to its own: together the recording up to its last word.
        ends = [audio.start, *accumulate((window.end for window in cut), max)]
        known = [Before()] * (len(cut) + 1)  # before each window, and at the end; of its lane's windows only
        batches = _order(len(cut), engine.batch if engine else 1, options)
        ahead = Ahead(engine, audio) if engine else None
        for rows, later in zip_longest(batches, batches[1:], fillvalue=()):
            assert ahead is not None
            written = _batch(
                ahead, [cut[row] for row in rows], options,
                before=[known[row] for row in rows], following=[cut[row] for row in later],
                vote=vote, memo=memo, progress=progress,
            )  # fmt: skip
            done += written.segments
            audio.let_go()
            if _tells(options):
                for row, after in zip(rows, written.after, strict=True):
                    known[row + 1] = after
            step.advance(sum(ends[row + 1] - ends[row] for row in rows))
        step.advance(audio.end - ends[-1])
    segments = tuple(sorted(done, key=lambda segment: segment.words[0].start))
    if options.script is not None:
        segments = in_script(segments, options.script)
    return Transcription(segments, _spoken_most(segments, options), options.task)


def cut_recording(audio: Audio, turns: Sequence[Turn] | None, options: TranscribeOptions) -> list[Window]:
    """The windows of `audio`, by turns when there are any, else where a voice is heard."""

    def quietest(start: float, end: float) -> float:
        loudness = energies(audio.window(start, end))
        # Over 0.3 s: the quietest single frame is as likely inside a word as between two.
        smooth = np.convolve(loudness, np.ones(15, np.float32), mode="same") if len(loudness) else loudness
        return start + (float(np.argmin(smooth)) + 0.5) * FRAME / SAMPLE_RATE if len(smooth) else end

    how = "turns" if options.per_turn else options.windows
    if how == "fixed":
        return windows.fixed(audio.start, audio.end)
    if turns is None:
        spans = voice.speech(audio)
    else:
        spans = voice.merge([(turn.start, turn.end) for turn in turns if turn.duration > 0])
    if how in ("turns", "context"):
        known = list(turns) if turns is not None else [Turn("", *span) for span in spans]
        found = windows.alone(known, quietest, context=1.5 if how == "context" else 0.0)
    else:
        found = windows.pack(spans, quietest)
    return [clipped for window in found if (clipped := _clip(window, (audio.start, audio.end)))]


def _clip(window: Window, bounds: Span) -> Window | None:
    def inside(spans: Sequence[Span]) -> tuple[Span, ...]:
        cut = [(max(start, bounds[0]), min(end, bounds[1])) for start, end in spans]
        return tuple(span for span in cut if span[1] - span[0] > 0.02)

    pieces = inside(window.pieces)
    return replace(window, pieces=pieces, speech=inside(window.speech)) if pieces else None


def _tells(options: TranscribeOptions) -> bool:
    """Whether windows are told what was said before: not those so short that the context outweighs them."""
    return options.previous_text and options.windows in ("packed", "fixed") and not options.per_turn


def _order(count: int, batch: int, options: TranscribeOptions) -> list[list[int]]:
    """The numbers of `count` windows in the batches in which they are decoded."""
    if _tells(options):
        return lanes(count, batch)
    return [list(range(first, min(first + batch, count))) for first in range(0, count, batch)]


@dataclass(frozen=True, slots=True)
class _Finished:
    """What a finished batch leaves behind: what it wrote, and the vote on languages so far."""

    written: Written
    seconds: dict[str, float]


def _batch(
    ahead: Ahead,
    some: Sequence[Window],
    options: TranscribeOptions,
    *,
    before: Sequence[Before],
    following: Sequence[Window],
    vote: Vote,
    memo: Memo,
    progress: Progress,
) -> Written:
    # The windows are the key, and what they are told: other turns, another batch size or another model's limits make
    # others. The caller's memo belongs to this audio and these options.
    key = digest("windows", ahead.engine.name, [window.pieces for window in some], [known.tokens for known in before])
    if kept := memo.get(key):
        finished = codec.from_json(_Finished, kept)
        vote.seconds = finished.seconds
        return finished.written
    written = batch.transcribe_windows(
        ahead, some, options, before=before, following=following, vote=vote, progress=progress
    )
    kept = codec.to_json(_Finished(written, vote.seconds))
    memo.put(key, kept)
    # Read back even so: what is kept is rounded, and a run that goes on must end as one that was never killed.
    finished = codec.from_json(_Finished, kept)
    vote.seconds = finished.seconds
    return finished.written


def _spoken_most(segments: Sequence[Segment], options: TranscribeOptions) -> str:
    seconds: dict[str, float] = {}
    for segment in segments:
        span = segment.words[-1].end - segment.words[0].start
        seconds[segment.language] = seconds.get(segment.language, 0.0) + span
    return max(seconds, key=lambda language: seconds[language]) if seconds else options.language or "en"
