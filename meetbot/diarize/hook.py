"""pyannote's progress hook, told to meetbot's Progress."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from meetbot.progress import Progress, Step

TITLES = {"segmentation": "speech", "embeddings": "voices"}


class Hook:
    """A context manager to hand to a pipeline as `hook`: each step with a total becomes a stage of its own."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._name = ""
        self._step: Step | None = None
        self._done = 0

    def __call__(
        self,
        name: str,
        artefact: object,
        *,
        file: object = None,
        total: int | None = None,
        completed: int | None = None,
        **_: Any,
    ) -> None:
        if total is None or completed is None:
            return
        if name != self._name:
            self._close()
            self._name, self._done = name, 0
            self._step = self._progress.stage(f"diarize: {TITLES.get(name, name)}", total=total, unit="windows")
            self._step.__enter__()
        assert self._step is not None
        self._step.advance(min(completed, total) - self._done)
        self._done = min(completed, total)

    def _close(self) -> None:
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
