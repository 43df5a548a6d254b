"""Windows heard ahead: the sound of the next batch is cut and encoded while this one is decoded.

Knows no text: what a window sounds like does not depend on what was said before it. Only an engine on a GPU begins at
once, in a thread and a stream of its own; elsewhere there is nothing idle to begin with, and a promise waits until it
is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meetbot.audio import Audio
from meetbot.transcribe.engine import Engine
from meetbot.transcribe.windows import Window


class Ahead:
    """What `engine` hears of `audio`."""

    def __init__(self, engine: Engine, audio: Audio) -> None:
        self.engine, self.audio = engine, audio
        self._begun: tuple[tuple[Window, ...], Callable[[], Any]] | None = None

    def hear(self, windows: Sequence[Window]) -> Any:
        """`engine.hear` of the sound of `windows`, begun or not. Raises TooLarge."""
        begun, self._begun = self._begun, None
        if begun is None or begun[0] != tuple(windows):
            return self.engine.ahead(partial(self._sounds, windows))()
        return begun[1]()

    def begin(self, windows: Sequence[Window]) -> None:
        """`windows` will be heard next."""
        self._begun = tuple(windows), self.engine.ahead(partial(self._sounds, windows))

    def _sounds(self, windows: Sequence[Window]) -> list[NDArray[np.float32]]:
        return [np.concatenate([self.audio.window(*piece) for piece in window.pieces]) for window in windows]
