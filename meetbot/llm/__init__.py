"""Language models: a name to a LanguageModel that answers within a JSON schema.

A name is a catalogue id, the path of a GGUF file, or `provider:model` for one that runs elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.llm.deaf import heard
from meetbot.llm.model import LanguageModel, Usage
from meetbot.llm.prompt import Prompt, neutral
from meetbot.progress import Progress, Silent
from meetbot.store import Memo, NoMemo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from meetbot.llm.llamacpp import LlamaCppChat
    from meetbot.llm.model import Reply, Schema

__all__ = ["DEFAULT", "LanguageModel", "Prompt", "Usage", "heard", "neutral", "open_model"]

DEFAULT = "qwen2.5-coder-1.5b"


def open_model(
    name: str = DEFAULT, *, offline: bool = False, memo: Memo | None = None, progress: Progress | None = None
) -> LanguageModel:
    """The language model `name`, loaded when it is first needed.

    Raises ModelMissing, UsageError (no such model; one elsewhere while offline).
    """
    memo, progress = memo or NoMemo(), progress or Silent()
    if _is_elsewhere(name):
        from meetbot.llm.elsewhere import open_elsewhere

        return LanguageModel(name, name, open_elsewhere(name, offline=offline, progress=progress), memo)
    path, identity = _locate(name, offline, progress)
    return LanguageModel(name, identity, _InProcess(path), memo)


def _is_elsewhere(name: str) -> bool:
    return ":" in name and not name.lower().endswith(".gguf")


def _locate(name: str, offline: bool, progress: Progress) -> tuple[Path, str]:
    """The GGUF file of `name`, and what tells it from others."""
    from meetbot import models
    from meetbot.errors import ModelMissing

    if not name.lower().endswith(".gguf"):
        return models.require(name, offline=offline, progress=progress), name
    path = Path(name).expanduser()
    if not path.is_file():
        raise ModelMissing(f"no such model file: {name}", hint="give the path of a .gguf file", kind="missing")
    state = path.stat()
    return path, f"{path.name} {state.st_size} {state.st_mtime_ns}"


@dataclass
class _InProcess:
    """The engine that is llama.cpp in this process."""

    path: Path
    _chat: LlamaCppChat | None = field(default=None, repr=False)

    @property
    def chat(self) -> LlamaCppChat:
        if self._chat is None:
            from meetbot.llm.llamacpp import LlamaCppChat

            self._chat = LlamaCppChat(path=self.path)
        return self._chat

    def window(self) -> int:
        return self.chat.window

    def count(self, text: str) -> int:
        return self.chat.count(text)

    def write(self, prompt: Prompt, schema: Schema, room: int, told: Callable[[int], None]) -> Reply:
        from meetbot.llm.messages import written

        return written(self.chat, prompt, schema=dict(schema), room=room, told=told)

    def weigh(self, prompt: Prompt, choices: Sequence[str]) -> tuple[float, ...]:
        from meetbot.llm.messages import as_messages

        return self.chat.weigh(as_messages(prompt), choices)

    def states(
        self, prompt: Prompt, lines: Sequence[str], layers: Sequence[int], told: Callable[[int], None]
    ) -> NDArray[np.float32] | None:
        from meetbot.llm.messages import as_messages

        return self.chat.states(as_messages(prompt), lines, layers, told)


def reading(model: LanguageModel) -> tuple[int, int]:
    """Tokens of prompts that `model` read, and that it found read already; zeros for a model elsewhere."""
    return model.engine.chat.reading if isinstance(model.engine, _InProcess) else (0, 0)
