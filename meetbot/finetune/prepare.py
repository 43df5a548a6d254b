"""Recordings with text in, data for fine-tuning out, and a report of what every rule took.

One recording at a time goes through: its text against `rules`, its sound against the evaluation set, its languages
(`spoken`), then into segments. Short utterances of one speaker are joined to windows of up to 30 s. What is held in
memory is a batch of windows, the windows under way, and hashes: a thousand hours need no more than one.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from meetbot.audio import SAMPLE_RATE, Audio, load
from meetbot.domain import Task
from meetbot.errors import AudioError, UsageError
from meetbot.finetune import rules, spoken
from meetbot.finetune.data import Writer
from meetbot.finetune.duplicates import Seen
from meetbot.finetune.segments import LIMIT, PAUSE, Segment, Span, cut, spoken_part, within
from meetbot.finetune.sources import Cue, Recording, recordings
from meetbot.progress import Progress, Silent

if TYPE_CHECKING:
    from meetbot.transcribe.engine import TorchEngine

EXAMPLES = 3
LISTEN_AT_ONCE = 8
OPEN = 32  # speakers whose windows are filled at the same time: 30 MB


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """`evaluation`: what must not be learnt. `held_back`: share of speakers kept for measuring. `speechless`: share of
    long gaps kept as segments without text. `without`: rules that are not applied. `join`: short utterances together.
    `train_only`: inputs of which nothing is held back.
    """

    evaluation: tuple[str, ...] = ()
    held_back: float = 0.1
    speechless: float = 0.1
    without: frozenset[str] = frozenset()
    join: bool = True
    train_only: tuple[str, ...] = ()


@dataclass
class Taken:
    """What one rule took, or one kind of data holds."""

    count: int = 0
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)

    def add(self, seconds: float, example: str = "") -> None:
        """One more."""
        self.count += 1
        self.seconds += seconds
        if example and len(self.examples) < EXAMPLES:
            self.examples.append(example)


@dataclass
class Report:
    """What was left out by rule, and what was kept by (split, task, language)."""

    dropped: dict[str, Taken] = field(default_factory=dict)
    kept: dict[str, Taken] = field(default_factory=dict)
    recordings: int = 0
    segments: int = 0
    schema_version: int = 1

    def drop(self, rule: str, seconds: float, example: str) -> None:
        """Count what `rule` took."""
        self.dropped.setdefault(rule, Taken()).add(seconds, example)


@dataclass(frozen=True, eq=False)
class _Piece:
    """Sound that passed the text's rules, and its cues in its own time."""

    samples: NDArray[np.int16]
    cues: tuple[Cue, ...]
    recording: Recording
    where: str

    @property
    def text(self) -> str:
        return " ".join(cue.text for cue in self.cues)

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def group(self) -> str:
        """Whose speech it is: a named speaker's, or the recording's."""
        speaker = self.cues[0].speaker if len(self.recording.cues) == 1 and self.cues else None
        return speaker or f"{self.recording.source}/{self.recording.audio.name}"


def prepare(
    inputs: Sequence[str],
    target: Path,
    engine: TorchEngine,
    options: PrepareOptions = PrepareOptions(),
    *,
    progress: Progress | None = None,
) -> Report:
    """Write the data of `inputs` to `target`; `engine` identifies what is spoken.

    Raises UsageError when `target` holds data, an input is nothing, or a rule has no such name.
    """
    if unknown := options.without - set(rules.RULES):
        names = ", ".join(rules.RULES)
        raise UsageError(f"There is no rule {', '.join(sorted(unknown))}.", hint=f"The rules: {names}.")
    report, writer = Report(), Writer(target)
    with (progress or Silent()).stage("prepare", unit="recordings") as step:
        evaluation = Seen()
        for recording in recordings(options.evaluation):
            evaluation.text(rules.cleaned(recording.text))
            for cue in recording.cues:
                evaluation.text(rules.cleaned(cue.text))
            if (audio := _load(recording)) is not None:
                evaluation.sound(audio.samples)
        # First, so that whoever only trains here is known when more of theirs comes, and trains there, too.
        added = (replace(one, only_trains=True) for one in recordings(options.train_only))
        training: set[str] = set()
        found = _noted(_pieces(chain(added, recordings(inputs)), evaluation, options, report), training)
        listened = _with_language(found, engine, options, report)
        for samples, segment in _joined(listened) if options.join else map(_single, listened):
            held = segment.group not in training and _share(segment.group) < options.held_back
            placed = replace(segment, split="held-back" if held else "train")
            written = writer.add(samples, placed)
            report.kept.setdefault(f"{placed.split} {placed.task} {placed.language}", Taken()).add(written.seconds)
            step.advance()
    report.segments = writer.count
    if not writer.count:
        raise UsageError("Nothing is left after the rules.", hint="The report says why.", kind="no_data")
    return report


def _noted(found: Iterable[_Piece], training: set[str]) -> Iterator[_Piece]:
    """`found`; whose speech only trains is put into `training` on the way."""
    for piece in found:
        if piece.recording.only_trains:
            training.add(piece.group)
        yield piece


def _share(name: str) -> float:
    """A number in [0, 1) for a name, the same everywhere: who is held back does not depend on order or machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6]) / 2**48


def _load(recording: Recording) -> Audio | None:
    cue = recording.cues[0] if len(recording.cues) == 1 else None
    try:
        if recording.timed and cue is not None and cue.end is not None:
            return load(recording.audio, start=cue.start, end=cue.end)
        return load(recording.audio)
    except (AudioError, UsageError):  # a range that is not there
        return None


def _pieces(found: Iterable[Recording], evaluation: Seen, options: PrepareOptions, report: Report) -> Iterator[_Piece]:
    """What passes the rules that need no model."""
    seen = Seen()
    for recording in found:
        report.recordings += 1
        name = recording.audio.name
        cues = tuple(replace(cue, text=rules.cleaned(cue.text)) for cue in recording.cues)
        text = " ".join(cue.text for cue in cues)
        # A transcript is one machine's or nobody's, so its style is judged as a whole.
        if "machine-made" not in options.without and rules.machine_made(text, recording.language):
            report.drop("machine-made", 0.0, f"{name}: {text[:80]}")
            continue
        audio = _load(recording)
        if audio is None:
            report.drop("audio", 0.0, name)
            continue
        if "evaluation" not in options.without and evaluation.sound(audio.samples, add=False):
            report.drop("evaluation", audio.end - audio.start, f"{name}: the same sound")
            continue
        single = len(cues) == 1
        for span in _spans(cues, audio, single=single):
            if span is None:
                report.drop("too long", audio.end - audio.start, f"{name}: {text[:80]}")
                continue
            piece = _piece(recording, span, audio, single=single)
            if not span.cues:
                if _share(piece.where) < options.speechless and _quiet(piece):
                    yield piece
                continue
            if rule := _broken(piece, seen, evaluation, options):
                report.drop(rule, piece.seconds, f"{piece.where}: {piece.text[:80]}")
            else:
                yield piece


def _spans(cues: tuple[Cue, ...], audio: Audio, *, single: bool) -> Iterator[Span | None]:
    """Spans in seconds from the start of `audio`; None for an utterance that is too long."""
    length = audio.end - audio.start
    if not single:
        said = tuple(cue for cue in cues if any(map(str.isalnum, cue.text)))
        yield from cut(said, length)
    elif length > LIMIT:
        yield None
    else:
        start, end = spoken_part(audio.samples, SAMPLE_RATE)
        yield Span(0.0, length, (replace(cues[0], start=start, end=end),))


def _piece(recording: Recording, span: Span, audio: Audio, *, single: bool) -> _Piece:
    first, last = (round(time * SAMPLE_RATE) for time in (span.start, span.end))
    where = recording.audio.name if single else f"{recording.audio.name} {span.start:.1f}"
    return _Piece(np.array(audio.samples[first:last]), within(span), recording, where)


def _broken(piece: _Piece, seen: Seen, evaluation: Seen, options: PrepareOptions) -> str | None:
    said = sum((cue.end or piece.seconds) - cue.start for cue in piece.cues)
    rule = rules.broken(piece.text, piece.recording.language, said)
    if rule == "machine-made" and (piece.recording.timed or rule in options.without):
        rule = None  # judged as a whole already
    if rule is None and any(evaluation.text(cue.text, add=False) for cue in piece.cues):
        rule = "evaluation"
    if rule is None and (seen.sound(piece.samples) | seen.text(piece.text)):
        rule = "duplicate"
    return None if rule in options.without else rule


def _quiet(piece: _Piece) -> bool:
    """Whether a gap between cues really holds no speech: captions leave out more than silence."""
    from meetbot.transcribe.voice import speech

    heard = Audio("", "", piece.seconds, 0.0, piece.samples)
    return sum(end - start for start, end in speech(heard)) < 0.5


@dataclass(frozen=True, eq=False)
class _Known:
    piece: _Piece
    language: str
    task: Task


def _with_language(
    pieces: Iterable[_Piece], engine: TorchEngine, options: PrepareOptions, report: Report
) -> Iterator[_Known]:
    waiting: list[_Piece] = []

    def listened() -> Iterator[_Known]:
        sounds = [piece.samples.astype(np.float32) / np.float32(32768) for piece in waiting]
        for piece, guess in zip(waiting, spoken.heard(engine, sounds), strict=True):
            if not piece.cues:
                yield _Known(piece, piece.recording.language or guess.language, "transcribe")
                continue
            declared: tuple[str, Task] = (piece.recording.language or guess.language, "transcribe")
            use = spoken.use(guess, spoken.read(piece.text), piece.recording.language)
            if use is None and "language" not in options.without:
                report.drop("language", piece.seconds, f"{piece.where}: {piece.text[:80]}")
            else:
                language, task = use or declared
                yield _Known(piece, language, task)
        waiting.clear()

    for piece in pieces:
        waiting.append(piece)
        if len(waiting) == LISTEN_AT_ONCE:
            yield from listened()
    if waiting:
        yield from listened()


def _single(known: _Known) -> tuple[NDArray[np.int16], Segment]:
    piece = known.piece
    segment = Segment(
        "", piece.seconds, known.language, known.task, piece.cues, piece.recording.source, piece.group, "train"
    )
    return piece.samples, segment


def _joined(found: Iterable[_Known]) -> Iterator[tuple[NDArray[np.int16], Segment]]:
    """Utterances of one speaker, language and task as one segment, as many as fit; what has times stays as it is."""
    open_: OrderedDict[tuple[str, ...], tuple[NDArray[np.int16], Segment]] = OrderedDict()
    pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.int16)
    for known in found:
        samples, segment = _single(known)
        if known.piece.recording.timed or not segment.cues:
            yield samples, segment
            continue
        key = (segment.source, segment.group, segment.language, segment.task)
        before = open_.pop(key, None)
        if before is not None and before[1].seconds + PAUSE + segment.seconds > LIMIT:
            yield before
            before = None
        if before is not None:
            offset = before[1].seconds + PAUSE
            moved = tuple(_later(cue, offset) for cue in segment.cues)
            samples = np.concatenate([before[0], pause, samples])
            segment = replace(before[1], seconds=offset + segment.seconds, cues=before[1].cues + moved)
        open_[key] = (samples, segment)
        if len(open_) > OPEN:
            yield open_.popitem(last=False)[1]
    yield from open_.values()


def _later(cue: Cue, offset: float) -> Cue:
    end = None if cue.end is None else round(cue.end + offset, 2)
    return replace(cue, start=round(cue.start + offset, 2), end=end)
