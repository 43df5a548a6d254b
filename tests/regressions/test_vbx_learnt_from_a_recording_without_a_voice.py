"""`bench speakers --clustering vbx` ended in a KeyError when nobody is heard in a recording to learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.bench.diarizers import clusterings
from meetbot.errors import UsageError
from meetbot.evaluate.references import Reference


def test_silence_teaches_nothing() -> None:
    silence = Audio("silence", "0" * 64, 3.0, 0.0, np.zeros(3 * SAMPLE_RATE, np.int16))
    known = Reference("silence", Path("silence.flac"), None, ())
    with pytest.raises(UsageError, match="needs a PLDA"):
        clusterings(["vbx"], [(known, silence)], "cpu")
