"""The whole stage on a real recording and a real, small model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.domain import Transcription, Turn
from meetbot.errors import UsageError
from meetbot.transcribe import TranscribeOptions, transcribe

TINY = TranscribeOptions(model="whisper-tiny.en", batch=4)


class Kept:
    """A memo in memory that can be told to fail, as a killed process would."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.values: dict[str, str] = {}
        self.fail_after = fail_after
        self.hits = 0

    def get(self, key: str) -> str | None:
        self.hits += key in self.values
        return self.values.get(key)

    def put(self, key: str, value: str) -> None:
        self.values[key] = value
        if self.fail_after is not None and len(self.values) >= self.fail_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def minute(sample: Audio) -> Audio:
    return replace(sample, samples=sample.samples[: 75 * SAMPLE_RATE])


@pytest.fixture(scope="module")
def whole(minute: Audio, models: Callable[[str], Path]) -> Transcription:
    return transcribe(minute, None, TINY, device="cpu")


def test_words_are_ordered_timed_and_inside_the_recording(whole: Transcription, minute: Audio) -> None:
    assert whole.language == "en"
    assert len(whole.words) > 80
    assert all(0.0 <= word.start <= word.end <= minute.duration for word in whole.words)
    assert all(0.0 < word.probability <= 1.0 for word in whole.words)
    starts = [segment.words[0].start for segment in whole.segments]
    assert starts == sorted(starts)


def test_a_run_killed_between_batches_goes_on_and_ends_the_same(minute: Audio, whole: Transcription) -> None:
    options = replace(TINY, batch=1)
    memo = Kept(fail_after=1)
    with pytest.raises(KeyboardInterrupt):
        transcribe(minute, None, options, device="cpu", memo=memo)
    memo.fail_after = None
    resumed = transcribe(minute, None, options, device="cpu", memo=memo)
    assert memo.hits >= 1
    assert resumed == transcribe(minute, None, options, device="cpu", memo=memo)
    assert [word.text for word in resumed.words] == [word.text for word in whole.words]


def test_silence_noise_and_hum_give_no_words(models: Callable[[str], Path]) -> None:
    random = np.random.default_rng(0)
    time = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
    for sound in (np.zeros(len(time)), random.normal(size=len(time)) * 300, np.sin(2 * np.pi * 50 * time) * 2000):
        audio = Audio("x", "x", 20.0, 0.0, sound.astype(np.int16))
        assert transcribe(audio, None, TINY, device="cpu").words == ()


def test_times_are_the_recordings_also_when_it_starts_later(minute: Audio, whole: Transcription) -> None:
    later = replace(minute, start=100.0, duration=minute.duration + 100)
    moved = transcribe(later, None, TINY, device="cpu")
    assert [word.text for word in moved.words] == [word.text for word in whole.words]
    assert moved.words[0].start == pytest.approx(whole.words[0].start + 100.0, abs=0.03)


def test_turns_say_where_speech_is(minute: Audio, models: Callable[[str], Path]) -> None:
    found = transcribe(minute, [Turn("S1", 20.0, 40.0)], TINY, device="cpu")
    assert found.words
    assert all(word.start >= 19.5 and word.end <= 40.5 for word in found.words)


@pytest.mark.parametrize(
    "options",
    [replace(TINY, language="de"), replace(TINY, language="klingon"), replace(TINY, task="translate")],
)
def test_what_the_model_cannot_do_is_a_usage_error(options: TranscribeOptions, minute: Audio) -> None:
    with pytest.raises(UsageError):
        transcribe(minute, None, options, device="cpu")
