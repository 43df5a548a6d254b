"""Language models that run elsewhere (`ollama:NAME`, `openai:NAME`), through LangChain: the text leaves the process.

Never the default: opening one warns, and is refused offline. They answer within the same schemas; how likely an answer
is they do not tell, so `weigh` is all or nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from meetbot.errors import LanguageModelError, ModelError, UsageError
from meetbot.llm.model import Reply, Schema
from meetbot.llm.prompt import Prompt
from meetbot.progress import Progress

WINDOW = 8192  # tokens put before a model we know nothing of
BYTES_PER_TOKEN = 2.0  # careful: English has about 4, Chinese about 2.5


@dataclass(frozen=True)
class Elsewhere:
    """A LangChain chat model somewhere else."""

    chat: Any
    name: str

    def window(self) -> int:
        """Tokens that prompt and answer may have together."""
        return WINDOW

    def count(self, text: str) -> int:
        """More tokens than `text` can have in any common tokenizer."""
        return int(len(text.encode()) / BYTES_PER_TOKEN) + 1

    def write(self, prompt: Prompt, schema: Schema, room: int, told: Callable[[int], None]) -> Reply:
        """The answer to `prompt`, a value of `schema`. Raises LanguageModelError if the model cannot be reached."""
        from meetbot.llm.messages import as_messages

        bound = self.chat.with_structured_output({"title": "answer", **schema}, method="json_schema", include_raw=True)
        try:
            answer = bound.invoke(as_messages(prompt))
        except Exception as error:  # every provider has its own exceptions
            raise LanguageModelError(
                f"the language model {self.name} did not answer", hint="is it running?", kind="unreachable"
            ) from error
        told(room)
        parsed = answer["parsed"]
        return Reply(json.dumps(parsed) if parsed is not None else "", whole=parsed is not None, tokens=0)

    def weigh(self, prompt: Prompt, choices: Sequence[str]) -> tuple[float, ...]:
        """1 for the choice the model makes, 0 for the others."""
        field = {"choice": {"type": "string", "enum": list(choices)}}
        schema = {"type": "object", "properties": field, "required": ["choice"], "additionalProperties": False}
        reply = self.write(prompt, schema, 20, lambda tokens: None)
        chosen = json.loads(reply.text)["choice"] if reply.whole else None
        return tuple(float(choice == chosen) for choice in choices)

    def states(self, prompt: Prompt, lines: Sequence[str], layers: Sequence[int], told: Callable[[int], None]) -> None:
        """None: it does not say what it holds in mind."""


def open_elsewhere(name: str, *, offline: bool, progress: Progress) -> Elsewhere:
    """The model `provider:name`. Raises UsageError offline, ModelError if its extra is not installed."""
    if offline:
        raise UsageError(
            f"{name} runs outside this process, which --offline forbids",
            hint="leave out --offline, or use a bundled model",
            kind="offline",
        )
    provider = name.split(":", 1)[0]
    progress.warn(f"{name}: what was said in the meeting is sent to {provider}")
    from langchain.chat_models import init_chat_model

    try:
        return Elsewhere(init_chat_model(name, temperature=0), name)
    except ImportError as error:
        raise ModelError(
            f"language models of {provider} need an extra package",
            hint=f"pip install 'meetbot[{provider}]'",
            kind="extra_missing",
        ) from error
    except ValueError as error:
        raise UsageError(
            f"no such language model: {name}", hint="a catalogue id, a .gguf file, or ollama:NAME", kind="no_model"
        ) from error
