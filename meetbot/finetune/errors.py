"""How many words of prepared data a model gets wrong: what stops a training, and what refuses its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from meetbot.audio import load
from meetbot.evaluate.scores import Score
from meetbot.evaluate.text import by_character, units
from meetbot.evaluate.words import word_errors
from meetbot.finetune.segments import Segment
from meetbot.transcribe.engine import Ask, TorchEngine


def score(engine: TorchEngine, folder: Path, segments: Sequence[Segment]) -> list[Score]:
    """The errors of every segment with text, decoded greedily, in order: at most as many as it has words.

    Transcription breaks off a loop ("Bye. Bye. Bye.") and decodes again; here one would outweigh all other segments.
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
            asked = Ask([batch[row].language for row in rows], task)
            for row, decoded in zip(rows, engine.write(heard, rows, asked), strict=True):
                tokenizer = engine.tokenizer(batch[row].language, task)
                text = tokenizer.decode([token for token in decoded.tokens if token < tokenizer.eot])
                language = "en" if task == "translate" else batch[row].language
                metric = "CER" if by_character(language) else "WER"
                scored = word_errors(units(batch[row].text, language), units(text, language), metric)
                found.append(replace(scored, errors=min(scored.errors, scored.total)))
    return found


def rate(scores: Sequence[Score]) -> float:
    """Errors over words and characters of all scores together; 0 for none."""
    total = sum(score.total for score in scores)
    return sum(score.errors for score in scores) / total if total else 0.0


def _batches(segments: Sequence[Segment], size: int) -> Iterator[Sequence[Segment]]:
    for first in range(0, len(segments), size):
        yield segments[first : first + size]
