"""Everything meetbot can refuse to do, and the exit code it ends with.

    MeetbotError                     1  a bug, or something nobody foresaw
    ├── UsageError                   2  the command asks for something that cannot be
    │   └── MeetingNotFound          2  no meeting of that name, id or path
    ├── AudioError                   3  the recording cannot be used
    ├── ModelError                   4  a model cannot be used
    │   ├── ModelMissing             4  a model is not on this machine
    │   └── ModelCorrupt             4  a model's bytes are not the ones that were published
    ├── OutOfMemory                  5  the machine has too little memory for this model
    └── LanguageModelError           6  the language model's output is unusable, after a retry

A message says what happened in one line; a hint says what to do about it. `code` is the stable,
machine-readable name of the problem that `--json` prints, such as `audio.truncated`.
Interruption (Ctrl-C) ends with 130 and is no error: what is done so far is kept.
"""

from typing import ClassVar


class MeetbotError(Exception):
    """Something meetbot refuses to do. `str(error)` is the message alone."""

    exit_code: ClassVar[int] = 1
    family: ClassVar[str] = "internal"

    def __init__(self, message: str, *, hint: str = "", kind: str = "failed") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = f"{self.family}.{kind}"


class UsageError(MeetbotError):
    """The command asks for something that cannot be: a contradiction, an unknown value."""

    exit_code = 2
    family = "usage"


class MeetingNotFound(UsageError):
    """No meeting, or more than one, answers to what the user typed."""

    family = "meeting"


class AudioError(MeetbotError):
    """The recording cannot be used: missing, empty, truncated, without sound, not media."""

    exit_code = 3
    family = "audio"


class ModelError(MeetbotError):
    """A model cannot be used."""

    exit_code = 4
    family = "model"


class ModelMissing(ModelError):
    """A model is not on this machine; the hint names the one command that gets it."""


class ModelCorrupt(ModelError):
    """A model's bytes are not the ones that were published."""


class OutOfMemory(MeetbotError):
    """The machine, or its GPU, has too little memory."""

    exit_code = 5
    family = "memory"


class LanguageModelError(MeetbotError):
    """The language model's output is unusable even after a retry."""

    exit_code = 6
    family = "llm"
