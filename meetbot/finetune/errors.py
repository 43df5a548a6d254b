"""How many words of prepared data a model gets wrong: what stops a training, and what refuses its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from meetbot.audio import load
from meetbot.domain import Task
from meetbot.evaluate.scores import Score
from meetbot.evaluate.text import by_character, units
from meetbot.evaluate.words import word_errors
from meetbot.finetune.segments import Segment
from meetbot.transcribe.engine import Ask, TorchEngine
from meetbot.transcribe.fallback import settle
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.options import TranscribeOptions


def score(engine: TorchEngine, folder: Path, segments: Sequence[Segment]) -> list[Score]:
    """The errors of every segment with text, in order: at most as many as it has words.

    Loops and guesses are decoded again as in transcription, which would break them off; what loops at every temperature
    would still outweigh all other segments.
    """
    found: list[Score] = []
    for batch in _batches([segment for segment in segments if segment.cues], engine.batch):
        sounds = []
        for segment in batch:
            audio = load(folder / segment.audio)
            sounds.append(audio.window(0.0, audio.end))
        heard = engine.hear(sounds)
        # Languages and tasks may differ within a batch; a decoder pass has one task.
        for task in dict.fromkeys(segment.task for segment in batch):
            rows = [row for row, segment in enumerate(batch) if segment.task == task]
            texts = _written(engine, heard, batch, rows, task)
            for row in rows:
                language = "en" if task == "translate" else batch[row].language
                metric = "CER" if by_character(language) else "WER"
                scored = word_errors(units(batch[row].text, language), units(texts[row], language), metric)
                found.append(replace(scored, errors=min(scored.errors, scored.total)))
    return found


def _written(engine: TorchEngine, heard: Any, batch: Sequence[Segment], rows: Sequence[int], task: Task) -> list[str]:
    """What the engine writes of each of `batch`; nothing of those that are not among `rows`."""

    def decode(some: Sequence[int], temperature: float) -> list[Decoded]:
        asked = Ask([batch[row].language for row in some], task, temperature=temperature, seeds=list(some))
        return engine.write(heard, some, asked)

    def text_of(tokens: Sequence[int]) -> str:
        tokenizer = engine.tokenizer(batch[rows[0]].language, task)  # text is the same tokens in every language
        text: str = tokenizer.decode([token for token in tokens if token < tokenizer.eot])
        return text

    settled = settle(rows, [0.0] * len(batch), decode, text_of, TranscribeOptions())
    return [settled[row].text if row in settled else "" for row in range(len(batch))]


def rate(scores: Sequence[Score]) -> float:
    """Errors over words and characters of all scores together; 0 for none."""
    total = sum(score.total for score in scores)
    return sum(score.errors for score in scores) / total if total else 0.0


def _batches(segments: Sequence[Segment], size: int) -> Iterator[Sequence[Segment]]:
    for first in range(0, len(segments), size):
        yield segments[first : first + size]
