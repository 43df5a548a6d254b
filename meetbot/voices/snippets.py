"""A few seconds of a recording as a WAV file, and played where the machine has a player."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meetbot.audio import SAMPLE_RATE

PLAYERS = (
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
)
"""macOS, PipeWire, PulseAudio, ALSA, FFmpeg."""


def wav(samples: NDArray[np.float32]) -> bytes:
    """`samples` (n,) in [-1, 1] at 16 kHz as a 16-bit WAV file."""
    page = io.BytesIO()
    with wave.open(page, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return page.getvalue()


def play(samples: NDArray[np.float32]) -> bool:
    """Play `samples` to their end; whether a player was found and could."""
    player = next((command for command in PLAYERS if shutil.which(command[0])), None)
    if player is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "snippet.wav"
        file.write_bytes(wav(samples))
        quiet = subprocess.DEVNULL
        try:
            done = subprocess.run([*player, str(file)], stdout=quiet, stderr=quiet, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0
