"""Contenders without a model, to be opened in processes of their own: module-level, so that those can import them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.errors import ModelMissing

Run = Callable[[Audio], str]


def sound(name: str, seconds: float = 0.2) -> Audio:
    return Audio(name, "0" * 64, seconds, 0.0, np.zeros(round(seconds * SAMPLE_RATE), np.int16))


def counter() -> Run:
    """Says which process it is, how many times this one was opened and asked, and the recording's name and length."""
    asked = 0

    def run(audio: Audio) -> str:
        nonlocal asked
        asked += 1
        return f"{os.getpid()} {asked} {audio.name} {audio.end:.1f}"

    return run


def says(text: str) -> Run:
    return lambda _: text


def sleeper(seconds: float) -> Run:
    def run(_: Audio) -> str:
        time.sleep(seconds)
        return ""

    return run


def worker_of_children() -> Run:
    """Has another process spend the processor time."""
    burn = "import time\nwhile time.process_time() < 0.3: pass"

    def run(_: Audio) -> str:
        subprocess.run([sys.executable, "-S", "-c", burn], check=True)
        return ""

    return run


def raiser(error: Exception) -> Run:
    def run(_: Audio) -> str:
        raise error

    return run


def dier(ends: signal.Signals | int) -> Run:
    """Ends its process by a signal, or with a code."""

    def run(_: Audio) -> str:
        if isinstance(ends, signal.Signals):
            os.kill(os.getpid(), ends)
        os._exit(ends)

    return run


def without_model() -> Run:
    raise ModelMissing("no model is here.", hint="meetbot models pull base", kind="missing")
