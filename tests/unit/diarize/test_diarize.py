from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.diarize import DiarizeOptions, diarize
from meetbot.diarize.campplus import CamPlus
from meetbot.diarize.likeness import likeness
from meetbot.errors import ModelMissing, UsageError


def recording(samples: NDArray[np.int16], start: float = 0.0) -> Audio:
    return Audio("test", "0" * 64, start + len(samples) / SAMPLE_RATE, start, samples)


def phone_call() -> NDArray[np.int16]:
    """pyannote.audio's own sample: thirty seconds of two people."""
    from scipy.io import wavfile

    # Not imported: pyannote.audio.sample decodes its file with FFmpeg, which need not be here.
    package = find_spec("pyannote.audio")
    assert package is not None
    assert package.origin is not None
    rate, samples = wavfile.read(Path(package.origin).parent / "sample" / "sample.wav")
    assert rate == SAMPLE_RATE
    return np.asarray(samples, dtype=np.int16)


def test_the_network_has_the_published_shape() -> None:
    network = CamPlus().eval()
    with torch.inference_mode():
        assert network(torch.randn(2, 150, 80)).shape == (2, 192)
        assert network.frames(torch.randn(1, 151, 80)).shape == (1, 512, 76)


def test_two_people_on_the_phone(models: Callable[[str], Path]) -> None:
    found = diarize(recording(phone_call(), start=100.0), device="cpu", offline=True)
    assert found.speakers == ("S1", "S2")
    assert all(abs(np.linalg.norm(vector) - 1) < 1e-4 for vector in found.voices.values())
    assert found.turns[0].start >= 100.0
    assert found.turns[-1].end <= 130.0
    ends = [turn.end for turn in found.exclusive]
    assert all(turn.start >= end - 1e-3 for turn, end in zip(found.exclusive[1:], ends, strict=False))
    one = diarize(recording(phone_call()), DiarizeOptions(speakers=1), device="cpu", offline=True)
    assert one.speakers == ("S1",)


def test_a_second_of_somebody_sounds_like_him(models: Callable[[str], Path]) -> None:
    call = recording(phone_call(), start=100.0)
    found = diarize(call, device="cpu", offline=True)
    held = [turn for turn in found.exclusive if turn.duration >= 1.5]
    assert len({turn.speaker for turn in held}) == 2
    middles = [(turn.start + turn.end) / 2 for turn in held]
    heard = likeness(call, [(at - 0.5, at + 0.5) for at in middles], found.voices, device="cpu", offline=True)
    assert [list(found.voices)[int(np.argmax(row))] for row in heard] == [turn.speaker for turn in held]


def test_what_is_too_short_or_outside_sounds_like_nobody(models: Callable[[str], Path]) -> None:
    call = recording(phone_call())
    voices = {"S1": [1.0] + [0.0] * 191, "S2": [0.0] * 191 + [1.0]}
    assert likeness(call, [(2.0, 2.05), (400.0, 401.0)], voices, device="cpu", offline=True) == [(), ()]
    assert likeness(call, [(2.0, 3.0)], {"S1": voices["S1"]}, device="cpu", offline=True) == [()]
    assert likeness(call, [], voices, device="cpu", offline=True) == []
    with pytest.raises(ValueError, match="unpack"):
        likeness(call, [(2.0, 9.0)], voices, device="cpu", offline=True)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 11.0])
def test_silence_is_nobody(models: Callable[[str], Path], seconds: float) -> None:
    silence = np.zeros(int(seconds * SAMPLE_RATE), np.int16)
    assert diarize(recording(silence), device="cpu", offline=True).turns == ()


def test_music_is_nobody(models: Callable[[str], Path]) -> None:
    times = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    chords = [(220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (164.8, 207.7, 246.9)]
    bars = [
        sum(np.sin(2 * np.pi * note * part * times) / part for note in chord for part in range(1, 6)) * np.exp(-times)
        for chord in chords
    ]
    music = np.concatenate(bars)
    played = (8000 * music / np.abs(music).max()).astype(np.int16)
    assert diarize(recording(played), device="cpu", offline=True).turns == ()


def test_three_seconds_of_one_person(models: Callable[[str], Path]) -> None:
    call = phone_call()[7 * SAMPLE_RATE : 10 * SAMPLE_RATE]
    assert 1 <= len(diarize(recording(call), device="cpu", offline=True).speakers) <= 2


def test_a_tenth_of_a_second_of_speech_is_no_crash(models: Callable[[str], Path]) -> None:
    call = phone_call()[7 * SAMPLE_RATE :]
    for length in (1600, 2400, 8000):
        diarize(recording(call[:length]), device="cpu", offline=True)


def test_community_one_offline_is_a_missing_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelMissing):
        diarize(recording(phone_call()), DiarizeOptions(pipeline="community-1"), device="cpu", offline=True)


def test_contradictory_numbers_of_speakers_are_refused() -> None:
    with pytest.raises(UsageError):
        DiarizeOptions(speakers=0)
    with pytest.raises(UsageError):
        DiarizeOptions(min_speakers=4, max_speakers=2)
    with pytest.raises(UsageError):
        DiarizeOptions(speakers=2, max_speakers=3)
    with pytest.raises(UsageError):
        DiarizeOptions(pipeline="magic")


def test_a_call_with_a_party_on_each_channel(models: Callable[[str], Path], tmp_path: Path) -> None:
    """A sample's two people, each on a channel with the other's echo at -20 dB: one speaker a channel, none mixed."""
    from scipy.io import wavfile

    from meetbot import audio
    from meetbot.config import Settings
    from meetbot.evaluate.references import read_rttm
    from meetbot.evaluate.turns import turn_errors
    from meetbot.pipeline import Pipeline
    from meetbot.store import Store

    samples = Path(__file__).parents[3] / "samples"
    mixed = audio.load(samples / "interview.flac", end=60.0).window(0.0, 60.0)
    turns = [turn for turn in read_rttm(samples / "interview.rttm") if turn.end < 60.0]
    sides = np.zeros((len(mixed), 2), np.float32)
    for turn in turns:
        channel = ("Ruth", "Walter").index(turn.speaker)
        first, last = int(turn.start * SAMPLE_RATE), int(turn.end * SAMPLE_RATE)
        sides[first:last, channel] += mixed[first:last]
        late = sides[first + 800 : last + 800, 1 - channel]
        late += 0.1 * mixed[first : first + len(late)]
    path = tmp_path / "call.wav"
    wavfile.write(path, SAMPLE_RATE, sides)
    stages = Pipeline(Settings(channels="split", device="cpu", offline=True), Store(tmp_path / "cache"))
    found = stages.diarize(stages.open(path)).value
    scores = {score.metric: score for score in turn_errors(turns, found.turns, 60.0)}
    assert scores["speaker count"].errors == 0
    assert scores["DER collar"].rate < 0.1
    assert scores["DER collar"].detail["confusion"] < 0.5
