"""Whatever happens to a recording's bytes, it is loaded or refused: never a traceback, never nonsense."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetbot import audio
from meetbot.errors import AudioError
from tests.unit.audio.media import encode, tone

FORMATS = {
    "wav": ("pcm_s16le", 16_000),
    "flac": ("flac", 16_000),
    "mp3": ("mp3", 16_000),
    "mp4": ("aac", 16_000),
    "ogg": ("libopus", 16_000),
    "webm": ("libopus", 48_000),
    "avi": ("mp3", 16_000),
    "aiff": ("pcm_s16be", 16_000),
}


@cache
def whole(container: str) -> bytes:
    codec, rate = FORMATS[container]
    return encode(tone(1.0, rate), container, codec, rate)


def loaded_or_refused(path: Path) -> audio.Audio | AudioError:
    try:
        return audio.load(path)
    except AudioError as error:
        return error


@pytest.mark.parametrize("container", FORMATS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keep=st.floats(0, 1),
    damage=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), max_size=4),
)
def test_any_damage_is_survived(container: str, keep: float, damage: list[tuple[float, bytes]], tmp_path: Path) -> None:
    data = bytearray(whole(container))
    for place, noise in damage:
        at = int(place * (len(data) - 1))
        data[at : at + len(noise)] = noise
    path = tmp_path / f"a.{container}"
    path.write_bytes(data[: round(keep * len(data))])
    outcome = loaded_or_refused(path)
    if isinstance(outcome, AudioError):
        assert outcome.hint
        assert "\n" not in str(outcome)
    else:
        assert outcome.duration == len(outcome.samples) / audio.SAMPLE_RATE >= audio.SHORTEST
        assert np.abs(outcome.window(0, 1)).max() <= 1
