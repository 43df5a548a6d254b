"""What a stage reports while it works. Stages know this protocol and nothing of bars or terminals.

    with progress.stage("transcribe", total=audio.duration, unit="s") as step:
        for window in windows:
            ...
            step.advance(window.duration)

`total` is in `unit`; None when nobody can know. Everything is shown on stderr: stdout carries results only.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self


class Step(Protocol):
    """A stage under way; a context manager, so that it ends however the work ends."""

    def advance(self, amount: float = 1.0) -> None:
        """`amount` more of the total, in the stage's unit, is done."""

    def describe(self, text: str) -> None:
        """A few words beside the bar: which chunk, which model, tokens a second."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Progress(Protocol):
    """Where a stage says what it does."""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> Step:
        """Announce a stage. `unit` is "s" for seconds of audio, "B" for bytes, or a plural noun."""

    def note(self, text: str) -> None:
        """Something worth knowing, such as "transcript: cached"."""

    def warn(self, text: str) -> None:
        """Something that went less well than it should have, and what was done instead."""


class _SilentStep:
    def advance(self, amount: float = 1.0) -> None:
        pass

    def describe(self, text: str) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class Silent:
    """Progress for Python callers and tests who want none."""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> Step:
        return _SilentStep()

    def note(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        pass
