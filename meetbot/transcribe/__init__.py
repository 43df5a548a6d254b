"""What was said: sound in, words with times out. Nothing here knows who speaks, though turns may guide the windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meetbot.device import DeviceName
from meetbot.domain import Transcription, Turn
from meetbot.progress import Progress, Silent
from meetbot.store import Memo, NoMemo
from meetbot.transcribe.options import TranscribeOptions

if TYPE_CHECKING:
    from meetbot.audio import Audio

VERSION = "8"

__all__ = ["VERSION", "TranscribeOptions", "transcribe"]

_DEFAULT = TranscribeOptions()
_NO_MEMO = NoMemo()
_SILENT = Silent()


def transcribe(
    audio: Audio,
    turns: Sequence[Turn] | None,
    options: TranscribeOptions = _DEFAULT,
    *,
    device: DeviceName = "auto",
    offline: bool = False,
    memo: Memo = _NO_MEMO,
    progress: Progress = _SILENT,
) -> Transcription:
    """The words of `audio` with their times, in the language they were spoken in.

    `turns` say where speech is; without them a voice activity detector does. Finished batches of windows are kept in
    `memo`, so that a killed run goes on where it was and ends with the same words.

    Raises:
        ModelMissing: the model, or a package it needs, is not on this machine.
        OutOfMemory: not even a single window fits.
        UsageError: an option that this model cannot follow.
    """
    from meetbot.transcribe.recording import transcribe_recording

    return transcribe_recording(audio, turns, options, device=device, offline=offline, memo=memo, progress=progress)
